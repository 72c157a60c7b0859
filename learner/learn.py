"""What one event does to all tables, and many events in a row."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from learner.factor_writer import learn_factors
from learner.popularity_writer import count_engagement
from learner.product_writer import count_move, refresh_if_due, touch_all
from learner.session_writer import add_click, begin_session, newest_session
from recommender.hybrid import Tables
from recommender.jit import kernel
from recommender.popularity_tables import IMPRESSIONS
from recommender.scratch import Scratch
from recommender.session_tables import SessionTables, slot_of

# Kinds that are counted nowhere.
OTHER = -1


class Clicks(NamedTuple):
    """Events in order, n of them. `visitor` int64 (n,): a hash of whose it is; `product` int32 (n,); `time` float64
    (n,), Unix seconds; `log_weight` float64 (n,): of the event's weight, base 2; `kind` int8 (n,): the column of
    `PopularityTables.counts`, or OTHER.
    """

    visitor: NDArray[np.int64]
    product: NDArray[np.int32]
    time: NDArray[np.float64]
    log_weight: NDArray[np.float64]
    kind: NDArray[np.int8]


def plain_clicks(visitor: NDArray[np.int64], product: NDArray[np.int32], time: NDArray[np.float64]) -> Clicks:
    """Clicks that all weigh 1 and are of no kind."""
    return Clicks(visitor, product, time, np.zeros(len(product)), np.full(len(product), OTHER, np.int8))


class Limits(NamedTuple):
    """What ends a session: a pause of more than `gap_seconds`. And what one may hold: `events`; the rest is a robot's,
    or of a script gone wild, and is counted in `ignored` int64 (1,) alone, until it pauses.
    """

    gap_seconds: float
    events: int
    ignored: NDArray[np.int64]


@kernel
def learn_clicks(tables: Tables, clicks: Clicks, limits: Limits, first: int, scratch: Scratch) -> int:
    """Learn from `clicks`, from number `first` on; returns the number of the first that found the arena full, or n."""
    for n in range(first, len(clicks.product)):
        product, kind = clicks.product[n], clicks.kind[n]
        if kind == IMPRESSIONS:
            tables.popularity.counts[product, kind] += 1
            continue
        number = _find_session(tables.sessions, clicks, limits, n)
        slot = slot_of(tables.sessions, number)
        if tables.sessions.total[slot] >= limits.events:
            # It has not paused: as long as it goes on, this stays the same session.
            tables.sessions.latest[slot] = max(tables.sessions.latest[slot], clicks.time[n])
            limits.ignored[0] += 1
            continue
        if not _follow(tables, number, product, scratch):
            return n
        tables.sessions.total[slot] += 1
        tables.sessions.latest[slot] = max(tables.sessions.latest[slot], clicks.time[n])
        if kind >= 0:
            tables.popularity.counts[product, kind] += 1
        count_engagement(tables.popularity, product, clicks.log_weight[n], clicks.time[n])
    return len(clicks.product)


@kernel
def _find_session(sessions: SessionTables, clicks: Clicks, limits: Limits, n: int) -> int:
    """The visitor's session that an event goes into, a new one after a pause."""
    number = newest_session(sessions, clicks.visitor[n])
    if number >= 0:
        slot = slot_of(sessions, number)
        if sessions.total[slot] == 0 or abs(clicks.time[n] - sessions.latest[slot]) <= limits.gap_seconds:
            return number
    return begin_session(sessions, clicks.visitor[n])


@kernel
def _follow(tables: Tables, number: int, product: int, scratch: Scratch) -> bool:
    """Add a product to a session, unless it is its last one. False when the arena is full; nothing has changed then."""
    sessions, slot = tables.sessions, slot_of(tables.sessions, number)
    length = sessions.length[slot]
    before = sessions.clicks[slot, length - 1] if length > 0 else -1
    # View, dwell, cart: of one product in a row, they say once that the visitor met it.
    if before == product:
        return True
    if not add_click(sessions, number, product):
        return False
    learn_factors(sessions, tables.factors, (slot, product), scratch)
    count_move(tables.products, before, product)
    touch_all(sessions, tables.products, slot)
    refresh_if_due(sessions, tables.products, product, scratch)
    return True
