"""What the learner says of itself, in a file beside the tables, for whoever shows it."""

import contextlib
import os
from pathlib import Path

import msgspec

STATUS = "learner.json"


class LearnerStatus(msgspec.Struct, frozen=True):
    """`at`: when this was written; `newest`: when the last entry that was learnt from had been appended, 0 for never;
    `lag_seconds`: how long after that it was learnt, 0 when there was nothing to learn; both Unix seconds.
    `learnt`, `buried` and `ignored` (by reason) count entries since the learner started.
    """

    at: float
    newest: float
    lag_seconds: float
    learnt: int
    buried: int
    ignored: dict[str, int]

    def lag_at(self, now: float) -> float:
        """How far the tables may be behind the log at a time: a learner that is gone falls behind by the second."""
        silent = now - self.at
        return self.lag_seconds + (silent if silent > SILENCE_SECONDS else 0.0)


# A learner that has said nothing for so long hangs or is gone.
SILENCE_SECONDS = 3.0


def save_status(folder: Path, status: LearnerStatus) -> None:
    """Replace the file at once, if that can be done."""
    fresh = folder / f"{STATUS}.new"
    with contextlib.suppress(OSError):  # as when the disk is full: no reason to end the learner
        fresh.write_bytes(msgspec.json.encode(status))
        os.replace(fresh, folder / STATUS)


def load_status(folder: Path) -> LearnerStatus | None:
    """What the learner last said, None when it never said anything."""
    try:
        return msgspec.json.decode((folder / STATUS).read_bytes(), type=LearnerStatus)
    except (OSError, msgspec.MsgspecError):
        return None
