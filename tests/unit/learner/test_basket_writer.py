"""Orders and histories as they are written, against whole ones in plain lists."""

from collections.abc import Iterable, Sequence

import numpy as np
import pytest

from events.event import Event, Visitor
from learner.basket_writer import (
    DAY_SECONDS,
    GAP_SECONDS,
    MAX_AN_ORDER,
    Purchases,
    build_purchases,
    learn_purchases,
    order_hash,
)
from profiles.decay import EPOCH
from recommender.baskets import Baskets, build_baskets
from recommender.session_tables import MAX_CLICKS, MIN_POSTINGS, SessionTables, posted_session, visitor_hash
from tests.basket_references import (
    MUCH,
    BasketWorld,
    Purchase,
    as_purchases,
    build_basket_world,
    learn_log,
    orders_of,
    random_purchases,
)
from tests.references import SessionLog
from tests.small_worlds import named, with_arena

SEEDS = range(25)


def contents(tables: Baskets) -> dict[str, bytes]:
    """Every cell of all tables; of the arenas those that are in use."""
    parts = {"order_key": tables.order_key.tobytes()}
    for name, rows in (("orders", tables.orders), ("histories", tables.histories)):
        used = rows._replace(arena=rows.arena[: rows.arena_used[0]])
        parts |= {f"{name}.{key}": value for key, value in named(used._asdict().items()).items()}
    return parts


def assert_rows(tables: SessionTables, log: SessionLog) -> None:
    assert tables.next_number[0] == len(log.sessions)
    for number in range(len(log.sessions)):
        if log.is_there(number):
            slot = number % len(tables.number)
            assert tables.clicks[slot, : tables.length[slot]].tolist() == log.row(number)
            assert (tables.visitor[slot], tables.total[slot]) == (log.visitor[number], len(log.times[number]))
            assert tables.latest[slot] == max(log.times[number])
    for product in range(len(tables.posting)):
        expected = [number if log.is_there(number) else -1 for number in log.remembered(product)]
        found = [posted_session(tables, product, back) for back in range(tables.posting[product, 3])]
        assert (found, tables.sessions_of[product]) == (expected, log.count(product))


def assert_same(world: BasketWorld) -> None:
    """The tables are what the log says, whole rows and keys."""
    assert_rows(world.tables.orders, world.log.orders)
    assert_rows(world.tables.histories, world.log.histories)
    kept = [number for number in range(len(world.log.keys)) if world.log.orders.is_there(number)]
    slots = len(world.tables.order_key)
    assert [world.tables.order_key[number % slots] for number in kept] == [world.log.keys[number] for number in kept]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_tables_are_the_orders_and_the_histories(seed: int) -> None:
    rng = np.random.default_rng(seed)
    slots = (int(2 ** rng.integers(0, 7)), int(2 ** rng.integers(0, 4)))
    assert_same(build_basket_world(random_purchases(rng), slots=slots))


def test_random_purchases_go_on_with_orders_and_begin_others() -> None:
    """Otherwise the tests above would show little."""
    logs = [learn_log(random_purchases(np.random.default_rng(seed)), (1024, 64)) for seed in SEEDS]
    sizes = [len(times) for log in logs for times in log.orders.times]
    assert min(sizes) == 1 and max(sizes) > MAX_CLICKS
    assert {bool(key) for log in logs for key in log.keys} == {True, False}
    assert any(list(map(list, log.orders.times)) != [sorted(times) for times in log.orders.times] for log in logs)


def test_an_order_keeps_its_key_and_the_time_of_its_last_purchase() -> None:
    bought = [Purchase(2, 5, 7, EPOCH), Purchase(1, 3, 8, EPOCH + 1), Purchase(2, 5, 9, EPOCH + 2)]
    tables = build_basket_world([*bought, Purchase(1, 3, 4, EPOCH - 9)]).tables
    assert tables.order_key[:3].tolist() == [5, 3, 0]
    assert tables.orders.latest[:3].tolist() == [EPOCH + 2, EPOCH + 1, 0.0]
    assert tables.histories.latest[:3].tolist() == [EPOCH + 2, EPOCH + 1, 0.0]


def test_what_a_row_shows_already_takes_no_second_place_in_it() -> None:
    orders = build_basket_world(orders_of((1, [7, 7, 7, *range(10, 10 + MAX_CLICKS), 7]))).tables.orders
    assert orders.clicks[0].tolist() == [*range(11, 10 + MAX_CLICKS), 7]
    assert (orders.total[0], orders.sessions_of[7]) == (MAX_CLICKS + 4, 1)


def with_more_room(tables: Baskets, is_history: bool) -> Baskets:
    """The same with a little more room for postings in one of the two indexes."""
    if is_history:
        return tables._replace(histories=with_arena(tables.histories, len(tables.histories.arena) + 8))
    return tables._replace(orders=with_arena(tables.orders, len(tables.orders.arena) + 8))


def learn_with_little_room(bought: Purchases, step: int) -> Baskets:
    """Learn in blocks of `step` purchases, giving now one arena and now the other more room whenever one is full."""
    tables, ignored = build_baskets(30, 64, 8, 4), np.zeros(1, np.int64)
    for first in range(0, len(bought.product), step):
        block = Purchases._make(field[first : first + step] for field in bought)
        done, grown = 0, 0
        while (done := learn_purchases(tables, block, ignored, done)) < len(block.product):
            tables = with_more_room(tables, grown % 2 == 1)
            grown += 1
            assert grown < 1000
    return tables


@pytest.mark.parametrize("step", [1, 7, 1000])
@pytest.mark.parametrize("seed", range(5))
def test_neither_batches_nor_full_arenas_change_a_byte(seed: int, step: int) -> None:
    bought = random_purchases(np.random.default_rng(seed))
    whole = build_basket_world(bought, 30, (64, 8))
    assert contents(learn_with_little_room(as_purchases(bought), step)) == contents(whole.tables)
    assert_same(whole)


@pytest.mark.parametrize("is_history", [False, True])
def test_where_an_arena_is_full_learning_stands_still(is_history: bool) -> None:
    """However late it goes on, the order and the history that were begun are gone on with, and the rest is new."""
    bought = [Purchase(1, 0, 1), Purchase(2, 0, 2, EPOCH + 9 * DAY_SECONDS)]
    tables, ignored = with_more_room(build_baskets(3, 4, 4, MIN_POSTINGS), not is_history), np.zeros(1, np.int64)
    assert learn_purchases(tables, as_purchases(bought), ignored, 0) == 1
    before = contents(tables)
    assert learn_purchases(tables, as_purchases(bought), ignored, 1) == 1
    assert contents(tables) == before
    assert (tables.orders.next_number[0], tables.orders.total[1], tables.histories.total[1]) == (2, 0, 0)
    tables = with_more_room(tables, is_history)
    assert learn_purchases(tables, as_purchases(bought), ignored, 1) == 2
    assert_same(BasketWorld(tables, learn_log(bought, (4, 4))))


def test_no_purchases_teach_nothing() -> None:
    tables = build_baskets(3, 4, 4, MIN_POSTINGS)
    before = contents(tables)
    assert learn_purchases(tables, as_purchases([]), np.zeros(1, np.int64), 0) == 0
    assert contents(tables) == before


def test_after_so_many_purchases_an_order_teaches_no_more() -> None:
    """Until it is over; other orders and visitors are not concerned."""
    robot = [Purchase(1, 1, n % 30, EPOCH + n) for n in range(MAX_AN_ORDER + 50)]
    world = build_basket_world([*robot, Purchase(2, 1, 31), Purchase(1, 2, 32), Purchase(1, 2, 33)])
    assert world.log.ignored == 50
    assert_same(world)
    assert world.tables.orders.total[:3].tolist() == [MAX_AN_ORDER, 1, 2]
    assert world.tables.orders.latest[0] == EPOCH + MAX_AN_ORDER - 1


ANN = Visitor("user", "ann")


def buy(product: int = 1, at: float = 0.0, order: str = "", visitor: Visitor = ANN) -> Event:
    """A purchase by ann, so many seconds after the first one."""
    return Event(
        event_id="",
        type="purchase",
        timestamp=EPOCH + at,
        visitor=visitor,
        weight=5.0,
        product_id=str(product),
        order_id=order,
    )


def learn(tables: Baskets, events: Sequence[Event]) -> None:
    """Learn from purchases, as the learner does."""
    purchases = build_purchases(events, [int(event.product_id) for event in events])
    assert learn_purchases(tables, purchases, np.zeros(1, np.int64), 0) == len(events)


def rows_of(rows: SessionTables) -> list[list[int]]:
    return [rows.clicks[n, : rows.length[n]].tolist() for n in range(rows.next_number[0])]


def orders_after(events: Iterable[Event]) -> list[list[int]]:
    """The orders that these events make."""
    tables = build_baskets(1000, 1024, 16, MUCH)
    learn(tables, [*events])
    return rows_of(tables.orders)


@pytest.mark.parametrize(
    ("second", "is_same"),
    [
        (buy(2, GAP_SECONDS), True),
        (buy(2, GAP_SECONDS + 1), False),
        (buy(2, -GAP_SECONDS), True),
        (buy(2, -GAP_SECONDS - 1), False),
        (buy(2, 1, order="b"), False),
        (buy(2, 1, visitor=Visitor("anonymous", "ann")), False),
    ],
)
def test_without_an_id_half_an_hour_ends_an_order(second: Event, is_same: bool) -> None:
    assert orders_after([buy(1), second]) == ([[1, 2]] if is_same else [[1], [2]])


@pytest.mark.parametrize(
    ("second", "is_same"),
    [
        (buy(2, 1, order="a"), True),
        (buy(2, DAY_SECONDS, order="a"), True),
        (buy(2, -DAY_SECONDS, order="a"), True),
        (buy(2, DAY_SECONDS + 1, order="a"), False),
        (buy(2, 1, order="b"), False),
        (buy(2, 1, order="a", visitor=Visitor("user", "bob")), False),
        (buy(2, 1), False),
    ],
)
def test_an_id_is_an_order(second: Event, is_same: bool) -> None:
    assert orders_after([buy(1, order="a"), second]) == ([[1, 2]] if is_same else [[1], [2]])


def test_the_pause_counts_from_the_last_purchase() -> None:
    assert orders_after([buy(n, n * GAP_SECONDS) for n in range(4)]) == [[0, 1, 2, 3]]
    assert orders_after([buy(0), buy(1, -GAP_SECONDS), buy(2, GAP_SECONDS)]) == [[0, 1, 2]]


def test_what_comes_late_for_an_order_before_the_newest_is_another_order() -> None:
    assert orders_after([buy(1, order="a"), buy(2, 60, order="b"), buy(3, 5, order="a")]) == [[1], [2], [3]]


def test_all_orders_of_a_visitor_are_one_history() -> None:
    tables = build_baskets(10, 16, 16, MUCH)
    learn(tables, [buy(1, order="a"), buy(2, order="b")])
    learn(tables, [buy(3, 400 * DAY_SECONDS, order="c"), buy(4, visitor=Visitor("user", "bob"))])
    assert rows_of(tables.histories) == [[1, 2, 3], [4]]
    assert tables.histories.visitor[:2].tolist() == [visitor_hash(ANN), visitor_hash(Visitor("user", "bob"))]


def test_hashes_of_orders() -> None:
    assert order_hash("") == 0
    assert 0 < order_hash("1") != order_hash("2") > 0
    assert build_purchases([buy(order="1"), buy()], [1, 1]).key.tolist() == [order_hash("1"), 0]
