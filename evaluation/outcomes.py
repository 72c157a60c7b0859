"""What came of every case of a run, in one file, so that two runs can be compared case by case."""

from pathlib import Path
from typing import Any, cast
from zipfile import is_zipfile

import msgspec
import numpy as np
from numpy.typing import NDArray

# Before the names of sources, which so cannot clash with those of the other arrays.
_RANKS = "ranks/"


class OutcomesError(ValueError):
    """Raised when a file does not hold the outcomes of a run; the message says which file and why."""


class Outcomes(msgspec.Struct, frozen=True):
    """One run: `ranks` int16 (cases,) by source, from 1, 0 for a miss; `labels` int32 (cases,), product numbers;
    `session` int64 (cases,), the number of the test session that a case is of; `settings`, JSON values.
    """

    ranks: dict[str, NDArray[np.int16]]
    labels: NDArray[np.int32]
    session: NDArray[np.int64]
    settings: dict[str, Any]


def save_outcomes(path: Path, outcomes: Outcomes) -> None:
    """Write a run to `path` as a compressed .npz without pickles. The same run gives the same bytes.

    Raises:
        ValueError: the arrays are not of the same cases.
    """
    arrays: dict[str, NDArray[Any]] = {_RANKS + source: ranks for source, ranks in outcomes.ranks.items()}
    arrays |= {"labels": outcomes.labels, "session": outcomes.session}
    if len({array.shape for array in arrays.values()}) != 1:
        raise ValueError("ranks, labels and sessions must be one number for each case")
    arrays["settings"] = np.array(msgspec.json.encode(outcomes.settings, order="sorted").decode())
    # An open file, because numpy appends .npz to a name that lacks it.
    with path.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)


def load_outcomes(path: Path) -> Outcomes:
    """Read what `save_outcomes` wrote.

    Raises:
        OutcomesError: the file cannot be read, or holds something else.
    """
    try:
        with path.open("rb") as file:
            if not is_zipfile(file):
                raise ValueError("it is no .npz file")
            with np.load(file, allow_pickle=False) as archive:
                return _build_outcomes({name: archive[name] for name in archive.files})
    except OSError as error:
        raise OutcomesError(f"cannot read {path}: {error.strerror or error}") from error
    # Damage shows as any of a dozen types: zipfile's, zlib's and numpy's own, and those of Python that slip through.
    except Exception as error:
        raise OutcomesError(f"{path} does not hold the outcomes of a run, or is damaged: {error}") from error


def _build_outcomes(arrays: dict[str, NDArray[Any]]) -> Outcomes:
    settings = msgspec.json.decode(str(arrays.pop("settings")), type=dict[str, Any])
    labels = arrays["labels"]
    for name, array in arrays.items():
        if array.dtype.kind != "i" or array.shape != (len(labels),):
            raise ValueError(f"{name} is not one number for each of {len(labels)} cases")
    ranks = {
        name.removeprefix(_RANKS): cast(NDArray[np.int16], arrays[name]) for name in arrays if name.startswith(_RANKS)
    }
    return Outcomes(ranks, labels, arrays["session"], settings)
