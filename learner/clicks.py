"""From events to clicks: which events say what goes with what, whose session each is in, and what is ignored."""

import hashlib
from collections.abc import Sequence

import msgspec
import numpy as np

from events.event import Event, Visitor
from learner.learn import Clicks

# A pause of so many seconds ends a session, as in web analytics and in the published data.
GAP_SECONDS = 1800.0
# More products than people look at in one session: a robot, or a script gone wild.
MAX_CLICKS_A_SESSION = 300
MAX_QUANTITY = 100.0
SHOWN_ONLY = frozenset({"impression"})


class OpenSession(msgspec.Struct):
    """A visitor's session that may go on: its number in the index (-1 before the first click), the time of its last
    click, how many there were, and the last product.
    """

    number: int
    latest: float
    clicks: int = 0
    product: str = ""


def visitor_hash(visitor: Visitor) -> int:
    """What stands for a visitor in the index: 63 bits of BLAKE2b, never 0."""
    digest = hashlib.blake2b(visitor.key.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1 or 1


class Door:
    """Decides which events are learnt from; counts what is ignored, by reason."""

    def __init__(self) -> None:
        self.open: dict[int, OpenSession] = {}
        self.ignored: dict[str, int] = {}

    def admit(self, event: Event) -> tuple[int, OpenSession] | None:
        """The visitor's hash and session of an event to learn from, None for one that is ignored."""
        if not event.product_id or event.weight <= 0.0 or event.type in SHOWN_ONLY:
            return None
        visitor = visitor_hash(event.visitor)
        session = self.open.get(visitor)
        if session is None or abs(event.timestamp - session.latest) > GAP_SECONDS:
            session = self.open[visitor] = OpenSession(-1, event.timestamp)
        reason = _reason(event, session)
        if reason:
            self.ignored[reason] = self.ignored.get(reason, 0) + 1
            return None
        # Only what the tables know, too, or a learner that starts again would decide otherwise.
        session.latest, session.product = max(session.latest, event.timestamp), event.product_id
        session.clicks += 1
        return visitor, session

    def forget(self, before: float) -> None:
        """Close sessions that ended before a time: what they might still learn is another session."""
        over = [visitor for visitor, session in self.open.items() if session.latest < before - GAP_SECONDS]
        for visitor in over:
            del self.open[visitor]


def _reason(event: Event, session: OpenSession) -> str:
    if event.quantity > MAX_QUANTITY:
        return "quantity"
    if session.clicks >= MAX_CLICKS_A_SESSION:
        return "rate"
    # View, click, dwell, cart: of one product in a row, they say once that the visitor met it.
    return "repeat" if session.product == event.product_id else ""


class Batch(msgspec.Struct):
    """Clicks of events in order, and the sessions that `Clicks.session` numbers."""

    sessions: list[OpenSession]
    session: list[int]
    visitor: list[int]
    product: list[int]
    time: list[float]

    def arrays(self, half_life: float) -> tuple[Clicks, np.ndarray]:
        """For `learn_clicks`: the clicks, and the numbers of their sessions in the index."""
        time = np.array(self.time)
        clicks = Clicks(
            session=np.array(self.session, np.int64),
            visitor=np.array(self.visitor, np.int64),
            product=np.array(self.product, np.int32),
            time=time,
            moment=time / half_life,
        )
        return clicks, np.array([session.number for session in self.sessions], np.int64)


def build_batch(admitted: Sequence[tuple[int, OpenSession, int, float]]) -> Batch:
    """From (visitor, session, product number, time) of each event that was admitted."""
    batch = Batch([], [], [], [], [])
    places: dict[int, int] = {}
    for visitor, session, product, time in admitted:
        place = places.setdefault(id(session), len(batch.sessions))
        if place == len(batch.sessions):
            batch.sessions.append(session)
        batch.session.append(place)
        batch.visitor.append(visitor)
        batch.product.append(product)
        batch.time.append(time)
    return batch
