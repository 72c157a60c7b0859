"""The sample catalogue: believable products for trying the service without data of one's own.

The words are in `sample_vocabulary.json`, so another assortment needs no code. Every brand is invented.
"""

import math
import random
import re
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from itertools import count as count_from
from statistics import NormalDist
from typing import TypeVar

import msgspec

from recommender.product import PATH_SEPARATOR

Scalar = str | int | float | bool
T = TypeVar("T")

PRICE_ENDINGS = (0.0, 0.49, 0.9, 0.99)
# Spread of ln(price); with the tails cut as in `_price` it means 0.4 to 2.5 times the category's median.
PRICE_SIGMA = 0.35
# The median product has a popularity of 1 / (1 + TAIL); about one in fifty is a bestseller.
TAIL = 30.0
BESTSELLER = 0.6
UNAVAILABLE_SHARE = 0.04
# Of the products in categories that have an `also`; it makes about one in fifty of the whole catalogue.
SECOND_CATEGORY_SHARE = 0.2
NAME_DRAWS = 20
# The newest products are of this day, the oldest two years older; fixed, so that the sample is the same on every day.
NEWEST_ADDED = 1_795_132_800.0  # 2026-11-20
OLDEST_DAYS = 730.0
MINUTE_SECONDS, DAY_SECONDS = 60, 86_400
# Slots that say nothing outside the name; every other slot becomes an attribute.
NAME_ONLY = frozenset({"model", "style", "noun"})


class Category(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A leaf category: `slots` fill the `patterns` of names, `specs` are drawn as further attributes.

    `path` is below its department; `also` holds full paths that some of its products are listed under, too.
    """

    path: str
    median_price: float
    brands: list[str]
    patterns: list[str]
    tags: list[str]
    slots: dict[str, list[str]]
    palette: str = ""
    specs: dict[str, list[Scalar]] = {}
    also: list[str] = []


class Department(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A top-level category; `models` are the product lines that its names are made with."""

    name: str
    models: list[str]
    categories: list[Category]


class Vocabulary(msgspec.Struct, frozen=True):
    """The words of the sample; the file's `art` belongs to `sample_image`."""

    palettes: dict[str, list[str]]
    departments: list[Department]


@cache
def load_vocabulary() -> Vocabulary:
    """The vocabulary that comes with the package."""
    text = files("recommender").joinpath("sample_vocabulary.json").read_bytes()
    return msgspec.json.decode(text, type=Vocabulary)


def generate_products(count: int = 2000, seed: int = 7) -> Iterator[dict[str, object]]:
    """`count` products as canonical product JSON, ids "p0001" and up, taking turns through the 40 categories.

    The same seed gives the same products on every machine: of `random.Random` only `random()` is used, the
    one method whose sequence Python promises to keep. Prices have no currency. Any count will do: where a
    category's words are used up, names get a number.
    """
    rng = random.Random(seed)
    dates = random.Random(f"dates {seed}")  # of their own, so that they change nothing else
    categories = _categories(load_vocabulary())
    taken: set[str] = set()
    for position in range(count):
        product = _product(rng, categories[position % len(categories)], f"p{position + 1:04d}", taken)
        yield {**product, "added": _draw_added(dates)}


def _categories(vocabulary: Vocabulary) -> list[Category]:
    """The leaf categories with their full paths, models and colours filled in."""
    filled = []
    for department in vocabulary.departments:
        for category in department.categories:
            path = department.name + PATH_SEPARATOR + category.path
            colours = vocabulary.palettes.get(category.palette, [])
            slots = {"model": department.models, "colour": colours, **category.slots}
            filled.append(msgspec.structs.replace(category, path=path, slots=slots))
    return filled


def _product(rng: random.Random, category: Category, product_id: str, taken: set[str]) -> dict[str, object]:
    name, words = _unique_name(rng, category, taken)
    u = rng.random()
    popularity = max(0.0001, round((1 - u) / (1 - u + TAIL * u), 4))
    return {
        "product_id": product_id,
        "name": name,
        "categories": [category.path, *(category.also if rng.random() < SECOND_CATEGORY_SHARE else [])],
        "popularity": popularity,
        "price": _price(rng, category, words.get("size")),
        "brand": _pick(rng, category.brands),
        "url": f"/products/{product_id}",
        "image_url": f"/sample/images/{product_id}.svg",
        "available": rng.random() >= UNAVAILABLE_SHARE,
        "tags": sorted(category.tags, key=lambda _: rng.random())[: 2 + int(rng.random() * 3)]
        + ["bestseller"] * (popularity >= BESTSELLER),
        "attributes": {slot: word for slot, word in words.items() if slot not in NAME_ONLY}
        | {key: _pick(rng, choices) for key, choices in category.specs.items()}
        | {"rating": round(5 - 1.8 * rng.random() ** 2, 1)},
    }


def _draw_added(rng: random.Random) -> float:
    """Unix seconds, on the minute; half of the products came in the newest quarter of the time."""
    age_days = OLDEST_DAYS * rng.random() ** 2
    return NEWEST_ADDED - int(age_days * DAY_SECONDS / MINUTE_SECONDS) * MINUTE_SECONDS


def _unique_name(rng: random.Random, category: Category, taken: set[str]) -> tuple[str, dict[str, str]]:
    """A name that was not in `taken` (now it is), and by slot the words it was made of."""
    for _ in range(NAME_DRAWS):
        pattern = _pick(rng, category.patterns)
        words = {slot: _pick(rng, category.slots[slot]) for slot in re.findall(r"{(\w+)}", pattern)}
        name = pattern.format_map(words)
        if name not in taken:
            break
    else:
        name = next(other for n in count_from(2) if (other := f"{name} No. {n}") not in taken)
    taken.add(name)
    return name, words


def _price(rng: random.Random, category: Category, size: str | None) -> float:
    sizes = category.slots.get("size", [])
    # From 0.8 for the smallest size to 1.3 for the largest.
    factor = 0.8 + 0.5 * sizes.index(size) / max(1, len(sizes) - 1) if size else 1.0
    middle = NormalDist(math.log(category.median_price * factor), PRICE_SIGMA)
    whole = int(math.exp(middle.inv_cdf(0.005 + 0.99 * rng.random())))
    whole = whole // 10 * 10 + 9 if whole >= 100 else max(1, whole)
    return round(whole + _pick(rng, PRICE_ENDINGS), 2)


def _pick(rng: random.Random, options: Sequence[T]) -> T:
    return options[int(rng.random() * len(options))]
