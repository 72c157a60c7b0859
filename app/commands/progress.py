"""A progress bar on standard error."""

import sys
import time
from types import TracebackType
from typing import Never, Self

_FORMAT = "{desc} {percentage:3.0f}%|{bar}| [{elapsed}<{remaining}{postfix}]"


class Progress:
    """How far a job has come, as a share of the whole, and how many things it has done a second."""

    def __init__(self, description: str, unit: str, *, shown: bool | None) -> None:
        """`shown` None means: when standard error is a terminal."""
        from tqdm import tqdm  # here, because web workers import the commands

        self._unit = unit
        self._bar: tqdm[Never] = tqdm(
            total=1.0,
            desc=description,
            bar_format=_FORMAT,
            file=sys.stderr,
            disable=None if shown is None else not shown,
        )
        self._started = time.perf_counter()
        self._stopped: float | None = None
        self.done = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @property
    def seconds(self) -> float:
        """Time from the start to the end, or to now."""
        return (self._stopped or time.perf_counter()) - self._started

    @property
    def rate(self) -> float:
        """Things done a second so far."""
        return self.done / max(self.seconds, 1e-9)

    def close(self) -> None:
        """Leave the bar as it is and stop the clock."""
        if self._stopped is None:
            self._stopped = time.perf_counter()
        self._bar.close()

    def advance(self, count: int, share: float) -> None:
        """`count` more things are done; `share` of the whole, 0 to 1, is behind us."""
        self.done += count
        self._bar.set_postfix_str(f"{self.rate:,.0f} {self._unit}/s", refresh=False)
        self._bar.update(max(0.0, share - self._bar.n))
