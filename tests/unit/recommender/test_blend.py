"""The blend's scores are what its formula says. Its file: tests/unit/recommender/test_tuned.py."""

import numpy as np
import pytest
from numpy.typing import NDArray

from recommender.blend import CONTEXT, Blend, context_of
from recommender.features import FEATURES

HIDDEN = 5


def random_blend(seed: int) -> Blend:
    rng = np.random.default_rng(seed)
    shapes = ((FEATURES,), (CONTEXT, FEATURES), (FEATURES, HIDDEN), (CONTEXT, HIDDEN), (HIDDEN,), (HIDDEN,))
    return Blend(*[rng.normal(0.0, 1.0, shape).astype(np.float32) for shape in shapes])


def plain_score(blend: Blend, x: NDArray[np.float32], length: int) -> float:
    """One candidate's score in float64, a sum at a time."""
    c = np.array([np.log(float(length)), length == 1, length == 2, length in (3, 4)], np.float64)
    score = sum(
        float(x[f]) * (blend.direct[f] + sum(c[k] * blend.direct_by[k, f] for k in range(4))) for f in range(len(x))
    )
    for h in range(len(blend.bias)):
        unit = float(blend.bias[h]) + sum(c[k] * blend.inner_by[k, h] for k in range(4))
        unit += sum(float(x[f]) * blend.inner[f, h] for f in range(len(x)))
        score += max(unit, 0.1 * unit) * blend.outer[h]
    return float(score)


@pytest.mark.parametrize("length", [1, 2, 3, 4, 5, 40])
def test_scores_follow_the_formula(length: int) -> None:
    blend = random_blend(length)
    features = np.random.default_rng(length).normal(0.0, 1.0, (20, FEATURES)).astype(np.float32)
    expected = [plain_score(blend, row, length) for row in features]
    found = blend.score(features, length)
    assert found.dtype == np.float32 and found.shape == (20,)
    assert found == pytest.approx(expected, abs=1e-4)


def test_no_candidates_no_scores() -> None:
    assert random_blend(0).score(np.zeros((0, FEATURES), np.float32), 3).tolist() == []


def test_scoring_changes_no_features() -> None:
    features = np.random.default_rng(0).normal(0.0, 1.0, (3, FEATURES)).astype(np.float32)
    before = features.tobytes()
    random_blend(0).score(features, 2)
    assert features.tobytes() == before


def test_what_is_known_of_a_session() -> None:
    rows = context_of(np.array([1, 2, 3, 4, 5]))
    assert rows.dtype == np.float32
    assert rows[:, 0] == pytest.approx(np.log([1, 2, 3, 4, 5]))
    assert rows[:, 1:].tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 1], [0, 0, 0]]
