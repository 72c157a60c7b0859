"""From proposed baskets to figures."""

import msgspec
import numpy as np
from numpy.typing import NDArray

from evaluation.compare import RESAMPLES, Difference

CUTS = (10, 20)
DEPTH = max(CUTS)


class BasketFigures(msgspec.Struct, frozen=True):
    """How good one source is: means over households, each counting once. Encoded, the fields are the columns of a CSV.

    `recall_k`: share of the basket's products that are among the first k. `precision_k`: share of the first k that are
    in the basket, a shorter list counting as k. `hit_k`: share of the households with any. `ndcg_k`: normalised
    discounted cumulative gain, 1 / log2(rank + 1) for a product of the basket, over the most that k could have.
    """

    cases: int
    recall_10: float = msgspec.field(name="recall@10")
    precision_10: float = msgspec.field(name="precision@10")
    hit_10: float = msgspec.field(name="hit@10")
    ndcg_10: float = msgspec.field(name="ndcg@10")
    recall_20: float = msgspec.field(name="recall@20")
    precision_20: float = msgspec.field(name="precision@20")
    hit_20: float = msgspec.field(name="hit@20")
    ndcg_20: float = msgspec.field(name="ndcg@20")


FIGURES = tuple(field.encode_name for field in msgspec.structs.fields(BasketFigures))[1:]


def judge(shown: NDArray[np.int32], basket: NDArray[np.int32]) -> NDArray[np.float64]:
    """Recall, precision, hit and NDCG at each of `CUTS` of one list, best first, against one basket: float64 (8,).

    `basket` int32 (n,), n > 0, products each once.
    """
    hits = np.isin(shown[:DEPTH], basket).astype(np.float64)
    gains = hits / np.log2(np.arange(2, len(hits) + 2))
    most = np.cumsum(1.0 / np.log2(np.arange(2, DEPTH + 2)))
    found = []
    for cut in CUTS:
        right = hits[:cut].sum()
        best = most[min(cut, len(basket)) - 1]
        found += [right / len(basket), right / cut, float(right > 0), gains[:cut].sum() / best]
    return np.array(found)


def average(judged: NDArray[np.float64]) -> BasketFigures:
    """The figures of one source from `judge` of every case, float64 (cases, 8)."""
    return BasketFigures(len(judged), *judged.mean(axis=0).tolist())


def compare_judged(a: NDArray[np.float64], b: NDArray[np.float64], generator: np.random.Generator) -> list[Difference]:
    """What source B has more than source A in recall@10 and recall@20, both judged on the same cases (n, 8).

    Paired bootstrap over households, percentile interval, as in `evaluation/compare.py`.
    """
    drawn = generator.integers(len(a), size=(RESAMPLES, len(a)))
    found = []
    for column, figure in ((0, "recall@10"), (len(FIGURES) // 2, "recall@20")):
        apart = b[:, column] - a[:, column]
        low, high = np.quantile(apart[drawn].mean(axis=1), (0.025, 0.975))
        found.append(Difference(figure, float(apart.mean()), float(low), float(high)))
    return found
