"""The canonical event: what every accepted shape of input is turned into."""

from typing import Literal

import msgspec

# `gc=False` keeps these from the garbage collector, for no event can contain itself: it would look through every batch
# that is read from the log, again and again, for half of the time that reading takes.


class Visitor(msgspec.Struct, frozen=True, gc=False):
    """Whose event it is: a known user or an anonymous browser. The two never share a name space."""

    kind: Literal["user", "anonymous"]
    id: str

    @property
    def key(self) -> str:
        """Stable text form, such as `u:42`; part of the visitor's keys in Redis."""
        return f"{self.kind[0]}:{self.id}"


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One thing that one visitor did. Times are float seconds, UTC; money is in the shop's currency.

    `weight` is the signed evidence of interest that the taxonomy gave the event; `robot`: it came of a crawler.
    """

    event_id: str
    type: str
    timestamp: float
    visitor: Visitor
    weight: float = 0.0
    product_id: str = ""
    categories: tuple[str, ...] = ()
    brand: str = ""
    price: float | None = None
    quantity: float = 1.0
    value: float | None = None
    currency: str = ""
    order_id: str = ""
    rating: float | None = None
    duration_ms: float | None = None
    portion: float | None = None
    query: str = ""
    session_id: str = ""
    recommendation_id: str = ""
    position: int | None = None
    placement: str = ""
    previous: Visitor | None = None
    robot: bool = False
    traits: dict[str, object] = {}
    properties: dict[str, object] = {}


class EventProblem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why one event of a request was refused: where (`index`, `field`), what, and what would be right."""

    index: int
    code: str
    detail: str
    field: str = ""
    event_id: str = ""
