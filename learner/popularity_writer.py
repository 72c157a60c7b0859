"""Writing what is popular and what is trending, an event at a time."""

import numpy as np
from numpy.typing import NDArray

from recommender.jit import kernel
from recommender.popularity_tables import CHANGES, LISTED_LIMIT, LONG, SHORT, TOP_LIMIT, PopularityTables, faded


@kernel
def count_engagement(tables: PopularityTables, product: int, log_weight: float, seconds: float) -> None:
    """Add evidence for a product: the logarithm (base 2) of its weight, and when it came, Unix seconds."""
    long = log_weight + faded(tables.half_lives, LONG, seconds)
    short = log_weight + faded(tables.half_lives, SHORT, seconds)
    tables.engagement[product] = add_log2(tables.engagement[product], long)
    tables.trend[product] = add_log2(tables.trend[product], short)
    tables.heat[product] = 2.0 * tables.trend[product] - tables.engagement[product]
    place(tables.engagement, tables.overall_top, product)
    place(tables.heat, tables.overall_hot, product)
    for at in range(LISTED_LIMIT):
        category = tables.listed[product, at]
        if category < 0:
            break
        tables.category_engagement[category] = add_log2(tables.category_engagement[category], long)
        tables.category_trend[category] = add_log2(tables.category_trend[category], short)
        place(tables.engagement, tables.category_top[category], product)
        place(tables.heat, tables.category_hot[category], product)
    # The count goes last: who reads it finds the product.
    tables.changed[tables.change_count[0] & (CHANGES - 1)] = product
    tables.change_count[0] += 1


@kernel
def place(values: NDArray[np.float64], top: NDArray[np.int32], product: int) -> None:
    """Put a product, whose value has changed, where it belongs in a list by falling values; equal ones by number."""
    at = 0
    while at < TOP_LIMIT - 1 and top[at] != product and top[at] >= 0:
        at += 1
    if top[at] != product:
        if top[at] >= 0 and not leads(values, product, top[at]):
            return
        top[at] = product
    while at > 0 and leads(values, product, top[at - 1]):
        top[at] = top[at - 1]
        at -= 1
        top[at] = product
    while at < TOP_LIMIT - 1 and top[at + 1] >= 0 and leads(values, top[at + 1], product):
        top[at] = top[at + 1]
        at += 1
        top[at] = product


@kernel
def leads(values: NDArray[np.float64], product: int, other: int) -> bool:
    """Whether a product stands before another one."""
    return bool(values[product] > values[other] or (values[product] == values[other] and product < other))


@kernel
def add_log2(a: float, b: float) -> float:
    """log2(2^a + 2^b) as in `profiles/decay.py`; -inf is nothing."""
    low, high = min(a, b), max(a, b)
    if low == -np.inf:
        return high
    return float(high + np.log1p(2.0 ** (low - high)) / np.log(2.0))
