"""Sessions that are held out: the last ones, which neither tables nor weights may have learnt from."""

import hashlib

import msgspec
import numpy as np
from numpy.typing import NDArray

from evaluation.data import Data
from evaluation.sessions import cut_cases, in_order_of_time
from recommender.tuned import About, Tuned

# A tenth of all sessions, but no more than hold so many cases: these make the standard error of HR@20 0.004 at most.
SHARE = 0.1
ENOUGH_CASES = 20_000


class HoldOutError(ValueError):
    """Raised when sessions cannot be held out, or were not; the message says what would be right."""


def count_held_out(data: Data) -> int:
    """How many sessions are held out where nobody says: the last tenth, or those of 20,000 cases; at least one."""
    lengths = np.diff(data.train.starts)[::-1]
    enough = int(np.searchsorted(np.maximum(lengths - 1, 0).cumsum(), ENOUGH_CASES)) + 1
    return max(min(enough, int(len(lengths) * SHARE)), 1)


def hold_out(data: Data, sessions: int) -> Data:
    """The training without its last `sessions`; these are what is judged by, and what was to be is left out.

    A few more where there are times, and the next ones ended in the same moment: so a time tells what was held out.

    Raises:
        HoldOutError: there are not more sessions than these, or they have no case.
    """
    cut, known = len(data.train) - sessions, len(data.train)
    ends = data.times[data.train.starts[1:] - 1]
    while data.timed and 0 < cut < known and ends[cut - 1] >= ends[cut]:
        cut -= 1
    if cut < 1:
        raise HoldOutError(f"cannot hold out {sessions:,} of {known:,} sessions: some must be left to learn from")
    head, tail = data.train.between(0, cut), data.train.between(cut, len(data.train))
    cases = cut_cases(tail)
    if not len(cases):
        raise HoldOutError(f"the last {known - cut:,} sessions have one click each, so there is no case: hold out more")
    times = data.times[len(head.clicks) :]
    case = np.full(len(tail.clicks), -1, np.int64)
    case[np.delete(np.arange(len(case)), tail.starts[:-1])] = np.arange(len(cases))
    return msgspec.structs.replace(
        data,
        train=head,
        times=data.times[: len(head.clicks)],
        cases=cases,
        test=in_order_of_time(tail, times, cut),
        case=case[times.argsort(kind="stable")],
    )


def describe_seen(data: Data) -> About:
    """What is noted in a file of weights of the training that they were found on, so that `check_unseen` can tell.

    `seen_sessions`, a digest of them, and the time of the last click (Unix seconds, 0 where sessions have no times).
    """
    sessions = len(data.train)
    until = float(data.times.max()) if data.timed else 0.0
    return {"seen_sessions": sessions, "seen_digest": _digest(data, sessions), "seen_until": until}


def check_unseen(tuned: Tuned, data: Data) -> bool:
    """Make sure that weights were not found on the sessions that `data`, made by `hold_out`, is judged by.

    By time, where there is one: all that is held out ends later than what was seen. Without times, by the sessions
    themselves, if the training begins with those that were seen. Returns whether it could be told.

    Raises:
        HoldOutError: they were.
    """
    known = {name: tuned.about.get(f"seen_{name}", 0) for name in ("sessions", "digest", "until")}
    seen, until = int(known["sessions"]), float(known["until"])
    if data.timed and until:
        first = float(_ends(data).min())
        _refuse(first <= until, data)
        return True
    whole = join_held_out(data)
    if 0 < seen <= len(whole.train) and known["digest"] == _digest(whole, seen):
        _refuse(seen > len(data.train), data)
        return True
    return False


def join_held_out(data: Data) -> Data:
    """Training and held-out sessions as one training: what `hold_out` was given."""
    sessions = _sessions(data)
    order = sessions.argsort(kind="stable")
    clicks = np.concatenate((data.train.clicks, data.test.product[order]))
    lengths = np.concatenate((np.diff(data.train.starts), np.bincount(sessions)))
    starts = np.concatenate(([0], lengths.cumsum()))
    times = np.concatenate((data.times, data.test.time[order]))
    train = msgspec.structs.replace(data.train, clicks=clicks.astype(np.int32), starts=starts)
    return msgspec.structs.replace(data, train=train, times=times)


def _sessions(data: Data) -> NDArray[np.int64]:
    """The held-out session of each click of the test, int64 (t,), from 0."""
    return data.test.visitor - 1 - len(data.train)


def _ends(data: Data) -> NDArray[np.float64]:
    """The time of each held-out session's last click, float64 (n,), Unix seconds."""
    sessions = _sessions(data)
    ends = np.full(int(sessions.max()) + 1, -np.inf)
    np.maximum.at(ends, sessions, data.test.time)
    return ends


def _refuse(was_seen: bool, data: Data) -> None:
    if was_seen:
        held = int(_sessions(data).max()) + 1
        raise HoldOutError(
            f"these weights were found on some of the {held:,} sessions that they would be judged by: tune with "
            f"--hold-out {held}, or hold out fewer"
        )


def _digest(data: Data, sessions: int) -> str:
    """BLAKE2b of the first `sessions`; products are numbered as they appear, so it does not depend on what follows."""
    head = data.train.between(0, sessions)
    return hashlib.blake2b(head.clicks.tobytes() + head.starts.tobytes(), digest_size=16).hexdigest()
