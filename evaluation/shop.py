"""A made-up shop: the sample's products, what they are shown beside, and how wanted each is from day to day."""

import numpy as np
from numpy.typing import NDArray

from evaluation.sessions import Numbering
from evaluation.shop_shape import Shelves, ShopShape
from recommender.sample import generate_products

Raw = dict[str, object]
# Products that the page of a product shows.
SHOWN = 12
# Parts of its time in which a shop's popularity stands still.
PERIODS = 40
# What makes two products alike, beside these: taste, which nobody wrote down.
TASTES = 3
PRICE_BANDS = 3


class Shop:
    """What visitors meet. Products are dense numbers.

    `shelf` int32 (P,): the category that the shop knows, -1 for none; `leaf` int64 (P,): the sample's; `wanted` float64
    (PERIODS, P); `nearby` int64 (P, SHOWN): what is shown beside each, nearest first; `lists`: products of each list,
    best first; `lists_of_leaf`: numbers of the lists in each leaf category.
    """

    def __init__(self, shape: ShopShape, generator: np.random.Generator) -> None:
        raws = list(generate_products(shape.products, int(generator.integers(2**31))))
        self.shape = shape
        self.leaf = _number([_path(raw) for raw in raws]).astype(np.int64)
        self.shelf = _shelve(raws, shape.shelves)
        self.wanted = _wanted(raws, shape, generator)
        places = _places(raws, generator)
        members = [np.flatnonzero(self.leaf == leaf) for leaf in range(int(self.leaf.max()) + 1)]
        self.nearby = _find_nearby(places, members)
        self.lists, self.lists_of_leaf = self._make_lists(places, members, generator)

    def _make_lists(
        self, places: NDArray[np.float64], members: list[NDArray[np.int64]], generator: np.random.Generator
    ) -> tuple[list[NDArray[np.int64]], list[NDArray[np.int64]]]:
        """Products around a point of a category, as a search finds them: near ones, and wanted ones before others."""
        lists: list[NDArray[np.int64]] = []
        of_leaf = []
        for leaf in members:
            first = len(lists)
            for _ in range(max(round(self.shape.lists_each * len(leaf)), 1)):
                size = max(int(generator.lognormal(np.log(self.shape.list_size), 0.6)), 2)
                centre = places[leaf[generator.integers(len(leaf))]] + generator.normal(0.0, 0.3, places.shape[1])
                distance = np.linalg.norm(places[leaf] - centre, axis=1)
                wanted = 0.3 * np.log(self.wanted[:, leaf].mean(axis=0)) + generator.gumbel(0.0, 0.3, len(leaf))
                lists.append(leaf[np.argsort(distance - wanted, kind="stable")[:size]])
            of_leaf.append(np.arange(first, len(lists)))
        return lists, of_leaf


def _path(raw: Raw) -> str:
    categories = raw["categories"]
    assert isinstance(categories, list)
    return str(categories[0])


def _price(raw: Raw) -> float:
    price = raw["price"]
    assert isinstance(price, float)
    return price


def _number(names: list[str]) -> NDArray[np.int32]:
    numbering = Numbering()
    return np.array([numbering.number(name) for name in names], np.int32)


def _shelve(raws: list[Raw], shelves: Shelves) -> NDArray[np.int32]:
    if shelves == "none":
        return np.full(len(raws), -1, np.int32)
    if shelves == "leaf":
        return _number([_path(raw) for raw in raws])
    brands = [f"{_path(raw)}\n{raw['brand']}" for raw in raws]
    if shelves == "brand":
        return _number(brands)
    return _number([f"{brand}\n{band}" for brand, band in zip(brands, _bands(raws), strict=True)])


def _bands(raws: list[Raw]) -> list[int]:
    """The third of its category's prices that each product is in."""
    leaf, price = _number([_path(raw) for raw in raws]), np.array([_price(raw) for raw in raws])
    band = np.zeros(len(raws), np.int64)
    for n in range(int(leaf.max()) + 1):
        chosen = np.flatnonzero(leaf == n)
        ranks = price[chosen].argsort(kind="stable").argsort(kind="stable")
        band[chosen] = ranks * PRICE_BANDS // len(chosen)
    return [int(value) for value in band]


def _places(raws: list[Raw], generator: np.random.Generator) -> NDArray[np.float64]:
    """Where products stand to each other, float64 (P, 3 + TASTES): price, two coordinates of the brand, tastes."""
    brands = _number([str(raw["brand"]) for raw in raws])
    of_brand = generator.normal(0.0, 0.7, (int(brands.max()) + 1, 2))
    price = 2.0 * np.log([_price(raw) for raw in raws])
    return np.column_stack((price, of_brand[brands], generator.normal(0.0, 0.6, (len(raws), TASTES))))


def _find_nearby(places: NDArray[np.float64], members: list[NDArray[np.int64]]) -> NDArray[np.int64]:
    """The products of the same leaf category that are nearest to each, int64 (P, SHOWN), again and again if few."""
    nearby = np.zeros((len(places), SHOWN), np.int64)
    for leaf in members:
        distances = np.linalg.norm(places[leaf][:, None] - places[leaf][None], axis=2)
        order = distances.argsort(axis=1, kind="stable")[:, 1:] if len(leaf) > 1 else np.zeros((1, 1), np.int64)
        nearby[leaf] = leaf[np.take_along_axis(order, np.arange(SHOWN)[None] % order.shape[1], axis=1)]
    return nearby


def _wanted(raws: list[Raw], shape: ShopShape, generator: np.random.Generator) -> NDArray[np.float64]:
    """How wanted each product is in each period, float64 (PERIODS, P): what the sample says, times a walk of its own;
    one in five comes to the shop while it is watched.
    """
    given = np.array([float(str(raw["popularity"])) for raw in raws]) ** shape.skew
    steps = generator.normal(0.0, shape.drift / np.sqrt(PERIODS), (PERIODS, len(raws)))
    wanted: NDArray[np.float64] = given * np.exp(steps.cumsum(axis=0))
    comes = np.where(generator.random(len(raws)) < 0.2, generator.integers(0, PERIODS, len(raws)), 0)
    wanted[np.arange(PERIODS)[:, None] < comes] *= 1e-3
    return wanted
