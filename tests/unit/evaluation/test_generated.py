"""Made-up shops and their visitors: they come again the same, and do what their shape says."""

from collections.abc import Callable

import msgspec
import numpy as np
import pytest

from evaluation.data import Data
from evaluation.generated import DAY_SECONDS, generate_data
from evaluation.shop import SHOWN, Shop
from evaluation.shop_shape import ShopShape, draw_shape
from profiles.decay import EPOCH

CALM = ShopShape(
    products=400,
    sessions=1500,
    days=20.0,
    shelves="leaf",
    lists_each=0.5,
    list_size=8.0,
    steepness=0.5,
    again=0.0,
    back=0.0,
    onward=0.0,
    nearby=0.0,
    elsewhere=0.0,
    banners=0.0,
    skew=1.0,
    drift=0.5,
    length=3.0,
    length_sigma=0.8,
    loyalty=0.0,
)


def generate(seed: int = 1, **changes: object) -> Data:
    return generate_data(msgspec.structs.replace(CALM, **changes), np.random.default_rng(seed))


def pairs(data: Data) -> list[tuple[list[int], int]]:
    """What was clicked so far, and next."""
    rows = [data.train[n].tolist() for n in range(len(data.train))]
    return [(row[:at], row[at]) for row in rows for at in range(1, len(row))]


def share(data: Data, is_so: Callable[[list[int], int], bool]) -> float:
    """Of the clicks after the first, those of which `is_so`(clicks before, product) holds."""
    found = pairs(data)
    return sum(is_so(clicks, product) for clicks, product in found) / len(found)


def went_back(clicks: list[int], product: int) -> bool:
    return product in clicks


def test_the_same_generator_gives_the_same_shop() -> None:
    one, other, third = generate(1), generate(1), generate(2)
    assert one.train.clicks.tobytes() == other.train.clicks.tobytes()
    assert one.times.tobytes() == other.times.tobytes()
    assert one.train.clicks.tobytes() != third.train.clicks.tobytes()
    assert draw_shape(np.random.default_rng(4), 100) == draw_shape(np.random.default_rng(4), 100)


def test_sessions_are_in_order_and_within_the_time() -> None:
    data = generate()
    begins, lengths = data.times[data.train.starts[:-1]], np.diff(data.train.starts)
    assert len(data.train) == 1500
    assert (np.diff(begins) >= 0).all()
    assert EPOCH <= begins[0] < begins[-1] <= EPOCH + 20 * DAY_SECONDS
    assert begins[-1] - begins[0] > 19 * DAY_SECONDS
    assert lengths.min() == 2
    assert np.median(lengths) == 3
    assert 8 < np.percentile(lengths, 99) <= 60


@pytest.mark.parametrize(("shelves", "count"), [("none", 0), ("leaf", 40), ("brand", 145), ("price", 435)])
def test_shelves_are_as_fine_as_the_shape_says(shelves: str, count: int) -> None:
    shop = Shop(msgspec.structs.replace(CALM, products=4000, shelves=shelves), np.random.default_rng(1))
    assert int(shop.shelf.max()) + 1 == count
    assert (shop.shelf >= 0).all() == (count > 0)


def test_visitors_stay_in_a_list_and_lists_in_a_category() -> None:
    data = generate()
    shop = Shop(CALM, np.random.default_rng(1))
    assert all(len({shop.leaf[product] for product in products}) == 1 for products in shop.lists)
    assert share(data, lambda clicks, product: data.categories[clicks[-1]] == data.categories[product]) == 1.0


def test_shares_of_clicks_are_those_of_the_shape() -> None:
    assert share(generate(again=0.5), lambda clicks, product: clicks[-1] == product) > 0.45
    assert share(generate(back=1.0), went_back) > 0.6 > 0.25 > share(generate(), went_back)
    away = generate(elsewhere=1.0)
    assert share(away, lambda clicks, product: away.categories[clicks[-1]] == away.categories[product]) < 0.8
    shop = Shop(CALM, np.random.default_rng(1))
    beside = {(product, int(other)) for product in range(CALM.products) for other in shop.nearby[product]}
    assert share(generate(nearby=1.0), lambda clicks, product: (clicks[-1], product) in beside) == 1.0
    counts = np.sort(np.bincount(generate(banners=1.0).train.clicks, minlength=CALM.products))
    calm = np.sort(np.bincount(generate().train.clicks, minlength=CALM.products))
    assert counts[-4:].sum() > 2 * calm[-4:].sum()


def test_neighbours_are_others_of_the_same_category() -> None:
    shop = Shop(CALM, np.random.default_rng(1))
    assert shop.nearby.shape == (CALM.products, SHOWN)
    for product in range(CALM.products):
        assert product not in shop.nearby[product]
        assert {*shop.leaf[shop.nearby[product]]} == {shop.leaf[product]}


def test_shapes_keep_within_their_bounds_and_differ() -> None:
    shapes = [draw_shape(np.random.default_rng(seed), 1000) for seed in range(50)]
    assert {shape.shelves for shape in shapes} == {"none", "leaf", "brand", "price"}
    assert len({shape.products for shape in shapes}) > 40
    assert all(112 <= shape.products <= 563 for shape in shapes)
    assert all(0.0 <= getattr(shape, name) < 1.0 for shape in shapes for name in ("again", "back", "nearby", "loyalty"))
