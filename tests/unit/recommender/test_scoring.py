"""Merging the heads of lists gives what looking at every product would."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from recommender.ranked import Ranked, build_ranked
from recommender.scoring import merge_heads

LISTS = st.lists(st.dictionaries(st.integers(0, 40), st.floats(0, 1), max_size=25), min_size=1, max_size=5)


def ranked_of(scores: dict[int, float]) -> Ranked:
    return build_ranked(np.array(list(scores), np.int32), np.array(list(scores.values()), np.float64))


def best_scores(lists: list[dict[int, float]], weights: list[float], excluded: set[int]) -> dict[int, float]:
    """By product its best weighted score, over all products of all lists."""
    best: dict[int, float] = {}
    for scores, weight in zip(lists, weights, strict=True):
        for index, score in scores.items():
            if index not in excluded:
                best[index] = max(best.get(index, -1.0), score * weight)
    return best


@given(LISTS, st.data(), st.integers(1, 12), st.sets(st.integers(0, 40), max_size=15))
def test_equals_the_brute_force(lists: list[dict[int, float]], data: st.DataObject, limit: int, gone: set[int]) -> None:
    weights = data.draw(st.lists(st.floats(0, 1), min_size=len(lists), max_size=len(lists)))
    indices, scores, origins = merge_heads([ranked_of(scores) for scores in lists], weights, limit, gone)
    best = best_scores(lists, weights, gone)
    assert scores == sorted(best.values(), reverse=True)[:limit]
    assert [best[index] for index in indices] == scores
    assert len(set(indices)) == len(indices)
    for index, score, origin in zip(indices, scores, origins, strict=True):
        assert lists[origin][index] * weights[origin] == score


def test_excluded_products_may_be_all_that_lead() -> None:
    ranked = ranked_of({index: 100.0 - index for index in range(100)})
    indices, _, _ = merge_heads([ranked], [1.0], 3, set(range(90)))
    assert indices == [90, 91, 92]


def test_a_product_in_several_lists_counts_once_with_its_best_score() -> None:
    lists = [ranked_of({1: 0.9, 2: 0.5}), ranked_of({1: 0.9, 3: 0.1}), ranked_of({})]
    indices, scores, origins = merge_heads(lists, [0.5, 1.0, 1.0], 5)
    assert indices == [1, 2, 3]
    assert scores == [0.9, 0.25, 0.1]
    assert origins == [1, 0, 1]


def test_lists_without_products_give_none() -> None:
    assert merge_heads([ranked_of({})], [1.0], 5) == merge_heads([], [], 5) == ([], [], [])
