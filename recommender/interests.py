"""A profile's interests as shares of categories, from three views of the same visitor.

* long-term: decayed over days;
* session: decayed over minutes;
* current: the newest interactions, each step back counting `STEP` of the one after it.

In Diginetica's sessions 89 % of next clicks are in the last product's category, which is what "current" catches; the
other two keep an answer from hanging on a single click. Each view that has anything to say is normalised to sum 1 and
the views are averaged. Shares need no clock: in log space every interest fades by the same factor.
"""

from collections.abc import Mapping, Sequence

import msgspec

from profiles.profile import DIMENSIONS

STEP = 0.7
CURRENT_LENGTH = 10
_PREFIX = DIMENSIONS["category"]


class Evidence(msgspec.Struct, frozen=True):
    """Log sums by key of long-term and session interests, and categories of interactions, newest first."""

    long: Mapping[str, float]
    session: Mapping[str, float]
    current: Sequence[tuple[str, ...]]


def category_shares(evidence: Evidence) -> dict[str, float]:
    """Share of interest by category; the shares sum to 1, or there are none."""
    views = [
        decayed_shares(evidence.long, _PREFIX),
        decayed_shares(evidence.session, _PREFIX),
        _current_shares(evidence.current),
    ]
    shares: dict[str, float] = {}
    for view in views:
        for category, share in view.items():
            shares[category] = shares.get(category, 0.0) + share
    return _normalise(shares)


def decayed_shares(log_sums: Mapping[str, float], prefix: str) -> dict[str, float]:
    """Shares of one dimension: positive less negative evidence, never below nothing."""
    positive = {key[1:]: value for key, value in log_sums.items() if key[0] == prefix}
    if not positive:
        return {}
    against, top = prefix.upper(), max(positive.values())
    weights = {}
    for name, value in positive.items():
        weight = 2.0 ** (value - top)
        if (negative := log_sums.get(against + name)) is not None:
            weight -= 2.0 ** min(negative - top, 1.0)
        if weight > 0.0:
            weights[name] = weight
    return _normalise(weights)


def _current_shares(categories: Sequence[tuple[str, ...]]) -> dict[str, float]:
    weights: dict[str, float] = {}
    weight = 1.0
    for names in categories[:CURRENT_LENGTH]:
        for name in names:
            weights[name] = weights.get(name, 0.0) + weight / len(names)
        weight *= STEP
    return _normalise(weights)


def _normalise(weights: dict[str, float]) -> dict[str, float]:
    total = sum(weights.values())
    return {name: weight / total for name, weight in weights.items()} if total > 0.0 else {}
