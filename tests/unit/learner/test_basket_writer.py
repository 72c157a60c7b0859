"""Orders and histories as they are written, against whole ones in plain lists."""

import numpy as np
import pytest

from learner.basket_writer import Known, Purchases, learn_purchases
from recommender.baskets import Baskets, build_baskets
from recommender.session_tables import MAX_CLICKS, SessionTables, posted_session
from tests.basket_references import (
    RowLog,
    as_purchases,
    build_basket_world,
    learn_log,
    random_purchases,
    unknown,
)
from tests.small_worlds import named, with_arena

SEEDS = range(25)


def contents(tables: Baskets) -> dict[str, bytes]:
    """Every cell of all tables; of the arenas those that are in use."""
    parts = {"order_key": tables.order_key.tobytes()}
    for name, rows in (("orders", tables.orders), ("histories", tables.histories)):
        used = rows._replace(arena=rows.arena[: rows.arena_used[0]])
        parts |= {f"{name}.{key}": value for key, value in named(used._asdict().items()).items()}
    return parts


def assert_rows(tables: SessionTables, rows: RowLog) -> None:
    for number in range(len(rows.log.sessions)):
        if rows.log.is_there(number):
            slot = number % len(tables.number)
            assert tables.clicks[slot, : tables.length[slot]].tolist() == rows.log.row(number)
            assert (tables.visitor[slot], tables.total[slot]) == (rows.visitors[number] + 1, rows.purchases[number])
    for product in range(len(tables.posting)):
        expected = [number if rows.log.is_there(number) else -1 for number in rows.log.remembered(product)]
        found = [posted_session(tables, product, back) for back in range(tables.posting[product, 3])]
        assert (found, tables.sessions_of[product]) == (expected, rows.log.count(product))


@pytest.mark.parametrize("seed", SEEDS)
def test_the_tables_are_the_orders_and_the_histories(seed: int) -> None:
    rng = np.random.default_rng(seed)
    slots = (int(2 ** rng.integers(0, 7)), int(2 ** rng.integers(0, 4)))
    world = build_basket_world(random_purchases(rng), slots=slots)
    assert_rows(world.tables.orders, world.log.orders)
    assert_rows(world.tables.histories, world.log.histories)


def test_an_order_keeps_its_key_and_the_time_of_its_last_purchase() -> None:
    tables = build_basket_world([(4, 1, 7), (2, 0, 8), (4, 1, 9)]).tables
    assert tables.order_key[:3].tolist() == [5, 3, 0]
    assert tables.orders.latest[:3].tolist() == [2.0, 1.0, 0.0]
    assert tables.histories.latest[:3].tolist() == [2.0, 1.0, 0.0]


def test_what_a_row_shows_already_takes_no_second_place_in_it() -> None:
    bought = [(0, 0, 7)] * 3 + [(0, 0, product) for product in range(10, 10 + MAX_CLICKS)] + [(0, 0, 7)]
    orders = build_basket_world(bought).tables.orders
    assert orders.clicks[0].tolist() == [*range(11, 10 + MAX_CLICKS), 7]
    assert (orders.total[0], orders.sessions_of[7]) == (MAX_CLICKS + 4, 1)


def learn_with_little_room(bought: Purchases, known: Known, step: int) -> Baskets:
    """Learn in blocks of `step` purchases, giving each arena more room whenever, and only when, it is full."""
    tables = build_baskets(30, 64, 8, 4)
    for first in range(0, len(bought.product), step):
        block = Purchases._make(field[first : first + step] for field in bought)
        done, grown = 0, 0
        while (done := learn_purchases(tables, block, known, done)) < 2 * len(block.product):
            if done % 2:
                more = with_arena(tables.histories, len(tables.histories.arena) + 8)
                tables = tables._replace(histories=more)
            else:
                tables = tables._replace(orders=with_arena(tables.orders, len(tables.orders.arena) + 8))
            grown += 1
            assert grown < 1000
    return tables


@pytest.mark.parametrize("step", [1, 7, 1000])
@pytest.mark.parametrize("seed", range(5))
def test_neither_batches_nor_full_arenas_change_a_byte(seed: int, step: int) -> None:
    bought = random_purchases(np.random.default_rng(seed))
    whole = build_baskets(30, 64, 8, 10_000)
    assert learn_purchases(whole, as_purchases(bought), unknown(bought), 0) == 2 * len(bought)
    assert contents(learn_with_little_room(as_purchases(bought), unknown(bought), step)) == contents(whole)
    assert_rows(whole.histories, learn_log(bought, (64, 8)).histories)
