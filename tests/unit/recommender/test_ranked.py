"""Sorted lists."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from recommender.ranked import EMPTY, Ranked, build_ranked

# Distinct scores: products never tie (catalogue.TIE_BREAK), so the order is the scores' alone.
SCORED = st.dictionaries(st.integers(0, 30), st.integers(-1000, 1000).map(lambda n: n / 7.0), max_size=20).map(
    lambda found: {index: score + index * 1e-6 for index, score in found.items()}
)


def ranked_of(scores: dict[int, float]) -> Ranked:
    return build_ranked(np.array(list(scores), np.int32), np.array(list(scores.values()), np.float64))


def as_pairs(ranked: Ranked) -> list[tuple[int, float]]:
    return list(zip(ranked.indices.tolist(), ranked.scores.tolist(), strict=True))


@given(SCORED)
def test_a_list_is_sorted_by_falling_score(scores: dict[int, float]) -> None:
    assert as_pairs(ranked_of(scores)) == sorted(scores.items(), key=lambda item: -item[1])


def test_products_of_equal_score_keep_their_order() -> None:
    ranked = build_ranked(np.array([5, 3, 9], np.int32), np.array([1.0, 2.0, 1.0]))
    assert ranked.indices.tolist() == [3, 5, 9]


def test_the_head_is_the_beginning() -> None:
    ranked = ranked_of({1: 3.0, 2: 2.0, 3: 1.0})
    assert as_pairs(ranked.head(2)) == [(1, 3.0), (2, 2.0)]
    assert as_pairs(ranked.head(9)) == as_pairs(ranked)
    assert len(EMPTY) == len(EMPTY.head(5)) == 0
