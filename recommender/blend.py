"""The hybrid's last step: from a candidate's features to one score, by a small network with a hidden layer.

A weighted sum of normalised sources cannot say that session-kNN is to be trusted after five clicks and co-visits after
one, or that the same category matters less where a rule is sure; sixteen hidden units can, for some 15 microseconds an
answer (docs/evaluation.md compares). `evaluation/training.py` finds the weights.
"""

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from recommender.features import FEATURES

CONTEXT = 4
LEAK = 0.1


class BlendError(ValueError):
    """Raised when a file of weights cannot be used; says why."""


class Blend(msgspec.Struct, frozen=True):
    """Weights. F = FEATURES, K = CONTEXT, H hidden units; all float32.

    score(x, c) = x . (direct + c direct_by) + leaky(x inner + c inner_by + bias) . outer, for x (F,) the features and c
    (K,) the context. The means and deviations that features are normalised by are worked in.
    """

    direct: NDArray[np.float32]
    direct_by: NDArray[np.float32]
    inner: NDArray[np.float32]
    inner_by: NDArray[np.float32]
    bias: NDArray[np.float32]
    outer: NDArray[np.float32]

    def score(self, features: NDArray[np.float32], length: int) -> NDArray[np.float32]:
        """Scores float32 (n,) of candidates with `features` float32 (n, F), for a session of `length` clicks."""
        context = context_of(np.array([length]))[0]
        hidden = features @ self.inner + (context @ self.inner_by + self.bias)
        np.maximum(hidden, LEAK * hidden, out=hidden)
        scores: NDArray[np.float32] = features @ (self.direct + context @ self.direct_by) + hidden @ self.outer
        return scores


def context_of(lengths: NDArray[np.int64]) -> NDArray[np.float32]:
    """What is known of whole sessions: float32 (n, CONTEXT) of lengths (n,): logarithm, and is it 1, 2, 3 to 4."""
    columns = (np.log(lengths), lengths == 1, lengths == 2, (lengths == 3) | (lengths == 4))
    return np.stack(columns, axis=1).astype(np.float32)


def load_blend(path: Path) -> Blend:
    """Weights from a JSON file as `save_blend` writes it.

    Raises:
        BlendError: the file is missing, or holds something else.
    """
    try:
        raw = msgspec.json.decode(path.read_bytes(), type=dict[str, list[Any]])
        blend = Blend(**{name: np.array(raw[name], np.float32) for name in Blend.__struct_fields__})
    except (OSError, msgspec.MsgspecError, KeyError, TypeError, ValueError) as error:
        raise BlendError(f"{path}: not a file of blend weights: {error}") from None
    if blend.inner.ndim != 2 or len(blend.inner) != FEATURES or blend.inner_by.shape != (CONTEXT, len(blend.bias)):
        raise BlendError(f"{path}: made for other features; train it anew")
    return blend


def save_blend(blend: Blend, path: Path) -> None:
    """Write weights, with six digits, a name a line."""
    rows = {name: np.round(getattr(blend, name).astype(float), 6).tolist() for name in Blend.__struct_fields__}
    lines = [f"{msgspec.json.encode(name).decode()}: {msgspec.json.encode(row).decode()}" for name, row in rows.items()]
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")
