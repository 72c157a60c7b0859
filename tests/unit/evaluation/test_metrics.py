"""From ranked lists to figures: labels put at known ranks."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from evaluation.metrics import Figures, hits_and_ranks, measure

PRODUCTS = 60
COUNTS = np.arange(1, PRODUCTS + 1, dtype=np.int64)


def lists(*rows: list[int]) -> NDArray[np.int32]:
    """Rows as lists of 20, filled up with -1."""
    return np.array([row + [-1] * (20 - len(row)) for row in rows], np.int32)


def labels_at(ranks: list[int]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Full lists and labels such that label n is at rank n; 0: not in its list."""
    shown = np.tile(np.arange(20, dtype=np.int32), (len(ranks), 1))
    return shown, np.array([rank - 1 if rank else 40 for rank in ranks], np.int32)


def test_figures_of_labels_at_known_ranks() -> None:
    shown, labels = labels_at([1, 2, 5, 6, 10, 11, 20, 0])
    assert hits_and_ranks(shown, labels).tolist() == [1, 2, 5, 6, 10, 11, 20, 0]
    figures = measure(shown, labels, COUNTS, seconds=0.004)
    assert figures.cases == 8
    assert figures.us_per_query == pytest.approx(500.0)
    assert (figures.hr_5, figures.hr_10, figures.hr_20) == (3 / 8, 5 / 8, 7 / 8)
    at_5, at_10 = 1 + 1 / 2 + 1 / 5, 1 / 6 + 1 / 10
    expected = [at_5 / 8, (at_5 + at_10) / 8, (at_5 + at_10 + 1 / 11 + 1 / 20) / 8]
    assert [figures.mrr_5, figures.mrr_10, figures.mrr_20] == pytest.approx(expected)


def test_an_unknown_label_does_not_meet_the_end_of_a_short_list() -> None:
    ranks = hits_and_ranks(lists([3, 4], [3, 4], []), np.array([-1, 4, -1], np.int32))
    assert ranks.tolist() == [0, 2, 0]
    assert ranks.dtype == np.int32


def test_what_is_behind_the_twentieth_counts_nowhere() -> None:
    shown = np.arange(25, dtype=np.int32)[None, :]
    figures = measure(shown, np.array([20], np.int32), COUNTS, 1.0)
    assert (figures.hr_20, figures.mrr_20) == (0.0, 0.0)
    assert figures.cov_20 == 20 / PRODUCTS


def test_coverage_is_the_share_of_the_products_of_the_training() -> None:
    counts = np.array([5, 0, 1, 2, 9])
    figures = measure(lists([0, 1], [0, 2], []), np.zeros(3, np.int32), counts, 1.0)
    assert figures.cov_20 == 2 / 4  # product 1 is not of the training, and -1 is not the last product


def test_popularity_is_the_mean_over_lists_of_min_max_normalised_clicks() -> None:
    counts = np.array([11, 0, 1, 6])  # 1.0, not of the training, 0.0, 0.5
    figures = measure(lists([0, 3, 2, 2], [0], [], [1]), np.zeros(4, np.int32), counts, 1.0)
    assert figures.pop_20 == pytest.approx(((1.0 + 0.5) / 4 + 1.0 + 0.0) / 3)


def test_where_all_are_equally_popular_nobody_is() -> None:
    assert measure(lists([0, 1]), np.zeros(1, np.int32), np.array([4, 4]), 1.0).pop_20 == 0.0


def test_a_source_that_shows_nothing() -> None:
    figures = measure(lists([], []), np.array([1, 2], np.int32), COUNTS, 0.0)
    assert figures == Figures(2, *[0.0] * 9)


def test_nothing_to_measure_by_is_said() -> None:
    with pytest.raises(ValueError, match="no cases"):
        measure(lists([1])[:0], np.empty(0, np.int32), COUNTS, 1.0)
    with pytest.raises(ValueError, match="no clicks"):
        measure(lists([1]), np.ones(1, np.int32), np.zeros(9, np.int64), 1.0)


PRODUCT = st.integers(0, PRODUCTS - 1)
CASES = st.lists(
    st.tuples(st.lists(PRODUCT, max_size=20, unique=True), st.one_of(PRODUCT, st.just(-1))), min_size=1, max_size=30
)


@given(CASES)
def test_algebra_of_the_figures(cases: list[tuple[list[int], int]]) -> None:
    shown, labels = lists(*[row for row, _ in cases]), np.array([label for _, label in cases], np.int32)
    figures = measure(shown, labels, COUNTS, 1.0)
    assert 0.0 <= figures.mrr_5 <= figures.mrr_10 <= figures.mrr_20
    assert figures.mrr_20 <= figures.hr_20 <= 1.0
    assert figures.hr_5 <= figures.hr_10 <= figures.hr_20
    assert figures.mrr_5 <= figures.hr_5
    assert figures.mrr_10 <= figures.hr_10
    # A hit is worth at least 1/k.
    assert figures.mrr_20 >= figures.hr_20 / 20 - 1e-12
    assert 0.0 <= figures.cov_20 <= 1.0
    assert 0.0 <= figures.pop_20 <= 1.0


@given(CASES, st.data())
def test_the_order_of_the_cases_changes_nothing(cases: list[tuple[list[int], int]], data: st.DataObject) -> None:
    def of(cases: list[tuple[list[int], int]]) -> list[float]:
        shown, labels = lists(*[row for row, _ in cases]), np.array([label for _, label in cases], np.int32)
        figures = measure(shown, labels, COUNTS, 1.0)
        return [figures.hr_20, figures.mrr_20, figures.mrr_5, figures.cov_20, round(figures.pop_20, 9)]

    assert of(data.draw(st.permutations(cases))) == of(cases)


@given(CASES)
def test_ranks_are_those_that_lists_tell(cases: list[tuple[list[int], int]]) -> None:
    expected = [row.index(label) + 1 if label in row else 0 for row, label in cases]
    shown, labels = lists(*[row for row, _ in cases]), np.array([label for _, label in cases], np.int32)
    assert hits_and_ranks(shown, labels).tolist() == expected
