"""The blend's training: its gradients are those of its loss, and it learns what it can say."""

import numpy as np
import pytest

from evaluation.training import (
    EPOCHS,
    HIDDEN,
    Examples,
    Parameters,
    Scaling,
    _begin,
    _gradients,
    _work_in,
    train_blend,
)
from recommender.blend import CONTEXT, LEAK, Blend, context_of
from recommender.features import FEATURES

CANDIDATES = 5


def random_examples(rng: np.random.Generator, cases: int) -> Examples:
    """Between two candidates and all; what is after these is rubbish that must not matter."""
    count = rng.integers(2, CANDIDATES + 1, cases)
    features = rng.normal(1.0, 2.0, (cases, CANDIDATES, FEATURES)).astype(np.float32)
    label = (rng.random(cases) * count).astype(np.int64)
    return Examples(features, count, label, rng.integers(1, 7, cases))


def build_scaling(examples: Examples) -> Scaling:
    rows, context = examples.features.reshape(-1, FEATURES), context_of(examples.length)
    return Scaling(rows.mean(0), rows.std(0), context.mean(0), context.std(0) + 0.1)


def random_parameters(rng: np.random.Generator) -> Parameters:
    return {name: rng.normal(0.0, 0.3, value.shape).astype(np.float32) for name, value in _begin(rng).items()}


def plain_loss(parameters: Parameters, examples: Examples, scaling: Scaling, case: int) -> float:
    """Minus the logarithm of the label's share, in float64, a candidate at a time."""
    p = {name: value.astype(np.float64) for name, value in parameters.items()}
    c = (context_of(examples.length[[case]])[0] - scaling.context_mean) / scaling.context_deviation
    scores = []
    for row in examples.features[case, : examples.count[case]]:
        x = (row - scaling.mean) / scaling.deviation
        unit = x @ p["inner"] + c @ p["inner_by"] + p["bias"]
        scores.append(x @ (p["direct"] + c @ p["direct_by"]) + np.where(unit > 0, unit, LEAK * unit) @ p["outer"])
    return float(np.log(np.exp(np.array(scores) - scores[examples.label[case]]).sum()))


@pytest.mark.parametrize("seed", range(3))
def test_the_loss_is_cross_entropy_over_the_candidates_that_are_there(seed: int) -> None:
    rng = np.random.default_rng(seed)
    examples, parameters = random_examples(rng, 12), random_parameters(rng)
    scaling, chosen = build_scaling(examples), np.array([3, 0, 7, 11])
    loss, _ = _gradients(parameters, examples, scaling, chosen)
    assert loss == pytest.approx(sum(plain_loss(parameters, examples, scaling, case) for case in chosen), rel=1e-5)


@pytest.mark.parametrize("seed", range(3))
def test_gradients_are_differences_of_the_loss(seed: int) -> None:
    rng = np.random.default_rng(seed)
    examples, parameters = random_examples(rng, 6), random_parameters(rng)
    scaling, chosen, step = build_scaling(examples), np.array([1, 2, 4, 5]), 2.0**-12

    def mean_loss() -> float:
        return sum(plain_loss(parameters, examples, scaling, case) for case in chosen) / len(chosen)

    _, gradients = _gradients(parameters, examples, scaling, chosen)
    assert gradients.keys() == parameters.keys()
    for name, value in parameters.items():
        assert gradients[name].shape == value.shape
        for cell in rng.choice(value.size, min(value.size, 12), replace=False):
            at = np.unravel_index(cell, value.shape)
            kept = value[at]
            value[at] = kept + step
            above = mean_loss()
            value[at] = kept - step
            below = mean_loss()
            value[at] = kept
            assert gradients[name][at] == pytest.approx((above - below) / (2 * step), rel=2e-3, abs=2e-5), (name, at)


def test_weights_for_features_as_they_are_rank_alike() -> None:
    """Scores of a session differ by one constant from those of the normalised features."""
    rng = np.random.default_rng(0)
    examples, parameters = random_examples(rng, 8), random_parameters(rng)
    scaling = build_scaling(examples)
    blend = _work_in(parameters, scaling)
    assert all(getattr(blend, name).shape == parameters[name].shape for name in Blend.__struct_fields__)
    for case in range(len(examples)):
        scores = blend.score(examples.features[case, : examples.count[case]], int(examples.length[case]))
        scores -= scores[examples.label[case]]
        expected = plain_loss(parameters, examples, scaling, case)
        assert np.log(np.exp(scores).sum()) == pytest.approx(expected, abs=1e-4)


def accuracy(blend: Blend, examples: Examples) -> float:
    """How often the label has the best score."""
    found = [
        int(np.argmax(blend.score(examples.features[case, : examples.count[case]], int(examples.length[case]))))
        for case in range(len(examples))
    ]
    return float(np.mean(np.array(found) == examples.label))


def ruled_examples(seed: int, cases: int, rule: str) -> Examples:
    """Candidates of which the rule prefers one to the others."""
    rng = np.random.default_rng(seed)
    examples = random_examples(rng, cases)
    first, second = examples.features[:, :, 3] - 1, examples.features[:, :, 17] - 1
    longer = (examples.length >= 3)[:, None]
    worth = {
        "linear": 2 * first - second,
        "by length": np.where(longer, first, -first),
        "hidden": first * second,
    }[rule]
    there = np.arange(CANDIDATES) < examples.count[:, None]
    return Examples(examples.features, examples.count, np.where(there, worth, -np.inf).argmax(1), examples.length)


def train(examples: Examples, seed: int = 0) -> tuple[Blend, list[float]]:
    losses: list[float] = []
    blend = train_blend(examples, np.random.default_rng(seed), lambda epoch, loss: losses.append(loss))
    return blend, losses


@pytest.mark.parametrize(("rule", "least"), [("linear", 0.93), ("by length", 0.93), ("hidden", 0.85)])
def test_it_learns_a_rule(rule: str, least: float) -> None:
    blend, losses = train(ruled_examples(1, 8000, rule))
    assert len(losses) == EPOCHS and losses[-1] < losses[0] / 2
    fresh = ruled_examples(2, 1000, rule)
    assert accuracy(blend, fresh) > least


def test_the_last_of_these_rules_takes_a_hidden_layer() -> None:
    """No weighted sum of the two features that it is about comes near: two candidates to five, so chance is 0.32."""
    examples = ruled_examples(2, 1000, "hidden")
    for angle in np.linspace(0.0, 2 * np.pi, 16, endpoint=False):
        direct = np.zeros(FEATURES, np.float32)
        direct[[3, 17]] = np.cos(angle), np.sin(angle)
        shapes = ((CONTEXT, FEATURES), (FEATURES, 1), (CONTEXT, 1), (1,), (1,))
        blend = Blend(direct, *[np.zeros(shape, np.float32) for shape in shapes])
        assert accuracy(blend, examples) < 0.5


def test_the_same_seed_gives_the_same_weights() -> None:
    examples = ruled_examples(3, 300, "linear")
    one, same, other = train(examples)[0], train(examples)[0], train(examples, seed=1)[0]
    bytes_of = [[getattr(blend, name).tobytes() for name in Blend.__struct_fields__] for blend in (one, same, other)]
    assert bytes_of[0] == bytes_of[1] != bytes_of[2]


def test_weights_are_float32_in_their_shapes() -> None:
    blend, _ = train(ruled_examples(3, 20, "linear"))
    found = {name: (getattr(blend, name).shape, getattr(blend, name).dtype.name) for name in Blend.__struct_fields__}
    assert found == {
        "direct": ((FEATURES,), "float32"),
        "direct_by": ((CONTEXT, FEATURES), "float32"),
        "inner": ((FEATURES, HIDDEN), "float32"),
        "inner_by": ((CONTEXT, HIDDEN), "float32"),
        "bias": ((HIDDEN,), "float32"),
        "outer": ((HIDDEN,), "float32"),
    }


def test_what_never_differs_gets_no_weight() -> None:
    """Categories where the shop had none: should they come later, they must not turn the answers over."""
    rng = np.random.default_rng(5)
    examples = random_examples(rng, 40)
    examples.features[:, :, 7] = -4.6
    blend, _ = train(examples)
    for array in (blend.direct[7], blend.direct_by[:, 7], blend.inner[7]):
        assert not array.any()
    assert all(np.isfinite(getattr(blend, name)).all() for name in Blend.__struct_fields__)
