"""Profiles recomputed from a file's events with grouping and summing in pandas."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.commands.verify_tables import BOUGHT, MEASURES, PRODUCT_LISTS, ProfileTables
from config import Settings
from events.taxonomy import Taxonomy
from profiles.delta import BOUGHT_HALF_LIFE
from profiles.view import render_band

if TYPE_CHECKING:
    import pandas as pd

# All that an event leaves in a profile.
EFFECTS = ["type", "time", "product_id", "categories", "brand", "price", "quantity", "rating", "order_id", "weight"]
LIST_OF_MARK = {"cart": "cart", "wishlist": "wishlist", "hidden": "hidden", "like": "likes"}


@dataclass(frozen=True)
class Reference:
    """Profiles that the service should have, as of each visitor's last event (`moments`, Unix seconds); and visitors
    who cannot be compared, with the reason.
    """

    profiles: ProfileTables
    moments: dict[str, float]
    left_out: dict[str, str]


def build_reference(events: "pd.DataFrame", taxonomy: Taxonomy, settings: Settings, now: float) -> Reference:
    """The profiles of all visitors in `events` (columns as in `verify_events.build_events`).

    Left out are visitors whose profile does not follow from the file alone, whatever order it is sent in: those with
    an event without a time or after `now` (Unix seconds), with rows that are the same event but differ in what they
    do, or with more interests than `settings.interests_limit`.
    """
    left_out = _untimely(events, now)
    events, ambiguous = _drop_duplicates(events)
    left_out |= dict.fromkeys(ambiguous, "rows that are one event by id, order or time, and differ otherwise")
    evidence = _evidence(events, taxonomy, settings)
    keys = evidence.assign(is_negative=evidence["weight"] < 0)[["visitor", "dimension", "name", "is_negative"]]
    rows = keys.drop_duplicates().groupby("visitor").size()
    left_out |= dict.fromkeys(rows[rows > settings.interests_limit].index, "more interests than are kept")

    events = events[~events["visitor"].isin(left_out)].assign(time_ms=lambda kept: _milliseconds(kept["time"]))
    evidence = evidence[~evidence["visitor"].isin(left_out)]
    is_recent = events["type"].isin([row.type for row in taxonomy.types if row.recent]) & (events["product_id"] != "")
    by_visitor = events.groupby("visitor")["time_ms"]
    profiles = ProfileTables(
        interests=evidence.groupby(["visitor", "dimension", "name"], as_index=False)[list(MEASURES)].sum(),
        counts=events.groupby(["visitor", "type"], as_index=False).size().rename(columns={"size": "count"}),
        products=_products(events, taxonomy, settings.marks_limit),
        recent=_newest(events.loc[is_recent, ["visitor", "type", "product_id", "time_ms"]], settings.recent_limit),
        seen=by_visitor.agg(first_ms="min", last_ms="max").reset_index(),
    )
    moments = events.groupby("visitor")["time"].max()
    return Reference(profiles, dict(zip(moments.index.tolist(), moments.tolist(), strict=True)), left_out)


def _untimely(events: "pd.DataFrame", now: float) -> dict[str, str]:
    unknown = events.loc[events["time"].isna(), "visitor"]
    future = events.loc[events["time"] > now, "visitor"]
    return {
        **dict.fromkeys(future, "an event in the future, which counts from when it arrives"),
        **dict.fromkeys(unknown, "an event without a time that pandas reads"),
    }


def _drop_duplicates(events: "pd.DataFrame") -> tuple["pd.DataFrame", set[str]]:
    """The first of equal events, and visitors for whom it matters which one is first."""
    ambiguous: set[str] = set()
    for key in ("name_key", "order_key"):
        keyed = events[events[key] != ""]
        distinct = keyed.drop_duplicates([key, *EFFECTS])
        ambiguous |= set(distinct.loc[distinct.duplicated(key, keep=False), "visitor"])
        events = events[(events[key] == "") | ~events.duplicated(key)]
    return events, ambiguous


def _evidence(events: "pd.DataFrame", taxonomy: Taxonomy, settings: Settings) -> "pd.DataFrame":
    """One row for each event and each interest that it shows, with each measure's share of the sum."""
    import pandas as pd

    return pd.concat([_interests(events, settings), _bought(events, taxonomy)])


def _bought(events: "pd.DataFrame", taxonomy: Taxonomy) -> "pd.DataFrame":
    """The same for purchases and refunds, each of which counts 1."""
    import numpy as np

    types = [row.type for row in taxonomy.types if row.by_quantity]
    bought = events[events["type"].isin(types) & (events["product_id"] != "") & (events["weight"] != 0)]
    age = events.groupby("visitor")["time"].transform("max")[bought.index] - bought["time"]
    decayed = np.exp2(-age / BOUGHT_HALF_LIFE)
    nothing = dict.fromkeys(MEASURES, 0.0)
    rows = bought.assign(dimension=BOUGHT, name=bought["product_id"], **nothing)
    return rows.assign(
        long_term=decayed.where(rows["weight"] > 0, 0.0), long_term_negative=decayed.where(rows["weight"] < 0, 0.0)
    )


def _interests(events: "pd.DataFrame", settings: Settings) -> "pd.DataFrame":
    import numpy as np
    import pandas as pd

    shown = events[events["weight"] != 0].copy()
    age = events.groupby("visitor")["time"].transform("max")[shown.index] - shown["time"]
    shown["share"] = 1.0
    in_categories = shown.assign(name=shown["categories"], share=1.0 / shown["categories"].str.len().clip(lower=1))
    with_brand, priced = shown[shown["brand"] != ""], shown[shown["price"] > 0]
    band = np.frexp(priced["price"])[1] - 1  # floor(log2(price)), exactly
    evidence = pd.concat(
        [
            in_categories.explode("name").dropna(subset="name").assign(dimension="category"),
            with_brand.assign(dimension="brand", name=with_brand["brand"]),
            priced.assign(dimension="price_band", name=band.astype("str").map(render_band)),
        ]
    )
    size = evidence["weight"].abs() * evidence["share"]
    half_lives = {"long_term": settings.long_half_life_seconds, "session": settings.session_half_life_seconds}
    for measure, half_life in half_lives.items():
        decayed = size * np.exp2(-age / half_life)[evidence.index].to_numpy()
        evidence[measure] = decayed.where(evidence["weight"] > 0, 0.0)
        evidence[f"{measure}_negative"] = decayed.where(evidence["weight"] < 0, 0.0)
    return evidence


def _products(events: "pd.DataFrame", taxonomy: Taxonomy, limit: int) -> "pd.DataFrame":
    """The newest mark of each visitor, list and product; of several at one time the smallest value."""
    import pandas as pd

    known = events[events["product_id"] != ""]
    quantity = known["quantity"].where(known["weight"] > 0, 0.0)
    marks = []
    for row in taxonomy.types:
        made = known[known["type"] == row.type]
        values: dict[str, Any] = {LIST_OF_MARK[kind]: value for kind, value in row.marks.items()}
        if row.engagement == "rating":
            values["ratings"] = made["rating"]
        if row.by_quantity:
            values["purchases"] = quantity[made.index]
        marks += [made.assign(list=name, value=value) for name, value in values.items()]
    columns = ["visitor", "list", "product_id", "time_ms", "value"]
    rows = pd.concat(marks)[columns].dropna(subset="value").astype({"value": "float64"})
    rows = rows.sort_values(["time_ms", "value"], ascending=[False, True])
    rows = _newest(rows.drop_duplicates(["visitor", "list", "product_id"]), limit)
    rows = rows[(rows["value"] != 0) | (rows["list"] == "ratings")]
    return rows.assign(value=rows["value"].where(rows["list"].map(PRODUCT_LISTS).astype(bool), 1.0))


def _newest(rows: "pd.DataFrame", limit: int) -> "pd.DataFrame":
    """The newest `limit` rows of each visitor, and all those as old as the oldest of them if others are cut off."""
    rows = rows.sort_values("time_ms", ascending=False, kind="stable")
    place = rows.groupby("visitor").cumcount()
    first_cut = rows[place == limit].set_index("visitor")["time_ms"]
    bound = rows["visitor"].map(first_cut)
    rows = rows.assign(required=bound.isna() | (rows["time_ms"] > bound))
    return rows[bound.isna() | (rows["time_ms"] >= bound)]


def _milliseconds(seconds: "pd.Series[float]") -> "pd.Series[int]":
    return (seconds * 1e3).round().astype("int64")
