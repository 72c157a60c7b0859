"""The session index as it is written, against whole histories; and its memory, of which no cell has two owners."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from learner.session_writer import add_click, begin_session
from recommender.session_tables import (
    MAX_CLICKS,
    MAX_POSTINGS,
    MIN_POSTINGS,
    SessionTables,
    build_session_tables,
    posted_session,
)
from tests.references import SessionLog
from tests.small_worlds import named, random_world

SEEDS = range(40)
# In which of four sessions, or in a new one (-1), is which product clicked?
SCRIPTS = st.lists(st.tuples(st.integers(-1, 3), st.integers(0, 9)), max_size=150)


def posted(tables: SessionTables, product: int) -> list[int]:
    """The sessions that a product remembers, newest first; -1 for those that are gone."""
    return [posted_session(tables, product, back) for back in range(tables.posting[product, 3])]


def row(tables: SessionTables, number: int) -> list[int]:
    slot = number % len(tables.number)
    assert tables.number[slot] == number
    return [int(product) for product in tables.clicks[slot, : tables.length[slot]]]


def assert_same(tables: SessionTables, log: SessionLog) -> None:
    """The index holds just what is in reach of the history."""
    assert tables.next_number[0] == len(log.sessions)
    for number in range(len(log.sessions)):
        assert not log.is_there(number) or row(tables, number) == log.row(number)
    for product in range(len(tables.posting)):
        expected = [number if log.is_there(number) else -1 for number in log.remembered(product)]
        assert posted(tables, product) == expected
        assert tables.sessions_of[product] == log.count(product)


def blocks(tables: SessionTables) -> list[tuple[int, int]]:
    """First cell and the one after the last of all blocks, of products and free ones, in order."""
    found = [(int(row[0]), int(row[0] + row[1])) for row in tables.posting if row[1]]
    for size, first in enumerate(tables.free):
        while first >= 0:
            found.append((int(first), int(first) + 2**size))
            low, high = (int(cell) for cell in tables.arena[first : first + 2])
            first = high * 2**31 + low - 1
    return sorted(found)


def assert_no_cell_is_lost_or_shared(tables: SessionTables) -> None:
    edges = [(0, 0), *blocks(tables)]
    assert all(left[1] == right[0] for left, right in pairwise(edges)), edges
    assert edges[-1][1] == tables.arena_used[0] <= len(tables.arena)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_index_is_the_history(seed: int) -> None:
    world = random_world(seed)
    assert_same(world.tables.sessions, world.log)
    assert_no_cell_is_lost_or_shared(world.tables.sessions)


@settings(deadline=None)
@given(SCRIPTS, st.sampled_from([1, 2, 4, 8, 64]), st.sampled_from([0, 4, 20, 44, 1000]))
def test_a_full_arena_refuses_and_changes_nothing(script: list[tuple[int, int]], slots: int, cells: int) -> None:
    tables, log = build_session_tables(10, slots, cells), SessionLog(slots)
    for back, product in script:
        number = len(log.sessions) - 1 - back
        if back < 0 or not log.is_there(number):
            number = begin_session(tables, 1)
            assert number == log.begin(1)
        before = named(tables._asdict().items())
        if add_click(tables, number, product):
            log.add(number, product)
        else:
            assert named(tables._asdict().items()) == before
            assert tables.arena_used[0] + MIN_POSTINGS > cells or log.count(product) >= MIN_POSTINGS
    assert_same(tables, log)
    assert_no_cell_is_lost_or_shared(tables)


def test_a_product_is_posted_once_a_session_however_long_that_is() -> None:
    tables = build_session_tables(60, 4, 1000)
    number = begin_session(tables, 1)
    for product in (7, *range(10, 10 + 2 * MAX_CLICKS), 7):
        assert add_click(tables, number, product)
    assert row(tables, number) == [*range(11 + MAX_CLICKS, 10 + 2 * MAX_CLICKS), 7]
    assert posted(tables, 7) == [number]
    assert tables.sessions_of[7] == 1


@pytest.fixture(scope="module")
def bestseller() -> SessionTables:
    """One product in more sessions than it can remember, and product 1 in every hundredth of them."""
    tables = build_session_tables(3, 4096, 4096)
    for n in range(MAX_POSTINGS + 300):
        number = begin_session(tables, 1)
        assert add_click(tables, number, 0)
        assert n % 100 or add_click(tables, number, 1)
    return tables


def test_the_oldest_postings_make_room(bestseller: SessionTables) -> None:
    newest = MAX_POSTINGS + 299
    assert posted(bestseller, 0) == list(range(newest, newest - MAX_POSTINGS, -1))
    assert bestseller.sessions_of[0] == newest + 1
    assert bestseller.posting[0].tolist()[1:] == [MAX_POSTINGS, 300, MAX_POSTINGS]
    assert posted(bestseller, 1) == list(range(1300, -1, -100))
    assert_no_cell_is_lost_or_shared(bestseller)


def test_blocks_are_used_again() -> None:
    tables = build_session_tables(5, 64, 28)
    for n in range(MIN_POSTINGS + 1):
        assert add_click(tables, begin_session(tables, 1), 0), n
    assert tables.arena_used[0] == 12
    for product in (1, 2, 3, 4):
        assert add_click(tables, begin_session(tables, 1), product)
    assert blocks(tables) == [(0, 4), (4, 12), (12, 16), (16, 20), (20, 24)]
    assert tables.posting[:, 0].tolist() == [4, 0, 12, 16, 20]


def test_a_free_block_can_point_to_any_other() -> None:
    """An arena may have more cells than its numbers have bits."""
    far = 2**33 + 12
    tables = build_session_tables(3, 64, 100)
    tables.free[2] = far
    tables.posting[0] = 0, MIN_POSTINGS, 0, MIN_POSTINGS
    tables.arena_used[0] = MIN_POSTINGS
    assert add_click(tables, begin_session(tables, 1), 0)  # gives its first block away
    assert tables.free[2] == 0
    assert add_click(tables, begin_session(tables, 1), 1)  # takes it
    assert (tables.posting[1, 0], tables.free[2]) == (0, far)


def test_numbers_go_on_past_what_a_posting_can_hold() -> None:
    tables = build_session_tables(2, 8, 100)
    first = 2**31 - 2
    tables.next_number[0] = first
    for _ in range(4):
        assert add_click(tables, begin_session(tables, 1), 1)
    assert posted(tables, 1) == [first + 3, first + 2, first + 1, first]
    assert row(tables, first + 3) == [1]


def test_a_new_session_takes_the_place_of_the_oldest() -> None:
    tables = build_session_tables(2, 2, 100)
    for product in (0, 1, 1):
        assert add_click(tables, begin_session(tables, 1), product)
    assert posted(tables, 0) == [-1]
    assert posted(tables, 1) == [2, 1]
    assert (row(tables, 1), row(tables, 2)) == ([1], [1])
    assert np.array_equal(np.sort(tables.number), [1, 2])
