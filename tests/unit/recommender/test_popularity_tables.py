"""Empty popularity tables, and how far sums have fallen. What is counted: tests/unit/learner/test_popularity_writer."""

import numpy as np
import pytest

from profiles.decay import EPOCH, log_weight, value_at
from recommender.popularity_tables import (
    CHANGES,
    COUNTS,
    LAYOUT,
    LISTED_LIMIT,
    LONG,
    SHORT,
    TOP_LIMIT,
    PopularityHalfLives,
    PopularityTables,
    build_popularity_tables,
    faded,
)

HALF_LIVES = PopularityHalfLives(1000.0, 10.0)


@pytest.mark.parametrize("categories", [0, 1, 5])
def test_new_tables_are_empty(categories: int) -> None:
    tables, rows = build_popularity_tables(3, categories, HALF_LIVES), max(categories, 1)
    for sums in (tables.engagement, tables.trend, tables.heat):
        assert sums.tolist() == [-np.inf] * 3
    for sums in (tables.category_engagement, tables.category_trend):
        assert sums.tolist() == [-np.inf] * rows
    assert tables.listed.tolist() == [[-1] * LISTED_LIMIT] * 3
    assert tables.counts.tolist() == [[0] * COUNTS] * 3
    for lists in (tables.category_top, tables.category_hot):
        assert [*lists.tolist(), tables.overall_top.tolist(), tables.overall_hot.tolist()] == [[-1] * TOP_LIMIT] * (
            rows + 2
        )
    assert (set(tables.changed.tolist()), len(tables.changed), tables.change_count.tolist()) == ({-1}, CHANGES, [0])


def test_tables_know_their_half_lives() -> None:
    assert build_popularity_tables(1, 1, HALF_LIVES).half_lives.tolist() == [1000.0, 10.0]
    assert (HALF_LIVES[LONG], HALF_LIVES[SHORT]) == (HALF_LIVES.long, HALF_LIVES.short)


def test_the_layout_names_every_table() -> None:
    assert tuple(table.name for table in LAYOUT) == PopularityTables._fields


def test_the_ring_goes_round_by_a_mask() -> None:
    assert CHANGES & (CHANGES - 1) == 0


@pytest.mark.parametrize("which", [LONG, SHORT])
@pytest.mark.parametrize("seconds", [-5000.0, 0.0, 10.0, 123456.75])
def test_sums_fall_as_those_of_profiles(which: int, seconds: float) -> None:
    """A weight of 4 that came a minute before is what it is there."""
    tables, now = build_popularity_tables(1, 1, HALF_LIVES), EPOCH + seconds
    came = 2.0 + faded(tables.half_lives, which, now - 60.0)
    assert came == pytest.approx(log_weight(4.0, now - 60.0, HALF_LIVES[which]))
    left = 2.0 ** (came - faded(tables.half_lives, which, now))
    assert (
        left
        == pytest.approx(value_at(came, now, HALF_LIVES[which]))
        == pytest.approx(4.0 * 0.5 ** (60.0 / HALF_LIVES[which]))
    )
