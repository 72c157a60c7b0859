"""Profiles as the running service shows them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import msgspec

from app.commands.client import ServiceClient, ServiceError
from app.commands.parallel import ask_all
from app.commands.progress import Progress
from app.commands.verify_tables import BOUGHT, DIMENSIONS, MEASURES, PRODUCT_LISTS, ProfileTables

if TYPE_CHECKING:
    import pandas as pd

CONNECTIONS = 4
TYPES = {**dict.fromkeys((*MEASURES, "value"), "float64"), **dict.fromkeys(("count", "time_ms"), "int64")}

View = dict[str, Any]


def read_profiles(moments: Mapping[str, float], url: str, bar: Progress) -> ProfileTables:
    """The profiles of visitors, each as of its moment (Unix seconds); strangers have no rows.

    Raises:
        ServiceError: the service does not answer, or not with a profile.
    """
    found: list[tuple[str, View]] = []
    for number, (visitor, view) in enumerate(ask_all(moments.items(), _read_view, url, CONNECTIONS), start=1):
        bar.advance(1, number / len(moments))
        if view is not None:
            found.append((visitor, view))
    return build_tables(found)


def _read_view(client: ServiceClient, asked: tuple[str, float]) -> tuple[str, View | None]:
    visitor, at = asked
    kind, _, name = visitor.partition("/")
    path = f"/v1/{kind}/{quote(name, safe='')}"
    answer = client.ask("GET", f"{path}?at={at!r}")
    if answer.status == 404:
        return visitor, None
    if answer.status != 200:
        raise ServiceError(f"GET {path} was answered with status {answer.status}")
    return visitor, msgspec.json.decode(answer.body, type=View)


def build_tables(profiles: Sequence[tuple[str, View]]) -> ProfileTables:
    """Tables of visitors and their profiles, in the form of `GET /v1/users/{id}`."""
    return ProfileTables(
        interests=_frame(
            ["visitor", "dimension", "name", *MEASURES],
            [
                (visitor, dimension, interest["name"], *(float(interest[measure]) for measure in MEASURES))
                for visitor, view in profiles
                for dimension in DIMENSIONS
                for interest in view["interests"][dimension]
            ]
            + [
                (visitor, BOUGHT, bought["product_id"], bought["purchases"], 0.0, bought["refunds"], 0.0)
                for visitor, view in profiles
                for bought in view["bought"]
            ],
        ),
        counts=_frame(
            ["visitor", "type", "count"],
            ((visitor, kind, count) for visitor, view in profiles for kind, count in view["counts"].items()),
        ),
        products=_frame(
            ["visitor", "list", "product_id", "time_ms", "value"],
            (
                (visitor, name, met["product_id"], _milliseconds(met["timestamp"]), float(met.get("value", 1.0)))
                for visitor, view in profiles
                for name in PRODUCT_LISTS
                for met in view[name]
            ),
        ),
        recent=_frame(
            ["visitor", "type", "product_id", "time_ms"],
            (
                (visitor, met["type"], met["product_id"], _milliseconds(met["timestamp"]))
                for visitor, view in profiles
                for met in view["recent"]
            ),
        ),
        seen=_frame(
            ["visitor", "first_ms", "last_ms"],
            (
                (visitor, _milliseconds(view["first_seen"]), _milliseconds(view["last_seen"]))
                for visitor, view in profiles
            ),
        ),
    )


def _frame(columns: list[str], rows: Iterable[tuple[Any, ...]]) -> "pd.DataFrame":
    import pandas as pd

    frame = pd.DataFrame(list(rows), columns=columns)
    return frame.astype({name: kind for name, kind in TYPES.items() if name in columns})  # also where there are no rows


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1e3)
