"""Finding the blend's weights: the product that was clicked next should have the best score among the candidates.

Softmax over the candidates of each case, cross-entropy, Adam (Kingma and Ba, ICLR 2015) with a cosine schedule; plain
numpy, because the network is tiny and a deep-learning library is not.
"""

from collections.abc import Callable

import msgspec
import numpy as np
from numpy.typing import NDArray

from recommender.blend import CONTEXT, LEAK, Blend, context_of
from recommender.features import FEATURES

HIDDEN = 16
EPOCHS = 15
BATCH = 256
RATE = 0.01
DECAY = 1e-5
BETAS = (0.9, 0.999)
Parameters = dict[str, NDArray[np.float32]]


class Examples(msgspec.Struct, frozen=True):
    """Cases to learn from: `features` float32 (n, CANDIDATES, FEATURES), the first `count` int64 (n,) rows of a case
    being there; `label` int64 (n,), the row of the product that was clicked; `length` int64 (n,) of the session.
    """

    features: NDArray[np.float32]
    count: NDArray[np.int64]
    label: NDArray[np.int64]
    length: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.label)


class Scaling(msgspec.Struct, frozen=True):
    """What makes features and context zero on average, and 1 in deviation."""

    mean: NDArray[np.float32]
    deviation: NDArray[np.float32]
    context_mean: NDArray[np.float32]
    context_deviation: NDArray[np.float32]


def train_blend(examples: Examples, generator: np.random.Generator, report: Callable[[int, float], None]) -> Blend:
    """Weights from `examples`; `report(epoch, loss)` after each epoch. The same generator gives the same weights."""
    scaling = _find_scaling(examples)
    parameters = _begin(generator)
    moments = {name: (np.zeros_like(value), np.zeros_like(value)) for name, value in parameters.items()}
    steps = 0
    for epoch in range(EPOCHS):
        rate = RATE * 0.5 * (1.0 + np.cos(np.pi * epoch / EPOCHS)) + RATE / 100
        order = generator.permutation(len(examples))
        total = 0.0
        for start in range(0, len(order), BATCH):
            loss, gradients = _gradients(parameters, examples, scaling, order[start : start + BATCH])
            steps += 1
            total += loss
            for name, gradient in gradients.items():
                _step(parameters[name], gradient + DECAY * parameters[name], moments[name], rate, steps)
        report(epoch, total / len(examples))
    return _work_in(parameters, scaling)


def _find_scaling(examples: Examples) -> Scaling:
    rows = np.concatenate([examples.features[n, : examples.count[n]] for n in range(min(len(examples), 4000))])
    context, differs = context_of(examples.length), rows.max(0) > rows.min(0)
    # What never differs teaches nothing, such as categories where there are none: no weight, rather than any.
    deviation = np.where(differs, rows.std(0) + np.float32(1e-3), np.float32(np.inf))
    return Scaling(rows.mean(0), deviation, context.mean(0), context.std(0) + 1e-3)


def _begin(generator: np.random.Generator) -> Parameters:
    def small(*shape: int) -> NDArray[np.float32]:
        return generator.normal(0.0, 0.5 / np.sqrt(shape[0]), shape).astype(np.float32)

    return {
        "direct": np.zeros(FEATURES, np.float32),
        "direct_by": np.zeros((CONTEXT, FEATURES), np.float32),
        "inner": small(FEATURES, HIDDEN),
        "inner_by": small(CONTEXT, HIDDEN),
        "bias": np.zeros(HIDDEN, np.float32),
        "outer": small(HIDDEN),
    }


def _gradients(
    parameters: Parameters, examples: Examples, scaling: Scaling, chosen: NDArray[np.int64]
) -> tuple[float, Parameters]:
    """The summed loss of the chosen cases, and the mean gradient of every parameter."""
    x = (examples.features[chosen] - scaling.mean) / scaling.deviation
    c = (context_of(examples.length[chosen]) - scaling.context_mean) / scaling.context_deviation
    inner = x @ parameters["inner"] + (c @ parameters["inner_by"] + parameters["bias"])[:, None, :]
    hidden = np.maximum(inner, LEAK * inner)
    direct = parameters["direct"] + c @ parameters["direct_by"]
    scores = hidden @ parameters["outer"] + np.einsum("ncf,nf->nc", x, direct)
    scores[np.arange(x.shape[1]) >= examples.count[chosen][:, None]] = -1e30
    scores -= scores.max(1, keepdims=True)
    share = np.exp(scores)
    share /= share.sum(1, keepdims=True)
    rows, label = np.arange(len(chosen)), examples.label[chosen]
    loss = -float(np.log(share[rows, label] + 1e-12).sum())
    share[rows, label] -= 1.0
    share /= len(chosen)
    by_feature = np.einsum("nc,ncf->nf", share, x)
    back = share[:, :, None] * parameters["outer"] * np.where(inner > 0, np.float32(1.0), np.float32(LEAK))
    by_case = back.sum(1)
    return loss, {
        "direct": by_feature.sum(0),
        "direct_by": c.T @ by_feature,
        "inner": x.reshape(-1, FEATURES).T @ back.reshape(-1, HIDDEN),
        "inner_by": c.T @ by_case,
        "bias": by_case.sum(0),
        "outer": np.einsum("nc,nch->h", share, hidden),
    }


def _step(
    value: NDArray[np.float32],
    gradient: NDArray[np.float32],
    moments: tuple[NDArray[np.float32], NDArray[np.float32]],
    rate: float,
    steps: int,
) -> None:
    """One step of Adam, in place."""
    first, second = moments
    first += (1.0 - BETAS[0]) * (gradient - first)
    second += (1.0 - BETAS[1]) * (gradient * gradient - second)
    corrected = first / (1.0 - BETAS[0] ** steps)
    value -= rate * corrected / (np.sqrt(second / (1.0 - BETAS[1] ** steps)) + 1e-8)


def _work_in(parameters: Parameters, scaling: Scaling) -> Blend:
    """Weights for features as they are; what is the same for all candidates of a session is left out."""
    context = -scaling.context_mean / scaling.context_deviation
    direct_by = parameters["direct_by"] / scaling.context_deviation[:, None] / scaling.deviation
    inner = parameters["inner"] / scaling.deviation[:, None]
    direct = (parameters["direct"] + context @ parameters["direct_by"]) / scaling.deviation
    bias = parameters["bias"] + context @ parameters["inner_by"] - scaling.mean @ inner
    return Blend(
        direct=direct.astype(np.float32),
        direct_by=direct_by,
        inner=inner,
        inner_by=parameters["inner_by"] / scaling.context_deviation[:, None],
        bias=bias.astype(np.float32),
        outer=parameters["outer"],
    )
