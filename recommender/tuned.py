"""What `flask tune` finds: the weights of sources and blend, in one file.

The file is JSON. `sources` has the fields of `session_query.Weights`, `blend` the arrays of `blend.Blend` as nested
lists, `about` what they were found by, for people.
"""

from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from recommender.blend import CONTEXT, Blend
from recommender.features import FEATURES
from recommender.session_query import Weights

About = dict[str, str | int | float | bool]


class TunedError(ValueError):
    """Raised when a file of weights cannot be used; the message names it and says why."""


class Tuned(msgspec.Struct, frozen=True):
    """Weights that were found together: a blend fits the sources that it was trained on."""

    weights: Weights
    blend: Blend
    about: About


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    sources: dict[str, float]
    blend: dict[str, list[Any]]
    about: About


def load_tuned(path: Path) -> Tuned:
    """What `save_tuned` wrote.

    Raises:
        TunedError: the file cannot be read, holds something else, or is for other features.
    """
    try:
        file = msgspec.json.decode(path.read_bytes(), type=_File)
        with np.errstate(over="ignore"):  # what is too large is found below
            blend = Blend(**{name: np.array(rows, np.float32) for name, rows in file.blend.items()})
        weights = Weights(**file.sources)
    except OSError as error:
        raise TunedError(f"cannot read {path}: {error.strerror or error}") from error
    except (msgspec.MsgspecError, TypeError, ValueError) as error:
        raise TunedError(f"{path} is no file of weights as `flask tune` writes them: {error}") from error
    _check(path, blend)
    return Tuned(weights, blend, file.about)


def save_tuned(path: Path, tuned: Tuned) -> None:
    """Write all weights, with six digits behind the point, an array a line. The same weights give the same bytes."""
    blend = {name: np.round(getattr(tuned.blend, name).astype(float), 6).tolist() for name in Blend.__struct_fields__}
    parts = {"about": tuned.about, "sources": tuned.weights._asdict(), "blend": blend}
    path.write_text("{\n" + ",\n".join(f'"{name}": {_encode(part)}' for name, part in parts.items()) + "\n}\n")


def _encode(part: dict[str, Any]) -> str:
    lines = (f'  "{name}": {msgspec.json.encode(value).decode()}' for name, value in part.items())
    return "{\n" + ",\n".join(lines) + "\n}"


def _check(path: Path, blend: Blend) -> None:
    """Make sure that all shapes fit each other and the features.

    Raises:
        TunedError: they do not, or a weight is no number.
    """
    hidden = blend.bias.shape[0] if blend.bias.ndim == 1 else 0
    shapes = {
        "direct": (FEATURES,),
        "direct_by": (CONTEXT, FEATURES),
        "inner": (FEATURES, hidden),
        "inner_by": (CONTEXT, hidden),
        "bias": (hidden,),
        "outer": (hidden,),
    }
    for name, shape in shapes.items():
        array = getattr(blend, name)
        if array.shape != shape:
            raise TunedError(f"{path}: made for other features ({name} is {array.shape}, not {shape}): tune anew")
        if not np.isfinite(array).all():
            raise TunedError(f"{path}: {name} has a value that is no number")
