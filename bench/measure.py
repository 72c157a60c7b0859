"""Alternating rounds: whatever the machine does in the meantime happens to everything that is compared."""

import statistics
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

import msgspec

from app.supervisor import say

K = TypeVar("K")
T = TypeVar("T")


class Figure(msgspec.Struct, frozen=True):
    """Median and 99th percentile of some samples, in their unit."""

    p50: float
    p99: float


def summarise(samples: Sequence[float]) -> Figure:
    """The figure of at least one sample."""
    ordered = sorted(samples)
    return Figure(statistics.median(ordered), ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))])


def alternate(subjects: Mapping[K, Callable[[], T]], rounds: int) -> dict[K, list[T]]:
    """Results by subject of A B C A B C ..., each called once a round."""
    results: dict[K, list[T]] = {name: [] for name in subjects}
    for _ in range(rounds):
        for name, run in subjects.items():
            results[name].append(run())
    return results


def time_calls(function: Callable[[T], object], arguments: Iterable[T]) -> list[float]:
    """Seconds that each call took."""
    seconds = []
    for argument in arguments:
        start = time.perf_counter()
        function(argument)
        seconds.append(time.perf_counter() - start)
    return seconds


def flatten(rounds: Iterable[Iterable[float]]) -> list[float]:
    """The samples of all rounds."""
    return [sample for samples in rounds for sample in samples]


def say_ratio(name: str, ratio: float, target: str) -> None:
    """The line that each benchmark is for."""
    say(f"  ratio: {name} = {ratio:,.2f} (wanted: {target})")
