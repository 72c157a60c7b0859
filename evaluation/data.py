"""What an evaluation works on, whatever files it comes from."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from evaluation.event_files import EventColumns, TimedSessions, read_event_file
from evaluation.folder import CASES, CATEGORIES, TRAINING, read_cases, read_categories, read_training
from evaluation.sessions import Cases, Numbering, Sessions, build_sessions, cut_cases, in_order_of_time
from learner.learn import Clicks
from profiles.decay import EPOCH

# Sessions without times stand for so many seconds each.
SESSION_SECONDS = 60.0


class Data(msgspec.Struct, frozen=True):
    """Sessions to learn from, oldest first; cases; and the clicks of the test sessions in order of time.

    `times` float64 (c,): Unix seconds of `train.clicks`. `test`: visitors are numbered behind those of the training,
    one for each session. `case` int64 (t,): the case that each click of `test` is the answer to, -1 for none.
    `categories` int32 (P,): of every product in either, -1 for none. `timed`: times are real ones, not the numbers of
    sessions.
    """

    train: Sessions
    times: NDArray[np.float64]
    cases: Cases
    test: Clicks
    case: NDArray[np.int64]
    categories: NDArray[np.int32]
    timed: bool = False

    def without_categories(self) -> "Data":
        """The same with the categories withheld."""
        return msgspec.structs.replace(self, categories=np.full_like(self.categories, -1))


def read_folder(folder: Path, is_judged: bool = True) -> Data:
    """The data of a folder, see `evaluation/folder.py`; without its cases when nothing is to be judged.

    Raises:
        FolderError: a file of it cannot be used.
    """
    numbering = Numbering()
    train = read_training(folder / TRAINING, numbering)
    cases = read_cases(folder / CASES, numbering) if is_judged else cut_cases(build_sessions([]))
    known = folder / CATEGORIES
    categories = read_categories(known, numbering) if known.exists() else np.full(len(numbering), -1, np.int32)
    whole, case = whole_sessions(cases)
    test = in_order_of_time(whole, count_sessions(whole, len(train)), len(train))
    return Data(train, count_sessions(train), cases, test, case, categories)


def read_files(train: Sequence[Path], test: Path | None, columns: EventColumns) -> Data:
    """The data of files of events; those to learn from in the order given, which is that of time. Either may be none.

    Raises:
        EventFileError: a file cannot be used.
    """
    numbering = Numbering()
    parts = [read_event_file(path, columns, numbering) for path in train]
    sessions, said = _join(parts)
    tests = [] if test is None else [read_event_file(test, columns, numbering)]
    whole, times = _join(tests)
    cases = cut_cases(whole)
    case = np.full(len(times), -1, np.int64)
    case[np.delete(np.arange(len(case)), whole.starts[:-1])] = np.arange(len(cases))
    clicks = in_order_of_time(whole, times, len(sessions))
    categories = _number_categories([*parts, *tests], len(numbering))
    return Data(sessions, said, cases, clicks, case[times.argsort(kind="stable")], categories, timed=True)


def count_sessions(sessions: Sessions, first: int = 0) -> NDArray[np.float64]:
    """Times for the clicks of sessions that have none, float64 (c,), Unix seconds; the first is numbered `first`."""
    numbers = np.repeat(np.arange(first, first + len(sessions)), np.diff(sessions.starts))
    return EPOCH + SESSION_SECONDS * numbers.astype(np.float64)


def whole_sessions(cases: Cases) -> tuple[Sessions, NDArray[np.int64]]:
    """The sessions that cases are of, and for each of their clicks the case that it answers, -1 for none."""
    rows: list[list[int]] = []
    answers: list[list[int]] = []
    for n, session in enumerate(cases.session.tolist()):
        if session == len(rows):
            rows.append([])
            answers.append([])
        whole = [*cases.prefixes[n].tolist(), int(cases.labels[n])]
        if len(whole) > len(rows[session]):
            answers[session] += [-1] * (len(whole) - len(rows[session]))
            rows[session] = whole
        answers[session][len(whole) - 1] = n
    return build_sessions(rows), np.array([case for row in answers for case in row], np.int64)


def _join(parts: Sequence[TimedSessions]) -> tuple[Sessions, NDArray[np.float64]]:
    lengths = np.concatenate([np.zeros(1, np.int64), *(np.diff(part.sessions.starts) for part in parts)])
    clicks = np.concatenate([np.zeros(0, np.int32), *(part.sessions.clicks for part in parts)])
    times = np.concatenate([np.zeros(0), *(part.times for part in parts)])
    return Sessions(clicks, lengths.cumsum()), times


def _number_categories(parts: Sequence[TimedSessions], products: int) -> NDArray[np.int32]:
    categories, names = np.full(products, -1, np.int32), Numbering()
    for part in parts:
        for product, name in part.categories.items():
            categories[product] = names.number(name)
    return categories
