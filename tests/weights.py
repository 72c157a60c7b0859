"""Weights for tests: random ones, and the smallest that rank at all."""

import numpy as np

from recommender.blend import CONTEXT, Blend
from recommender.features import FEATURES
from recommender.session_query import Weights
from recommender.tuned import Tuned

HIDDEN = 3


def build_tuned(seed: int = 0) -> Tuned:
    """Weights of the right shapes, each seed others."""
    rng = np.random.default_rng(seed)
    shapes = ((FEATURES,), (CONTEXT, FEATURES), (FEATURES, HIDDEN), (CONTEXT, HIDDEN), (HIDDEN,), (HIDDEN,))
    blend = Blend(*[rng.normal(0.0, 5.0, shape).astype(np.float32) for shape in shapes])
    return Tuned(Weights(step=1.25, age=9000.0), blend, {"cases": 12, "hr@20": 0.5, "data": "a folder", "online": True})
