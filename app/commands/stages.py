"""The progress bars of a job with several parts, one after the other."""

from types import TracebackType
from typing import Self

from app.commands.progress import Progress


class Stages:
    """A bar for each part, made when it begins."""

    def __init__(self, unit: str, *, shown: bool | None) -> None:
        """`shown` is as for `Progress`."""
        self._unit, self._shown = unit, shown
        self._part = ""
        self._bar: Progress | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def report(self, part: str, done: int, total: int) -> None:
        """`done` of `total` things of `part` are done."""
        if self._bar is None or part != self._part:
            self.close()
            self._part, self._bar = part, Progress(part, self._unit, shown=self._shown)
        self._bar.advance(done - self._bar.done, done / max(total, 1))

    def close(self) -> None:
        """Leave the last bar as it is."""
        if self._bar is not None:
            self._bar.close()
