"""Writing what is bought together, a purchase at a time."""

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from events.event import Event
from learner.session_writer import add_click, begin_session, newest_session
from recommender.baskets import Baskets
from recommender.jit import kernel
from recommender.session_tables import SessionTables, slot_of, visitor_hash

PURCHASE = "purchase"
# What the newest order of a visitor goes on with: the same id within a day, or none within half an hour.
DAY_SECONDS = 86400.0
GAP_SECONDS = 1800.0
# More purchases than anybody makes at once: a reseller, or a script gone wild. They do not say what goes together.
MAX_AN_ORDER = 200


class Purchases(NamedTuple):
    """Purchases in order, n of them. `visitor` int64 (n,): a hash of whose; `key` int64 (n,): a hash of the order's id,
    0 for none; `product` int32 (n,); `time` float64 (n,), Unix seconds.
    """

    visitor: NDArray[np.int64]
    key: NDArray[np.int64]
    product: NDArray[np.int32]
    time: NDArray[np.float64]


def order_hash(order_id: str) -> int:
    """What stands for an order's id: 63 bits of BLAKE2b, 0 for none."""
    if not order_id:
        return 0
    return int.from_bytes(hashlib.blake2b(order_id.encode(), digest_size=8).digest(), "big") >> 1 or 1


def build_purchases(events: Sequence[Event], products: Sequence[int]) -> Purchases:
    """For `learn_purchases`: events of purchases, and the numbers of their products."""
    n = len(events)
    return Purchases(
        visitor=np.fromiter((visitor_hash(event.visitor) for event in events), np.int64, n),
        key=np.fromiter((order_hash(event.order_id) for event in events), np.int64, n),
        product=np.array(products, np.int32),
        time=np.fromiter((event.timestamp for event in events), np.float64, n),
    )


@kernel
def learn_purchases(baskets: Baskets, purchases: Purchases, ignored: NDArray[np.int64], first: int) -> int:
    """Learn from `purchases`, from number `first` on; returns the number of the first that found an arena full, or n.

    What is over `MAX_AN_ORDER` is counted in `ignored` int64 (1,) alone.
    """
    for n in range(first, len(purchases.product)):
        order = _find_order(baskets, purchases, n)
        slot = slot_of(baskets.orders, order)
        if baskets.orders.total[slot] >= MAX_AN_ORDER:
            ignored[0] += 1
            continue
        history = newest_session(baskets.histories, purchases.visitor[n])
        if history < 0:
            history = begin_session(baskets.histories, purchases.visitor[n])
        # Both may be asked again when there is room: a product that a row has is not added twice.
        product = purchases.product[n]
        if not (_add(baskets.orders, order, product) and _add(baskets.histories, history, product)):
            return n
        _count(baskets.orders, slot, purchases.time[n])
        _count(baskets.histories, slot_of(baskets.histories, history), purchases.time[n])
    return len(purchases.product)


@kernel
def _find_order(baskets: Baskets, purchases: Purchases, n: int) -> int:
    """The visitor's newest order, if the purchase is one of it; otherwise another one, also for one that comes late."""
    orders, key = baskets.orders, purchases.key[n]
    number = newest_session(orders, purchases.visitor[n])
    if number >= 0:
        slot = slot_of(orders, number)
        gap = DAY_SECONDS if key else GAP_SECONDS
        is_new = orders.total[slot] == 0  # it was begun for this very purchase, and then there was no room
        if baskets.order_key[slot] == key and (is_new or abs(purchases.time[n] - orders.latest[slot]) <= gap):
            return number
    number = begin_session(orders, purchases.visitor[n])
    baskets.order_key[slot_of(orders, number)] = key
    return number


@kernel
def _add(rows: SessionTables, number: int, product: int) -> bool:
    """Add a product to a row that does not show it, so that rows hold as many products as they can.

    False when the arena is full; nothing has changed then.
    """
    slot = slot_of(rows, number)
    for at in range(rows.length[slot]):
        if rows.clicks[slot, at] == product:
            return True
    return add_click(rows, number, product)


@kernel
def _count(rows: SessionTables, slot: int, time: float) -> None:
    rows.total[slot] += 1
    rows.latest[slot] = max(rows.latest[slot], time)
