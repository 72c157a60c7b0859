"""What one event does to all tables, and many events in a row."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from learner.product_writer import count_click, refresh_if_due
from learner.session_writer import add_click, begin_session
from recommender.hybrid import Tables
from recommender.jit import kernel
from recommender.scratch import Scratch
from recommender.session_tables import slot_of


class Clicks(NamedTuple):
    """Events in order, n of them. `session` int64 (n,): a number from 0 for each session among them; `visitor` int64
    (n,): a hash of whose it is; `product` int32 (n,); `time` float64 (n,), Unix seconds; `moment`, the same in
    half-lives.
    """

    session: NDArray[np.int64]
    visitor: NDArray[np.int64]
    product: NDArray[np.int32]
    time: NDArray[np.float64]
    moment: NDArray[np.float64]


@kernel
def learn_clicks(tables: Tables, clicks: Clicks, known: NDArray[np.int64], first: int, scratch: Scratch) -> int:
    """Learn from `clicks`, from number `first` on; returns the number of the first that found the arena full, or n.

    `known` int64: the number in the index of each session in `clicks.session`, -1 for one that has not begun.
    """
    sessions = tables.sessions
    for n in range(first, len(clicks.product)):
        product = clicks.product[n]
        number = known[clicks.session[n]]
        slot = slot_of(sessions, max(number, 0))
        if number < 0 or sessions.number[slot] != number:
            number = known[clicks.session[n]] = begin_session(sessions, clicks.visitor[n])
            slot = slot_of(sessions, number)
        length = sessions.length[slot]
        before = sessions.clicks[slot, length - 1] if length > 0 else -1
        if not add_click(sessions, number, product):
            return n
        sessions.latest[slot] = max(sessions.latest[slot], clicks.time[n])
        count_click(tables.products, before, product, clicks.moment[n])
        refresh_if_due(sessions, tables.products, product, scratch)
    return len(clicks.product)
