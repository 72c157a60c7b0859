"""Engagement: decayed evidence from all visitors, by product, as log sums (`profiles/decay.py`). Pure."""

from collections.abc import Iterable, Mapping

from events.event import Event
from profiles.decay import log_weight, logaddexp2


def fold_engagement(events: Iterable[Event], known: Mapping[str, float], half_life: float) -> dict[str, float]:
    """New log sums of the products that `events` touched.

    Only positive evidence counts: one visitor's dislike is about the visitor. `half_life` is in seconds.
    """
    changed: dict[str, float] = {}
    for event in events:
        if event.product_id and event.weight > 0.0:
            term = log_weight(event.weight, event.timestamp, half_life)
            before = changed.get(event.product_id, known.get(event.product_id))
            changed[event.product_id] = term if before is None else logaddexp2(before, term)
    return changed
