"""What came of recommendations as factors that sources and products are multiplied by. Pure.

A factor is the click-through of a source or product, shrunk towards that of everything beside it, as a share of that:
((clicked + a p) / (shown + a)) / p, p = clicked / shown over all. It is the mean of a Gamma-Poisson model whose prior
is worth `a` times shown (DuMouchel, "Bayesian Data Mining in Large Frequency Tables", The American Statistician 1999).
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.outcome_tables import MIXED, OTHER, SOURCES, OutcomeTables

# How often something must be shown to be believed as much as everything beside it.
SOURCE_PRIOR, PRODUCT_PRIOR = 200.0, 50.0
# Nothing gains or loses more: first places are clicked more than others, whoever fills them.
LEAST, MOST = 0.5, 2.0
# Log sums are capped here: an event far from now must not make them infinite.
_CAP = 40.0
# A place that was shown weighs 1; so little is left of it after ten half-lives.
_GONE = 2.0**-10
# Sources of picks under the names of what speaks for them, where these differ.
_SOURCE_OF = {
    **dict.fromkeys(("session_knn", "co_visit", "co_view", "sequential_rules", "markov", "two_hop"), "sessions"),
    **dict.fromkeys(("factors", "category_top"), "sessions"),
    "category_popularity": "interests",
}
_NUMBERS = {name: number for number, name in enumerate(SOURCES)}
_NUMBERS |= {name: _NUMBERS[source] for name, source in _SOURCE_OF.items()}


class Outcome(NamedTuple):
    """How often products of a source were shown in the placement of a number, and clicked there: faded sums."""

    placement: int
    source: str
    shown: float
    clicked: float


def number_source(sources: Sequence[str]) -> int:
    """The number of the source that a pick comes from, by what speaks for it, the strongest first."""
    return _NUMBERS.get(sources[0], OTHER) if sources else OTHER


def has_outcomes(tables: OutcomeTables) -> bool:
    """Whether anything was counted yet: if not, all factors are 1."""
    return bool(tables.outcome_count[0])


def source_factors(tables: OutcomeTables, placement: int, fallen: float) -> dict[str, float]:
    """A factor for each source that can be mixed, in the placement of a number.

    `fallen`: how far the log sums have fallen until now, as `popularity_tables.faded` gives it.
    """
    shown, clicked = (_value(part[placement], fallen) for part in (tables.source_shown, tables.source_clicked))
    factors = shrink(shown, clicked, (float(shown.sum()), float(clicked.sum())), SOURCE_PRIOR)
    return {source: float(factors[_NUMBERS[source]]) for source in MIXED}


def list_outcomes(tables: OutcomeTables, fallen: float) -> Iterator[Outcome]:
    """All that was counted by placement and source, but what has faded to nothing. `fallen`: as in `source_factors`."""
    shown, clicked = (_value(part, fallen) for part in (tables.source_shown, tables.source_clicked))
    for placement, number in np.argwhere((shown > _GONE) | (clicked > _GONE)).tolist():
        if number < len(SOURCES):
            yield Outcome(
                placement, SOURCES[number], float(shown[placement, number]), float(clicked[placement, number])
            )


def product_factors(tables: OutcomeTables, products: Sequence[int], fallen: float) -> NDArray[np.float64]:
    """A factor for each of these numbers of products, float64 (n,); 1 for those that have none, which are below 0."""
    numbers = np.array(products, np.int64)
    unknown = (numbers < 0) | (numbers >= len(tables.product_shown))
    numbers[unknown] = 0
    shown, clicked = (_value(part[numbers], fallen) for part in (tables.product_shown, tables.product_clicked))
    everything = (float(_value(part, fallen).sum()) for part in (tables.source_shown, tables.source_clicked))
    factors = shrink(shown, clicked, (next(everything), next(everything)), PRODUCT_PRIOR)
    factors[unknown] = 1.0
    return factors


def shrink(
    shown: NDArray[np.float64], clicked: NDArray[np.float64], total: tuple[float, float], prior: float
) -> NDArray[np.float64]:
    """Factors float64 (n,) of what was shown and clicked so often, of `total` (shown, clicked); LEAST to MOST.

    All are 1 when nothing was clicked at all, and 1 where nothing was shown.
    """
    all_shown, all_clicked = total
    if not (all_shown > 0.0 and all_clicked > 0.0):
        return np.ones(len(shown))
    rate = all_clicked / all_shown
    factors: NDArray[np.float64] = (clicked / rate + prior) / (shown + prior)
    return factors.clip(LEAST, MOST)


def _value(log_sums: NDArray[np.float64], fallen: float) -> NDArray[np.float64]:
    return np.exp2(np.minimum(log_sums - fallen, _CAP))
