"""Counting what came of recommendations, an event at a time.

Plain Python: few events name the answer that they came of, and of each of these four numbers change.
"""

from collections.abc import Iterable

from events.event import Event
from profiles.decay import log_weight, logaddexp2
from recommender.outcome_tables import PLACEMENTS, REMEMBERED, SOURCE_ROOM, OutcomeTables
from recommender.recommendation_id import Shown, decode_id

SHOWN = "impression"
# What a visitor does with a product because it was shown.
CLICKED = frozenset({"click", "view", "add_to_cart", "purchase"})
# An odd number with bits all over, which gives places of one answer keys far apart (Knuth's multiplicative hashing).
_SPREAD = 0x9E3779B97F4A7C15
_KEY_BITS = 62


def count_outcomes(tables: OutcomeTables, events: Iterable[tuple[Event, int]], half_life: float) -> None:
    """Count events, each with the number of its product, that name the answer they came of; `half_life` in seconds.

    A place counts once as shown and once as clicked, whatever comes of it, as long as it is remembered. One that was
    clicked was shown: so there are never more clicks than that, for shops that send no impressions as for all others.
    """
    for event, product in events:
        if event.recommendation_id and (event.type == SHOWN or event.type in CLICKED):
            shown = decode_id(event.recommendation_id)
            place = shown.find(event.product_id) if shown is not None else None
            if shown is not None and place is not None:
                _count(
                    tables, (shown, place), (product, event.type != SHOWN), log_weight(1.0, event.timestamp, half_life)
                )


def _count(tables: OutcomeTables, where: tuple[Shown, int], what: tuple[int, bool], weight: float) -> None:
    """Count a place of an answer; `what`: the product and whether it was clicked; `weight` as a log sum."""
    shown, place = where
    source, (product, is_click) = shown.source_of(place), what
    if shown.placement >= PLACEMENTS or source >= SOURCE_ROOM:
        return
    cell = shown.placement, source
    new, clicked = _remember(tables, key_of(shown, place), is_click)
    if new:
        tables.source_shown[cell] = logaddexp2(float(tables.source_shown[cell]), weight)
        tables.product_shown[product] = logaddexp2(float(tables.product_shown[product]), weight)
        tables.outcome_count[0] += 1
    if clicked:
        tables.source_clicked[cell] = logaddexp2(float(tables.source_clicked[cell]), weight)
        tables.product_clicked[product] = logaddexp2(float(tables.product_clicked[product]), weight)


def _remember(tables: OutcomeTables, key: int, is_click: bool) -> tuple[bool, bool]:
    """Whether a place is shown, and whether it is clicked, for the first time. Newer places take older ones' room."""
    slot = key % REMEMBERED
    known = int(tables.outcome_seen[slot])
    new = known >> 1 != key
    before = not new and bool(known & 1)
    tables.outcome_seen[slot] = key << 1 | (before or is_click)
    return new, is_click and not before


def key_of(shown: Shown, place: int) -> int:
    """What a place of an answer is remembered by: 1 to 2^62 - 1, of another answer another one."""
    return (shown.chance ^ (place + 1) * _SPREAD) % 2**_KEY_BITS or 1
