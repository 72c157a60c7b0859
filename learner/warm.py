"""`python -m learner.warm`: compile all kernels into the cache on disk, so that no process has to later."""

import sys
from multiprocessing import Process

import numpy as np

from learner.basket_writer import Purchases, learn_purchases
from learner.clicks import GAP_SECONDS, MAX_EVENTS_A_SESSION
from learner.learn import Limits, learn_clicks, plain_clicks
from learner.product_writer import settle
from recommender.jit import FOLDER
from recommender.kernel_cache import COMPILED, alone
from recommender.model import SCHEMA, view_model
from recommender.scratch import build_scratch
from recommender.table_schema import build_arrays
from recommender.warm import TINY, warm_reading


def warm_learning() -> None:
    """Run each of the learner's kernels once."""
    model, scratch = view_model(build_arrays(SCHEMA.tables, TINY.sizes())), build_scratch()
    tables = model.tables
    tables.popularity.half_lives[:] = 1.0
    clicks = plain_clicks(np.ones(1, np.int64), np.zeros(1, np.int32), np.zeros(1))
    learn_clicks(tables, clicks, Limits(GAP_SECONDS, MAX_EVENTS_A_SESSION, np.zeros(1, np.int64)), 0, scratch)
    purchases = Purchases(clicks.visitor, np.zeros(1, np.int64), clicks.product, clicks.time)
    learn_purchases(model.baskets, purchases, np.zeros(1, np.int64), 0)
    settle(tables.sessions, tables.products, 0, 1, scratch)


def warm_all() -> None:
    """Compile everything, and leave a note that it is. Who comes second waits, and then has it from disk.

    Raises:
        SystemExit: the learner's kernels could not be compiled.
    """
    with alone(FOLDER / "lock"):
        # Reading and learning share next to no kernels, and numba compiles one at a time in a process.
        learning = Process(target=warm_learning)
        learning.start()
        warm_reading()
        learning.join()
        if learning.exitcode:
            sys.exit(learning.exitcode)
        (FOLDER / COMPILED).touch()


if __name__ == "__main__":
    warm_all()
