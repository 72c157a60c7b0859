"""Compiling the kernels that read the model, or loading them from disk, before anybody waits for them."""

import numpy as np

from recommender.baskets import gather_baskets
from recommender.blend import CONTEXT, Blend
from recommender.features import FEATURES
from recommender.hybrid import Ranker
from recommender.model import SCHEMA, Capacity, view_model
from recommender.scratch import KNN
from recommender.session_query import Weights
from recommender.table_schema import build_arrays

TINY = Capacity(sessions=2, products=2, categories=1, pairs=1)


def warm_reading() -> None:
    """Run each kernel once, on empty tables that cannot be written, as web workers map them."""
    arrays = build_arrays(SCHEMA.tables, TINY.sizes())
    arrays["half_lives"][:] = 1.0
    for array in arrays.values():
        array.flags.writeable = False
    model, clicks = view_model(arrays), np.zeros(1, np.int32)
    tables = model.tables
    ranker = Ranker(tables, Weights())
    ranker.gather(clicks)
    ranker.candidates(clicks, 0.0)
    ranker.ask(clicks, 0, 0.0, _nothing(), 0)
    ranker.rank(clicks, 0.0, _nothing())
    ranker.by_column(KNN, 1)
    ranker.by_factors(clicks, 1)
    gather_baskets(model.baskets, clicks, 0, ranker.scratch)
    ranker.nearest(clicks, clicks)


def _nothing() -> Blend:
    """A blend of the usual types."""
    shapes = ((FEATURES,), (CONTEXT, FEATURES), (FEATURES, 1), (CONTEXT, 1), (1,), (1,))
    return Blend(*[np.zeros(shape, np.float32) for shape in shapes])
