"""The sample catalogue: the same everywhere, accepted by the importer, and believable."""

import hashlib
import json
import math
from collections import Counter
from itertools import pairwise
from statistics import median
from typing import Any

import msgspec
import pytest

from recommender.product import ancestors, parse_product
from recommender.sample import NEWEST_ADDED, OLDEST_DAYS, PRICE_ENDINGS, generate_products, load_vocabulary

# Moves only when the vocabulary or the generator does. If it moves anywhere else, the sample has stopped
# being the same on every machine (a hash(), a set's order, a random method whose algorithm changed).
DIGEST_OF_SEED_7 = "58c51ccc6414c47f18a0d057b192f8ddb0b5ffd3696ab0f0fa3818ad4087012a"


def digest(seed: int) -> str:
    return hashlib.sha256(json.dumps(list(generate_products(seed=seed))).encode()).hexdigest()


@pytest.fixture(scope="module")
def products() -> list[dict[str, Any]]:
    return list(generate_products())


def test_a_seed_gives_the_same_products_everywhere() -> None:
    assert digest(7) == digest(7) == DIGEST_OF_SEED_7
    assert digest(8) != DIGEST_OF_SEED_7


def test_a_smaller_sample_is_the_beginning_of_a_larger_one(products: list[dict[str, Any]]) -> None:
    assert list(generate_products(count=50)) == products[:50]
    assert list(generate_products(count=0)) == []


def test_the_importer_reads_every_product_as_it_stands(products: list[dict[str, Any]]) -> None:
    for product in products:
        parsed = msgspec.json.decode(msgspec.json.encode(parse_product(product)))
        # What equals its default (available: true) is left out of a stored product.
        assert {"available": True, **parsed} == product


def test_ids_and_names_are_unique_and_whole(products: list[dict[str, Any]]) -> None:
    assert [products[0]["product_id"], products[-1]["product_id"]] == ["p0001", "p2000"]
    assert len({product["product_id"] for product in products}) == 2000
    names = [product["name"] for product in products]
    assert len(set(names)) == 2000
    assert not [name for name in names if "{" in name or "  " in name or name != name.strip()]


def test_names_stay_unique_where_the_words_are_used_up() -> None:
    names = [product["name"] for product in generate_products(count=20_000)]
    assert len(set(names)) == 20_000
    assert any(str(name).endswith(" No. 2") for name in names)


def test_forty_leaf_categories_under_nine_departments(products: list[dict[str, Any]]) -> None:
    sizes = Counter(product["categories"][0] for product in products)
    assert len(sizes) == 40
    assert set(sizes.values()) == {50}
    assert len({path.split(" > ")[0] for path in sizes}) == 9
    assert not {above for path in sizes for above in ancestors(path)[1:]} & set(sizes)
    second = [product["categories"][1] for product in products if len(product["categories"]) > 1]
    assert 10 <= len(second) <= 100
    assert set(second) <= set(sizes)
    assert all(len(set(product["categories"])) == len(product["categories"]) <= 2 for product in products)


def test_prices_are_plausible(products: list[dict[str, Any]]) -> None:
    medians = {
        f"{department.name} > {category.path}": category.median_price
        for department in load_vocabulary().departments
        for category in department.categories
    }
    for path, expected in medians.items():
        prices = [product["price"] for product in products if product["categories"][0] == path]
        assert 0.7 * expected < median(prices) < 1.4 * expected
        assert 0.25 * expected < min(prices) and max(prices) < 3.5 * expected
    endings = {round(product["price"] - math.floor(product["price"]), 2) for product in products}
    assert endings == set(PRICE_ENDINGS)


def test_a_larger_size_costs_more_on_the_whole() -> None:
    cameras: dict[int, list[float]] = {}
    for product in generate_products(count=20_000):
        if product["categories"] == ["Electronics > Photography > Cameras"]:
            assert isinstance(product["attributes"], dict) and isinstance(product["price"], float)
            cameras.setdefault(int(product["attributes"]["size"].split()[0]), []).append(product["price"])
    means = [sum(prices) / len(prices) for _, prices in sorted(cameras.items())]
    assert len(means) == 4
    assert all(smaller < larger for smaller, larger in pairwise(means))


def test_popularity_has_a_long_tail(products: list[dict[str, Any]]) -> None:
    popularity = sorted((product["popularity"] for product in products), reverse=True)
    assert 0 < popularity[-1] and popularity[0] <= 1
    assert all(round(value, 4) == value for value in popularity)
    assert popularity[20] > 0.6 and popularity[200] < 0.35 and popularity[1000] < 0.05
    tagged = {product["product_id"] for product in products if "bestseller" in product["tags"]}
    assert tagged == {product["product_id"] for product in products if product["popularity"] >= 0.6}


def test_about_one_in_twenty_five_is_unavailable(products: list[dict[str, Any]]) -> None:
    # 80 expected with a standard deviation of 9.
    assert 50 <= sum(not product["available"] for product in products) <= 110


def test_brands_keep_to_one_department_or_a_related_shelf(products: list[dict[str, Any]]) -> None:
    shelves: dict[str, set[str]] = {}
    for product in products:
        shelves.setdefault(product["brand"], set()).add(product["categories"][0])
    assert 55 <= len(shelves) <= 65
    assert all(1 <= len(paths) <= 4 for paths in shelves.values())
    across = {brand for brand, paths in shelves.items() if len({path.split(" > ")[0] for path in paths}) > 1}
    assert across == {"Stridmoor"}  # shoes: Clothing and Sports


def test_tags_and_attributes_are_few_and_agree_with_the_name(products: list[dict[str, Any]]) -> None:
    for product in products:
        assert 2 <= len(product["tags"]) == len(set(product["tags"])) <= 5
        attributes = product["attributes"]
        assert 2 <= len(attributes) <= 6
        assert 1 <= attributes["rating"] <= 5
        told = [attributes[key] for key in ("colour", "material", "size", "ingredient") if key in attributes]
        assert all(word in product["name"] for word in told)


def test_half_of_the_products_came_in_the_newest_quarter_of_two_years(products: list[dict[str, Any]]) -> None:
    ages = [(NEWEST_ADDED - product["added"]) / 86_400.0 for product in products]
    assert 0.0 <= min(ages) < 1.0 and 725.0 < max(ages) <= OLDEST_DAYS
    # 1,000 expected with a standard deviation of 22.
    assert 930 < sum(age < OLDEST_DAYS / 4 for age in ages) < 1070
