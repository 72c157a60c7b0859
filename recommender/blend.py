"""The hybrid's last step: from a candidate's features to one score, by a small network with a hidden layer.

A weighted sum of normalised sources cannot say that session-kNN is to be trusted after five clicks and co-visits after
one, or that the same category matters less where a rule is sure; sixteen hidden units can, for some 15 microseconds an
answer. `evaluation/training.py` finds the weights, `recommender/tuned.py` keeps them in a file.
"""

import msgspec
import numpy as np
from numpy.typing import NDArray

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
        return self.at(length).score(features)


class LengthBlend(msgspec.Struct, frozen=True):
    """A blend for sessions of one length: score(x) = x . direct + leaky(x inner + bias) . outer."""

    direct: NDArray[np.float32]
    inner: NDArray[np.float32]
    bias: NDArray[np.float32]
    outer: NDArray[np.float32]

    def score(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Scores float32 (n,) of candidates with `features` float32 (n, F)."""
        hidden = features @ self.inner
        hidden += self.bias
        np.maximum(hidden, LEAK * hidden, out=hidden)
        scores: NDArray[np.float32] = features @ self.direct
        scores += hidden @ self.outer
        return scores


def context_of(lengths: NDArray[np.int64]) -> NDArray[np.float32]:
    """What is known of whole sessions: float32 (n, CONTEXT) of lengths (n,): logarithm, and is it 1, 2, 3 to 4."""
    columns = (np.log(lengths), lengths == 1, lengths == 2, (lengths == 3) | (lengths == 4))
    return np.stack(columns, axis=1).astype(np.float32)
