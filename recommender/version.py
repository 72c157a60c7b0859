"""What a version of the model is: the figures it was promoted for, and the pointer to the one in use."""

from pathlib import Path

import msgspec

from recommender.tuned import Tuned

# The number of the version that the service comes with.
SHIPPED = 0


class VersionError(ValueError):
    """Raised when a version cannot be made or used; the message says which, why, and what would be right."""


class Scores(msgspec.Struct, frozen=True):
    """HR@20 and MRR@20 of the hybrid over held-out cases, 0 to 1."""

    hr_20: float = msgspec.field(name="hr@20")
    mrr_20: float = msgspec.field(name="mrr@20")

    def is_worse(self, other: "Scores", margin: float) -> bool:
        """Whether either figure is below the other's by more than `margin`."""
        return self.hr_20 < other.hr_20 - margin or self.mrr_20 < other.mrr_20 - margin


class Trial(msgspec.Struct, frozen=True):
    """What a version was promoted for: its `scores` over so many held-out `cases` of `data` (words for people), those
    of the version `before`, in use until then, on the same cases, and by how much it might have been worse.
    """

    scores: Scores
    cases: int
    before: int
    before_scores: Scores
    margin: float
    data: str


class Version(msgspec.Struct, frozen=True):
    """One version that was promoted; `created` in Unix seconds."""

    number: int
    created: float
    trial: Trial


class Pointer(msgspec.Struct, frozen=True):
    """Which version is in use. `serial` grows by one with every change; `restores`: the learner goes back to the
    version's snapshot.
    """

    serial: int = 0
    number: int = SHIPPED
    restores: bool = False


class Current(msgspec.Struct, frozen=True):
    """The version in use. `restore_from`: a folder for `read_snapshot` that the learner takes its tables from, once
    for each `serial`; None when it keeps those that it has. `refused`: why the version that was named cannot be used,
    and the one that the service comes with is here instead; "" when it can.
    """

    number: int
    tuned: Tuned
    restore_from: Path | None
    serial: int
    refused: str = ""


def decode_pointer(text: bytes, path: Path) -> Pointer:
    """The pointer in the file at `path`.

    Raises:
        VersionError: it is damaged.
    """
    try:
        return msgspec.json.decode(text, type=Pointer)
    except msgspec.MsgspecError as error:
        advice = "remove it, and name the version to use with `flask model rollback --to N`"
        raise VersionError(f"{path} is damaged ({error}): {advice}") from error
