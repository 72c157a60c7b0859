"""Sources added up."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from recommender.basket_blend import Proposed, blend_sources, shares

SCORES = st.dictionaries(st.integers(0, 9), st.one_of(st.floats(0, 100), st.just(float("nan"))), max_size=8)


def proposed(scores: dict[int, float]) -> Proposed:
    return Proposed(np.array([*scores], np.int32), np.array([*scores.values()], np.float64))


def test_each_source_counts_by_its_best() -> None:
    found = {"a": proposed({1: 400.0, 2: 200.0}), "b": proposed({2: 0.3, 3: 0.2}), "c": proposed({9: 1.0})}
    products, scores = blend_sources(found, {"a": 1.0, "b": 0.6, "missing": 5.0}, 10)
    assert products.tolist() == [2, 1, 3]
    assert np.allclose(scores, [1.1, 1.0, 0.4])
    assert blend_sources(found, {"a": 1.0, "b": 0.6}, 1).products.tolist() == [2]


def test_nothing_comes_of_nothing() -> None:
    empty, silent = proposed({}), proposed({1: np.nan, 2: 0.0})
    assert blend_sources({"a": empty, "b": silent}, {"a": 1.0, "b": 1.0}, 10).products.tolist() == []
    assert blend_sources({}, {}, 10).products.tolist() == []
    assert shares(silent).products.tolist() == []


@given(st.lists(SCORES, min_size=1, max_size=3), st.integers(1, 12))
def test_it_is_the_sum_said_plainly(sources: list[dict[int, float]], limit: int) -> None:
    weights = {str(n): 1.0 / (n + 1) for n in range(len(sources))}
    sums: dict[int, float] = {}
    for n, scores in enumerate(sources):
        known = {product: score for product, score in scores.items() if not np.isnan(score)}
        for product, score in known.items():
            if max(known.values()) > 0:
                sums[product] = sums.get(product, 0.0) + score / max(known.values()) * weights[str(n)]
    best = sorted((product for product in sums if sums[product] > 0), key=lambda product: (-sums[product], product))
    found = blend_sources({str(n): proposed(scores) for n, scores in enumerate(sources)}, weights, limit)
    assert found.products.tolist() == best[:limit]
    assert found.scores.tolist() == [sums[product] for product in best[:limit]]
