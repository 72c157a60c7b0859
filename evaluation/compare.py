"""Is one run better than another, or is the difference chance? A paired bootstrap over test sessions.

Sessions are drawn, not cases, because the cases of a session depend on each other (cluster bootstrap: Davison and
Hinkley, Bootstrap Methods and their Application, 1997, 3.8); the interval is the percentile interval.
"""

import msgspec
import numpy as np
from numpy.typing import NDArray

from evaluation.metrics import DEPTH
from evaluation.outcomes import Outcomes

RESAMPLES = 2000
# Weights held at once: 16 MB.
_BLOCK = 2_000_000


class CompareError(ValueError):
    """Raised when two runs cannot be compared; the message says why."""


class Difference(msgspec.Struct, frozen=True):
    """Run B minus run A in one figure, with its 95 % interval; shares (0.01 is a point)."""

    figure: str
    value: float
    low: float
    high: float

    @property
    def is_real(self) -> bool:
        """Whether the interval leaves out 0."""
        return self.low > 0.0 or self.high < 0.0

    def sentence(self, names: tuple[str, str] = ("A", "B")) -> str:
        """What the data can say, for people, under the names of both runs."""
        if not self.is_real:
            low, high = _points(self.low, self.high)
            return f"no difference of {self.figure} that the data can show (95 % interval {low} to {high} points)"
        better = names[self.value > 0.0]
        size, low, high = _points(abs(self.value), *sorted((abs(self.low), abs(self.high))))
        return f"{better} is better by {size} points of {self.figure} (95 % interval {low} to {high})"


class Comparison(msgspec.Struct, frozen=True):
    """Both figures of one source in two runs, and how much they were judged by."""

    source: str
    cases: int
    sessions: int
    hr: Difference
    mrr: Difference


def compare(
    a: Outcomes, b: Outcomes, source: str, generator: np.random.Generator, resamples: int = RESAMPLES
) -> Comparison:
    """What one source gained or lost from run A to run B.

    Raises:
        CompareError: a run has no such source, they are of different cases, or there are fewer than two sessions.
    """
    for name, run in (("A", a), ("B", b)):
        if source not in run.ranks:
            raise CompareError(f"run {name} has no source {source!r}; its sources are {', '.join(run.ranks)}")
    if not (np.array_equal(a.labels, b.labels) and np.array_equal(a.session, b.session)):
        raise CompareError("the runs are not of the same cases in the same order: evaluate both on the same data")
    names, sums = _sum_sessions(a.ranks[source], b.ranks[source], a.session)
    if len(names) < 2:
        raise CompareError("a comparison takes the cases of at least two test sessions")
    means = _draw_means(sums, generator, resamples)
    hr, mrr = (sums[:, column].sum() / len(a.labels) for column in (1, 2))
    return Comparison(
        source=source,
        cases=len(a.labels),
        sessions=len(names),
        hr=_build_difference("HR@20", hr, means[:, 0]),
        mrr=_build_difference("MRR@20", mrr, means[:, 1]),
    )


def _sum_sessions(
    a: NDArray[np.int16], b: NDArray[np.int16], session: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The sessions, and for each: its cases, and its sums of B - A in hits and in reciprocal ranks, float64 (s, 3)."""
    names, places = np.unique(session, return_inverse=True)
    parts = (None, _hits(b) - _hits(a), _reciprocals(b) - _reciprocals(a))
    return names, np.stack([np.bincount(places, part) for part in parts], axis=1).astype(np.float64)


def _draw_means(sums: NDArray[np.float64], generator: np.random.Generator, resamples: int) -> NDArray[np.float64]:
    """The mean differences by case of every resample, float64 (resamples, 2).

    How often each session is drawn is one multinomial draw; a resample has as many sessions, so its cases vary.
    """
    sessions = len(sums)
    size = max(1, _BLOCK // sessions)
    even = np.full(sessions, 1.0 / sessions)
    drawn = [
        generator.multinomial(sessions, even, size=min(size, resamples - first)) @ sums
        for first in range(0, resamples, size)
    ]
    totals = np.concatenate(drawn)
    means: NDArray[np.float64] = totals[:, 1:] / totals[:, :1]
    return means


def _build_difference(figure: str, value: float, means: NDArray[np.float64]) -> Difference:
    low, high = np.quantile(means, (0.025, 0.975))
    return Difference(figure, float(value), float(low), float(high))


def _hits(ranks: NDArray[np.int16]) -> NDArray[np.float64]:
    return ((ranks > 0) & (ranks <= DEPTH)).astype(np.float64)


def _reciprocals(ranks: NDArray[np.int16]) -> NDArray[np.float64]:
    return _hits(ranks) / np.maximum(ranks, 1)


def _points(*shares: float) -> list[str]:
    """Shares as points, with as many digits (1 to 3) as none of them needs to be more than a zero."""
    points = [100.0 * share for share in shares]
    smallest = min((abs(point) for point in points if point), default=1.0)
    digits = next((digits for digits in (1, 2) if smallest >= 0.5 * 10.0**-digits), 3)
    # Adding 0.0 makes a negative zero a plain one.
    return [f"{round(point, digits) + 0.0:.{digits}f}" for point in points]
