"""A profile's interests as shares of categories, from three views of the same visitor.

* long-term: decayed over days;
* session: decayed over minutes;
* current: the newest interactions, each step back counting `STEP` of the one after it.

In Diginetica's sessions 89 % of next clicks are in the last product's category, which is what "current" catches; the
other two keep an answer from hanging on a single click. Each view that has anything to say is normalised to sum 1 and
the views are averaged. Shares need no clock: in log space every interest fades by the same factor.
"""

from collections.abc import Iterable, Mapping, Sequence

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
    views = [view for view in views if view]
    shares: dict[str, float] = {}
    for view in views:
        for category, share in view.items():
            shares[category] = shares.get(category, 0.0) + share / len(views)
    return shares


def decayed_shares(log_sums: Mapping[str, float], prefix: str) -> dict[str, float]:
    """Shares of one dimension: positive less negative evidence, never below nothing."""
    negative = prefix.upper()
    keys = [key for key in log_sums if key[0] == prefix]
    if not keys:
        return {}
    top = max(log_sums[key] for key in keys)
    values = {
        key[1:]: 2.0 ** (log_sums[key] - top) - 2.0 ** min(log_sums.get(negative + key[1:], -1e6) - top, 1.0)
        for key in keys
    }
    return _normalise((name, value) for name, value in values.items() if value > 0.0)


def _current_shares(categories: Sequence[tuple[str, ...]]) -> dict[str, float]:
    weights: dict[str, float] = {}
    for step, names in enumerate(categories[:CURRENT_LENGTH]):
        for name in names:
            weights[name] = weights.get(name, 0.0) + STEP**step / len(names)
    return _normalise(weights.items())


def _normalise(weights: Iterable[tuple[str, float]]) -> dict[str, float]:
    pairs = list(weights)
    total = sum(weight for _, weight in pairs)
    return {name: weight / total for name, weight in pairs} if total > 0.0 else {}
