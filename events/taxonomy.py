"""Which event types there are, what they are called elsewhere, and how much interest each one shows.

The data is in `taxonomy.json`. No public source gives weights; published work agrees only on the order
view < cart < purchase, so the defaults are judgement and can be replaced (`SHELFLIFE_EVENT_WEIGHTS`).
"""

import math
import re
from collections.abc import Mapping
from functools import cached_property
from importlib.resources import files
from typing import Literal

import msgspec

# Share of the weight given to a dwell, hover or scroll that does not say how long or how deep it was.
UNMEASURED = 0.1


class EventType(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the taxonomy.

    `weight` is signed; `engagement` says which measure scales it; `marks` are the states it sets;
    `recent` types enter the list of recent products; `needs` is what such an event cannot do without; `code` is the
    number that stands for the type in stored profiles, for good.
    """

    type: str
    code: int | None = None
    weight: float = 0.0
    aliases: tuple[str, ...] = ()
    needs: Literal["", "product", "category", "query", "user", "previous"] = ""
    recent: bool = False
    by_quantity: bool = False
    engagement: Literal["", "duration", "portion", "rating"] = ""
    full_ms: float = 60_000.0
    marks: dict[str, float] = {}


class Taxonomy(msgspec.Struct, frozen=True, dict=True):
    """All known event types. Lookups ignore case and every character but letters and digits."""

    types: tuple[EventType, ...]

    @cached_property
    def _by_name(self) -> dict[str, EventType]:
        names = {}
        for row in self.types:
            names.update({squash(name): row for name in (row.type, *row.aliases)})
        names.pop("", None)
        return names

    @cached_property
    def _by_type(self) -> dict[str, EventType]:
        return {row.type: row for row in self.types}

    @cached_property
    def _by_code(self) -> dict[int | str, str]:
        return {row.code: row.type for row in self.types if row.code is not None}

    def code_of(self, name: str) -> int | str:
        """What stands for an event type in stored profiles: its code, or the name of a custom one."""
        row = self._by_type.get(name)
        return name if row is None or row.code is None else row.code

    def name_of(self, code: int | str) -> str:
        """The event type that `code_of` made `code` of."""
        return self._by_code.get(code, str(code))

    def find(self, name: str) -> EventType | None:
        """The event type that `name` means, or None when it is a custom one."""
        return self._by_type.get(name) or self._by_name.get(squash(name))


def squash(name: str) -> str:
    """`Product Added`, `product_added` and `productAdded` are one name."""
    return re.sub(r"[\W_]", "", name.lower())


def load_taxonomy(weights: Mapping[str, float] | None = None) -> Taxonomy:
    """The shipped taxonomy, with `weights` replacing or adding weights by type, under any of its names."""
    rows = msgspec.json.decode(files("events").joinpath("taxonomy.json").read_bytes(), type=tuple[EventType, ...])
    shipped = Taxonomy(rows)
    weights = {row.type if (row := shipped.find(name)) else name: w for name, w in (weights or {}).items()}
    known = [msgspec.structs.replace(row, weight=weights.pop(row.type, row.weight)) for row in rows]
    return Taxonomy((*known, *(EventType(type=name, weight=weight) for name, weight in weights.items())))


def parse_weights(text: str) -> dict[str, float]:
    """Read `view=1,quiz_completed=0.5`.

    Raises:
        ValueError: a part is not `type=number`, or the number is not finite.
    """
    weights = {}
    for part in filter(None, (p.strip() for p in text.split(","))):
        name, sign, number = part.partition("=")
        value = float(number) if sign else math.nan
        if not math.isfinite(value) or not name.strip():
            raise ValueError(f"{part!r} is not type=number")
        weights[name.strip()] = value
    return weights


class Measures(msgspec.Struct, frozen=True):
    """What an event says about its own strength; None where it says nothing."""

    quantity: float = 1.0
    duration_ms: float | None = None
    portion: float | None = None
    rating: float | None = None


def weigh(row: EventType, measures: Measures) -> float:
    """Signed evidence of interest of one event.

    Engagement scales the weight by time (share of `full_ms`), depth (0..1) or rating (-1..1); a purchase counts
    with the square root of its quantity, up to four pieces.
    """
    weight = row.weight
    if row.by_quantity:
        weight *= math.sqrt(min(max(measures.quantity, 1.0), 4.0))
    if row.engagement == "rating":
        return weight * (measures.rating if measures.rating is not None else 0.0)
    if row.engagement:
        weight *= _engagement(row, measures)
    return weight


def _engagement(row: EventType, measures: Measures) -> float:
    by_time = None if measures.duration_ms is None else min(1.0, measures.duration_ms / row.full_ms)
    first, second = (by_time, measures.portion) if row.engagement == "duration" else (measures.portion, by_time)
    return first if first is not None else second if second is not None else UNMEASURED
