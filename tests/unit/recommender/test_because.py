"""Which product another is shown because of, beside a plain search."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.because import nearest_clicks
from recommender.product_tables import NEIGHBOUR_LIMIT, ProductTables, build_product_tables

PRODUCTS = 6
Near = dict[int, dict[int, float]]
# Few values, so that there are equal ones.
ROWS = st.dictionaries(st.integers(0, PRODUCTS - 1), st.sampled_from([0.25, 0.5, 1.0]), max_size=PRODUCTS)


def tables_of(near: Near) -> ProductTables:
    tables = build_product_tables(PRODUCTS, 1, 4)
    for product, row in near.items():
        for at, (other, nearness) in enumerate(sorted(row.items(), key=lambda item: -item[1])):
            tables.neighbours[product, at], tables.nearness[product, at] = other, nearness
    return tables


def plain_search(near: Near, clicks: list[int], product: int) -> int:
    found = [
        (max(near.get(click, {}).get(product, 0.0), near.get(product, {}).get(click, 0.0)), place)
        for place, click in enumerate(clicks)
        if click not in (-1, product)
    ]
    nearness, place = max(found, default=(0.0, 0))
    return place if nearness > 0.0 else len(clicks) - 1


def places_of(tables: ProductTables, clicks: list[int], products: list[int]) -> list[int]:
    out = np.full(len(products), -7, np.int64)
    nearest_clicks(tables, np.array(clicks, np.int32), np.array(products, np.int32), out)
    return out.tolist()


@given(
    st.dictionaries(st.integers(0, PRODUCTS - 1), ROWS, max_size=PRODUCTS),
    st.lists(st.integers(-1, PRODUCTS - 1), min_size=1, max_size=8),
    st.lists(st.integers(0, PRODUCTS - 1), max_size=PRODUCTS),
)
@settings(deadline=None)
def test_it_is_the_nearest_by_either_row_and_the_newest_of_equals(
    near: Near, clicks: list[int], shown: list[int]
) -> None:
    assert places_of(tables_of(near), clicks, shown) == [plain_search(near, clicks, product) for product in shown]


def test_a_full_row_is_read_to_its_end() -> None:
    tables = build_product_tables(NEIGHBOUR_LIMIT + 1, 1, 4)
    tables.neighbours[0] = np.arange(1, NEIGHBOUR_LIMIT + 1)
    tables.nearness[0] = np.linspace(1.0, 0.1, NEIGHBOUR_LIMIT)
    assert places_of(tables, [0, 1], [NEIGHBOUR_LIMIT]) == [0]
