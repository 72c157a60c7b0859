"""Figures of proposed baskets, by hand, and in a table."""

import csv
from pathlib import Path

import numpy as np
import pytest

from evaluation.basket_metrics import FIGURES, average, compare_judged, judge
from evaluation.basket_report import COLUMNS, render_baskets, save_baskets


def judged(shown: list[int], basket: list[int]) -> dict[str, float]:
    return dict(zip(FIGURES, judge(np.array(shown, np.int32), np.array(basket, np.int32)).tolist(), strict=True))


def test_by_hand() -> None:
    found = judged([1, 2, 3, *range(100, 108), 4], [2, 4, 9])
    ideal = 1 + 1 / np.log2(3) + 1 / 2
    assert found == pytest.approx(
        {
            "recall@10": 1 / 3, "precision@10": 1 / 10, "hit@10": 1.0, "ndcg@10": 1 / np.log2(3) / ideal,
            "recall@20": 2 / 3, "precision@20": 2 / 20, "hit@20": 1.0,
            "ndcg@20": (1 / np.log2(3) + 1 / np.log2(13)) / ideal,
        }
    )  # fmt: skip


def test_the_best_there_can_be() -> None:
    found = judged(list(range(25)), list(range(25)))
    assert (found["ndcg@10"], found["ndcg@20"], found["precision@20"]) == pytest.approx((1.0, 1.0, 1.0))
    assert (found["recall@10"], found["recall@20"]) == pytest.approx((10 / 25, 20 / 25))


def test_nothing_shown_or_nothing_right_is_nothing() -> None:
    assert set(judged([], [1]).values()) == set(judged([2, 3], [1]).values()) == {0.0}


def test_what_is_beyond_the_cut_does_not_count() -> None:
    assert set(judged([*range(100, 120), 1], [1]).values()) == {0.0}


def test_each_household_counts_once() -> None:
    rows = np.array([judge(np.array([1], np.int32), np.array(basket, np.int32)) for basket in ([1], [1, 2], [3])])
    figures = average(rows)
    assert (figures.cases, figures.recall_10) == (3, 0.5)
    assert figures.hit_20 == pytest.approx(2 / 3)


def test_a_difference_is_told_from_chance() -> None:
    rng = np.random.default_rng(1)
    a = rng.random((400, 8))
    better, same = compare_judged(a, a + 0.01, rng), compare_judged(a, a + rng.normal(0.0, 0.1, a.shape), rng)
    assert [found.figure for found in better] == ["recall@10", "recall@20"]
    assert [found.value for found in better] == pytest.approx([0.01, 0.01])
    assert all(found.is_real for found in better)
    assert not any(found.is_real for found in same)
    again = [compare_judged(a, a[::-1], np.random.default_rng(7)) for _ in range(2)]
    assert again[0] == again[1]


def test_the_table_and_the_file_have_the_same_columns(tmp_path: Path) -> None:
    figures = {"popularity": average(np.full((3, 8), 0.25)), "hybrid": average(np.full((3, 8), 0.5))}
    head, first, second = render_baskets(figures).splitlines()
    assert tuple(head.split()) == COLUMNS
    assert first.split() == ["popularity", "3", *["0.2500"] * 8]
    assert len(head) == len(first) == len(second)
    save_baskets(tmp_path / "figures.csv", figures)
    rows = list(csv.reader((tmp_path / "figures.csv").read_text().splitlines()))
    assert rows == [[*COLUMNS], ["popularity", "3", *["0.250000"] * 8], ["hybrid", "3", *["0.500000"] * 8]]
