"""From ranked lists to figures, by the protocol of Ludewig, Mauro, Latifi and Jannach (UMUAI 2021).

One prediction a click, full ranking, averaged over all predictions.
"""

import msgspec
import numpy as np
from numpy.typing import NDArray

DEPTH = 20


class Figures(msgspec.Struct, frozen=True):
    """How good one source is. Encoded, the fields have the names of the columns of a report: `hr@20`.

    `hr_k`: share of the cases whose label is among the first k. `mrr_k`: mean of 1 / rank, 0 beyond k. `cov_20`: share
    of the products of the training that any list shows. `pop_20`: mean popularity of what is shown, 0..1.
    """

    cases: int
    hr_20: float = msgspec.field(name="hr@20")
    mrr_20: float = msgspec.field(name="mrr@20")
    hr_10: float = msgspec.field(name="hr@10")
    mrr_10: float = msgspec.field(name="mrr@10")
    hr_5: float = msgspec.field(name="hr@5")
    mrr_5: float = msgspec.field(name="mrr@5")
    cov_20: float = msgspec.field(name="cov@20")
    pop_20: float = msgspec.field(name="pop@20")
    us_per_query: float


def measure(shown: NDArray[np.int32], labels: NDArray[np.int32], counts: NDArray[np.int64], seconds: float) -> Figures:
    """The figures of one source over all cases.

    `shown` (cases, 20): product numbers, best first, -1 behind the end of a shorter list. `labels` (cases,).
    `counts` (P,): clicks of each product in the training, 0 for one that is not in it; every number shown is below P.
    `seconds`: what all the queries together took.

    Raises:
        ValueError: there is no case, or no product has a click.
    """
    if not len(labels):
        raise ValueError("there are no cases to measure by")
    if not counts.any():
        raise ValueError("the training has no clicks: the share of its products that is shown means nothing")
    cases = len(labels)
    shown = shown[:, :DEPTH]
    by_rank = np.bincount(hits_and_ranks(shown, labels), minlength=DEPTH + 1)[1:]
    hits = by_rank.cumsum() / cases
    reciprocals = (by_rank / np.arange(1, DEPTH + 1)).cumsum() / cases
    return Figures(
        cases=cases,
        hr_20=float(hits[19]),
        mrr_20=float(reciprocals[19]),
        hr_10=float(hits[9]),
        mrr_10=float(reciprocals[9]),
        hr_5=float(hits[4]),
        mrr_5=float(reciprocals[4]),
        cov_20=_coverage(shown, counts),
        pop_20=_popularity(shown, counts),
        us_per_query=seconds / cases * 1e6,
    )


def hits_and_ranks(shown: NDArray[np.int32], labels: NDArray[np.int32]) -> NDArray[np.int32]:
    """The rank of each label in its list, from 1; 0 for a miss. A label of -1 (a product never seen) is a miss."""
    found = (shown == labels[:, None]) & (labels[:, None] >= 0)
    return np.where(found.any(axis=1), found.argmax(axis=1) + 1, 0).astype(np.int32)


def _coverage(shown: NDArray[np.int32], counts: NDArray[np.int64]) -> float:
    was_shown = np.zeros(len(counts), np.bool_)
    was_shown[shown[shown >= 0]] = True
    trained = counts > 0
    return float((was_shown & trained).sum() / trained.sum())


def _popularity(shown: NDArray[np.int32], counts: NDArray[np.int64]) -> float:
    """Mean over the lists that show anything of their mean popularity: clicks, min-max-normalised over the training."""
    low, high = counts[counts > 0].min(), counts.max()
    # What the training does not have can be shown by a source that learns online: as popular as the least.
    popularity = np.maximum(counts - low, 0) / max(high - low, 1)
    is_shown = shown >= 0
    lengths = is_shown.sum(axis=1)
    sums = np.where(is_shown, popularity[np.where(is_shown, shown, 0)], 0.0).sum(axis=1)
    means = sums[lengths > 0] / lengths[lengths > 0]
    return float(means.mean()) if len(means) else 0.0
