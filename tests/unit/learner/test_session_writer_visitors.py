"""Whose session is the newest: a small hash table over the index, against a plain one; and runs of it that are full."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from learner.session_writer import PROBES, begin_session, newest_session
from recommender.session_tables import SessionTables, build_session_tables
from tests.references import SessionLog

# Sessions of 128 slots; their visitors' cells are 256, of which PROBES are tried.
SLOTS, CELLS = 128, 256


class PlainCells:
    """Who is in which cell: a visitor's own, or else the first of its run whose session has gone, or else the first."""

    def __init__(self, log: SessionLog, cells: int) -> None:
        self.log = log
        self.cells: list[tuple[int, int]] = [(0, -1)] * cells

    def run(self, visitor: int) -> list[int]:
        return [(visitor + step) % len(self.cells) for step in range(min(PROBES, len(self.cells)))]

    def own(self, visitor: int) -> list[int]:
        run = self.run(visitor)
        return [cell for cell in run if self.cells[cell][0] == visitor and self.log.is_there(self.cells[cell][1])]

    def newest(self, visitor: int) -> int:
        return next((self.cells[cell][1] for cell in self.own(visitor)), -1)

    def put(self, visitor: int, number: int) -> None:
        gone = [cell for cell in self.run(visitor) if not self.log.is_there(self.cells[cell][1])]
        place = [*self.own(visitor), *gone, self.run(visitor)[0]][0]
        self.cells[place] = visitor, number


def begin_all(visitors: list[int], slots: int) -> tuple[SessionTables, SessionLog, PlainCells]:
    """Sessions of these visitors; what is known of each is checked as they begin."""
    tables, log = build_session_tables(1, slots, 4), SessionLog(slots)
    plain = PlainCells(log, len(tables.newest_of))
    for visitor in visitors:
        assert newest_session(tables, visitor) == plain.newest(visitor)
        number = log.begin(visitor)
        plain.put(visitor, number)
        assert begin_session(tables, visitor) == number
    return tables, log, plain


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("homes", [1, 3, 40, CELLS])
def test_visitors_who_are_at_home_in_few_cells(seed: int, homes: int) -> None:
    """More of them than a run holds, or just as many as there is room for; their sessions go all the time."""
    rng = np.random.default_rng(seed)
    hashes = 1 + rng.integers(0, homes, 400) + CELLS * rng.permutation(400)
    visitors = rng.choice(hashes[: rng.integers(10, 400)], 3 * SLOTS).tolist()
    tables, log, plain = begin_all(visitors, SLOTS)
    assert [newest_session(tables, visitor) for visitor in visitors] == [plain.newest(visitor) for visitor in visitors]
    for visitor in {*visitors}:
        # Never another visitor's, and no older one; at worst none.
        assert newest_session(tables, visitor) in (-1, log.newest(visitor))
    if homes == CELLS:
        assert all(newest_session(tables, visitor) == log.newest(visitor) for visitor in {*visitors})


@settings(deadline=None)
@given(st.lists(st.integers(1, 2**63 - 1) | st.integers(1, 9), max_size=60), st.sampled_from([1, 2, 4, 8, 16]))
def test_with_fewer_cells_than_are_tried_nobody_is_lost(visitors: list[int], slots: int) -> None:
    tables, log, _ = begin_all(visitors, slots)
    for visitor in visitors:
        assert newest_session(tables, visitor) == log.newest(visitor)


def test_where_a_run_is_full_one_session_is_cut_short() -> None:
    """That of the visitor in the first cell, who begins anew; everybody else's goes on."""
    at_home = [5 + CELLS * n for n in range(PROBES + 1)]
    tables, _, _ = begin_all(at_home, SLOTS)
    assert [newest_session(tables, visitor) for visitor in at_home] == [-1, *range(1, PROBES + 1)]
    assert tables.number[0] == 0  # it is a neighbour as before
    assert begin_session(tables, at_home[0]) == PROBES + 1
    found = [newest_session(tables, visitor) for visitor in at_home]
    assert found == [PROBES + 1, *range(1, PROBES), -1]


def test_cells_of_sessions_that_are_gone_are_taken_again() -> None:
    """However many visitors there ever were."""
    visitors = [7 + CELLS * n for n in range(5 * SLOTS)]
    tables, log, _ = begin_all([visitor for visitor in visitors for _ in range(4)], 128)
    assert [newest_session(tables, visitor) for visitor in visitors[-32:]] == [log.newest(v) for v in visitors[-32:]]
    assert set(np.flatnonzero(tables.newest_of >= 0).tolist()) <= set(range(7, 7 + PROBES))


def test_a_run_goes_round_the_end() -> None:
    tables, _, _ = begin_all([CELLS - 1 + CELLS * n for n in range(3)], SLOTS)
    assert tables.newest_of[[-1, 0, 1]].tolist() == [0, 1, 2]


def test_a_visitor_who_is_not_there_has_no_session() -> None:
    tables = build_session_tables(1, 4, 4)
    assert newest_session(tables, 1) == -1
    begin_session(tables, 1)
    assert newest_session(tables, 9) == -1  # of the same cell
    for visitor in (2, 3, 4, 5):
        begin_session(tables, visitor)
    assert newest_session(tables, 1) == -1


def test_the_newest_of_two_is_known() -> None:
    tables, _, _ = begin_all([1, 2, 1], 4)
    assert (newest_session(tables, 1), newest_session(tables, 2)) == (2, 1)


def test_a_new_session_holds_nothing_of_the_one_before_it() -> None:
    tables = build_session_tables(1, 1, 4)
    begin_session(tables, 1)
    tables.latest[0], tables.total[0], tables.length[0] = 2e9, 7, 5
    begin_session(tables, 2)
    assert (tables.latest[0], tables.total[0], tables.length[0], tables.visitor[0]) == (0.0, 0, 0, 2)
