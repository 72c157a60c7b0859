"""What the blend knows of each candidate: one row of numbers a product."""

import numpy as np
from numpy.typing import NDArray

from recommender.jit import kernel
from recommender.popularity_tables import LONG, PopularityTables, faded
from recommender.product_tables import NO_CATEGORY, ProductTables, transition
from recommender.scratch import COLUMNS, Scratch, product_in
from recommender.session_tables import SessionTables

# Added before a logarithm; below a hundredth of the best it no longer matters how far.
FAINT = 0.01
LOG_FAINT = float(np.log(FAINT))
CATEGORY_STEP = 0.8

# Two features for each gathered column, its share of the largest and the logarithm of that; then these.
SAME_CATEGORY, PREFIX, PREFIX_LOG, MOVE, MOVE_LOG, IN_CATEGORY, IN_CATEGORY_LOG = range(2 * COLUMNS, 2 * COLUMNS + 7)
SEEN, SEEN_TWICE, FOLLOWED, REPEATS = 2 * COLUMNS + 7, 2 * COLUMNS + 11, 2 * COLUMNS + 12, 2 * COLUMNS + 13
POPULARITY, RECENT = 2 * COLUMNS + 14, 2 * COLUMNS + 15
FEATURES = 2 * COLUMNS + 16
SEEN_STEPS = 4


@kernel
def fill_features(
    tables: tuple[SessionTables, ProductTables, PopularityTables],
    clicks: NDArray[np.int32],
    now: float,
    cells: NDArray[np.int32],
    scratch: Scratch,
    out: NDArray[np.float32],
) -> None:
    """Features of the products in `cells` int32 (n,) into `out` float32 (n, FEATURES). `now`: Unix seconds.

    Uses `scratch.tops`. Besides the gathered columns: is it in the last product's category; the category's decayed
    share of the session (and logarithm); share of clicks that moved from the last category to this one; the product's
    share of its category's recent clicks; steps since it was clicked in this session (1, 2, 3, more); whether twice;
    whether it followed the last product; how much this session repeats itself; sessions, and engagement, as logarithms.
    """
    sessions, products, popularity = tables
    repeats, fallen = repeat_share(clicks), faded(popularity.half_lives, LONG, now)
    _touch_products(tables, cells, scratch)
    for n in range(len(cells)):
        product = product_in(scratch, cells[n])
        row = out[n]
        row[:] = 0.0
        for column in range(COLUMNS):
            share = scratch.columns[cells[n], column] / scratch.tops[column]
            # Most are 0, and a logarithm takes longer than all else here.
            row[2 * column], row[2 * column + 1] = share, LOG_FAINT if share == 0.0 else np.log(share + FAINT)
        _fill_category(products, clicks, product, row)
        _fill_popularity(products, popularity, product, row)
        _fill_repeats(clicks, product, repeats, row)
        row[POPULARITY] = np.log(sessions.sessions_of[product] + 1.0)
        row[RECENT] = max(popularity.engagement[product] - fallen, -20.0)


@kernel
def _touch_products(
    tables: tuple[SessionTables, ProductTables, PopularityTables], cells: NDArray[np.int32], scratch: Scratch
) -> None:
    """Look at what will be read of products, to have it in the cache: see `session_query._touch_sessions`."""
    sessions, products, popularity = tables
    seen = 0.0
    for n in range(len(cells)):
        product = product_in(scratch, cells[n])
        seen += popularity.engagement[product] + sessions.sessions_of[product] + products.category[product]
    scratch.values[0] = seen  # or the compiler would leave all of it out


@kernel
def repeat_share(clicks: NDArray[np.int32]) -> float:
    """Share of a session's clicks that were on products met before in it, shrunk towards a fifth (Diginetica's).

    Unknown products (-1) are not the same product.
    """
    repeats = 0
    for at in range(1, len(clicks)):
        for before in range(at):
            if clicks[before] == clicks[at] and clicks[at] >= 0:
                repeats += 1
                break
    return (repeats + 0.2) / (len(clicks) + 1.0)


@kernel
def _fill_category(tables: ProductTables, clicks: NDArray[np.int32], product: int, row: NDArray[np.float32]) -> None:
    category = tables.category[product]
    last = clicks[len(clicks) - 1]
    origin = tables.category[last] if last >= 0 else NO_CATEGORY
    share = 0.0
    if category != NO_CATEGORY:
        row[SAME_CATEGORY] = 1.0 if category == origin else 0.0
        share = _share_of_clicks(tables, clicks, category)
    moved = transition(tables, origin, category)
    row[PREFIX], row[PREFIX_LOG] = share, np.log(share + FAINT)
    row[MOVE], row[MOVE_LOG] = moved, np.log(moved + FAINT)


@kernel
def _fill_popularity(
    tables: ProductTables, popularity: PopularityTables, product: int, row: NDArray[np.float32]
) -> None:
    category, share = tables.category[product], 0.0
    if category != NO_CATEGORY and popularity.engagement[product] > -np.inf:  # nothing has no shares
        # Never above 1: an event from before the product's category was known is not in the category's sum.
        share = min(2.0 ** (popularity.engagement[product] - popularity.category_engagement[category]), 1.0)
    row[IN_CATEGORY], row[IN_CATEGORY_LOG] = share, np.log(share + FAINT)


@kernel
def _share_of_clicks(tables: ProductTables, clicks: NDArray[np.int32], category: int) -> float:
    share, total, weight = 0.0, 0.0, 1.0
    for step in range(len(clicks)):
        click = clicks[len(clicks) - 1 - step]
        if click >= 0 and tables.category[click] == category:
            share += weight
        total += weight
        weight *= CATEGORY_STEP
    return share / total


@kernel
def _fill_repeats(clicks: NDArray[np.int32], product: int, repeats: float, row: NDArray[np.float32]) -> None:
    times = 0
    for step in range(len(clicks)):
        at = len(clicks) - 1 - step
        if clicks[at] != product:
            continue
        if times == 0:
            row[SEEN + min(step, SEEN_STEPS - 1)] = 1.0
        times += 1
        if at > 0 and clicks[at - 1] == clicks[len(clicks) - 1] and clicks[at - 1] >= 0:
            row[FOLLOWED] = 1.0
    if times > 1:
        row[SEEN_TWICE] = 1.0
    if times > 0:
        row[REPEATS] = np.log(repeats)
