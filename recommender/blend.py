"""The hybrid's last step: from a candidate's features to one score, by a small network with a hidden layer.

A weighted sum of normalised sources cannot say that session-kNN is to be trusted after five clicks and co-visits after
one, or that the same category matters less where a rule is sure; sixteen hidden units can, for some 15 microseconds an
answer. `evaluation/training.py` finds the weights, `recommender/tuned.py` keeps them in a file.
"""

from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from recommender.jit import kernel

CONTEXT = 4
LEAK = 0.1


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

    def at(self, length: int) -> "LengthBlend":
        """What is left of it for sessions of `length` clicks."""
        context = context_of(np.array([length]))[0]
        direct = self.direct + context @ self.direct_by
        return LengthBlend(direct, self.inner, context @ self.inner_by + self.bias, self.outer)

    def score(self, features: NDArray[np.float32], length: int) -> NDArray[np.float32]:
        """Scores float32 (n,) of candidates with `features` float32 (n, F), for a session of `length` clicks."""
        scores = np.empty(len(features), np.float32)
        score_rows(self.at(length), features, np.empty(len(self.bias), np.float32), scores)
        return scores


class LengthBlend(NamedTuple):
    """A blend for sessions of one length: score(x) = x . direct + leaky(x inner + bias) . outer."""

    direct: NDArray[np.float32]
    inner: NDArray[np.float32]
    bias: NDArray[np.float32]
    outer: NDArray[np.float32]


@kernel
def score_rows(
    blend: LengthBlend, features: NDArray[np.float32], hidden: NDArray[np.float32], out: NDArray[np.float32]
) -> None:
    """Scores of `features` float32 (n, F) into `out` float32 (n,); `hidden` float32 (H,): room.

    Features that are 0, most of them, cost nothing; the sums over hidden units are independent of each other, so that
    the compiler can do several at once without reordering any.
    """
    leak = np.float32(LEAK)
    for n in range(len(features)):
        row, score = features[n], np.float32(0.0)
        for h in range(len(hidden)):
            hidden[h] = blend.bias[h]
        for f in range(len(row)):
            if row[f] != 0.0:
                score += row[f] * blend.direct[f]
                for h in range(len(hidden)):
                    hidden[h] += row[f] * blend.inner[f, h]
        for h in range(len(hidden)):
            score += max(hidden[h], leak * hidden[h]) * blend.outer[h]
        out[n] = score


def context_of(lengths: NDArray[np.int64]) -> NDArray[np.float32]:
    """What is known of whole sessions: float32 (n, CONTEXT) of lengths (n,): logarithm, and is it 1, 2, 3 to 4."""
    columns = (np.log(lengths), lengths == 1, lengths == 2, (lengths == 3) | (lengths == 4))
    return np.stack(columns, axis=1).astype(np.float32)
