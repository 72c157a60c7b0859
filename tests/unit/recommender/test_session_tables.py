"""Empty session tables, and sessions that postings name."""

import numpy as np
import pytest

from recommender.session_tables import MAX_CLICKS, build_session_tables, posted_session, slot_of


@pytest.mark.parametrize(("asked", "slots"), [(1, 1), (2, 2), (3, 4), (1000, 1024), (1024, 1024)])
def test_slots_are_a_power_of_two(asked: int, slots: int) -> None:
    tables = build_session_tables(3, asked, 10)
    assert tables.clicks.shape == (slots, MAX_CLICKS) and tables.length.shape == tables.number.shape == (slots,)
    assert tables.newest_of.shape == (2 * slots,)
    assert (tables.posting.shape, tables.sessions_of.shape, tables.arena.shape) == ((3, 4), (3,), (10,))


def test_new_tables_are_empty() -> None:
    tables = build_session_tables(3, 4, 10)
    assert tables.number.tolist() == [-1] * 4 and tables.newest_of.tolist() == [-1] * 8
    assert tables.posting.tolist() == [[0, 0, 0, 0]] * 3
    assert set(tables.free.tolist()) == {-1}
    rest = [name for name in tables._fields if name not in ("number", "newest_of", "posting", "free")]
    assert not any(getattr(tables, name).any() for name in rest)


def test_a_slot_is_the_number_modulo_their_number() -> None:
    tables = build_session_tables(1, 8, 4)
    assert [slot_of(tables, number) for number in (0, 7, 8, 2**31 + 3, 2**40 + 5)] == [0, 7, 0, 3, 5]


def test_a_posting_counts_only_while_its_session_is_there() -> None:
    tables = build_session_tables(1, 4, 4)
    # A ring of 4 with sessions 1, 4 and 5 in cells 3, 0 and 1.
    tables.posting[0] = 0, 4, 2, 3
    tables.arena[:] = 4, 5, 99, 1
    tables.number[:] = 4, 5, 6, 3
    tables.next_number[0] = 7
    assert [posted_session(tables, 0, back) for back in range(3)] == [5, 4, -1]
    tables.number[1] = 1
    assert [posted_session(tables, 0, back) for back in range(3)] == [-1, 4, 1]


def test_low_bits_name_the_newest_session_that_has_them() -> None:
    tables = build_session_tables(1, 4, 4)
    newest = 3 * 2**31 + 1
    tables.posting[0] = 0, 4, 2, 2
    tables.arena[:2] = np.array([2**31 - 1, 1], np.int32)
    tables.next_number[0] = newest + 1
    tables.number[[slot_of(tables, newest), slot_of(tables, newest - 2)]] = newest, newest - 2
    assert [posted_session(tables, 0, back) for back in range(2)] == [newest, newest - 2]
