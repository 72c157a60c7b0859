"""Lists to browse: whatever happened to the catalogue, they are those of a plain search through all products."""

import math
import zlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender import finder as module
from recommender.catalogue import Catalogue, PopularityRule
from recommender.finder import SORTS, Finder, Wanted
from recommender.product import Product, ancestors
from recommender.words import plain, split_words
from tests.examples import NOW

ALL = slice(0, 1000)
NAMES = ["", "Red Mug", "Red Mügs, large", "Blue kettle", "blue Kettle 2", "Mug"]
PRODUCTS = st.builds(
    lambda number, **fields: Product(product_id=f"p{number}", **fields),
    st.integers(0, 11),
    name=st.sampled_from(NAMES),
    categories=st.sampled_from([(), ("A",), ("A > X",), ("B", "A > X"), ("B > Mugs",)]),
    brand=st.sampled_from(["", "Halden", "Tav rin"]),
    price=st.sampled_from([None, 0.0, 5.0, 7.5]),
    popularity=st.sampled_from([0.0, 0.5, 1.0]),
    added=st.sampled_from([None, 1e9, 2e9]),
    available=st.sampled_from([True, True, True, False]),
)
STEPS = st.lists(
    st.tuples(st.lists(PRODUCTS, max_size=4), st.lists(st.integers(0, 11).map("p{}".format), max_size=2)), max_size=6
)
WANTED = st.builds(
    Wanted,
    category=st.sampled_from(["", "", "A", "A > X", "B", "Z"]),
    words=st.sampled_from(["", "", "mug", "MÜGS red", "ke", "2", "halden", "zzz", "!"]),
    brands=st.sampled_from([(), (), ("Halden",), ("Halden", "Tav rin"), ("None such",)]),
    low=st.sampled_from([0.0, 0.0, 5.0]),
    high=st.sampled_from([math.inf, math.inf, 6.0]),
    ids=st.sampled_from([(), (), ("p3", "p1", "p9", "p1")]),
    sort=st.sampled_from(["", *SORTS]),
)
WINDOWS = st.builds(lambda start, size: slice(start, start + size), st.integers(0, 5), st.integers(1, 6))


def finder_of(*products: Product) -> Finder:
    catalogue = Catalogue(PopularityRule(1.0, 0.0, 1.0))
    finder = Finder(catalogue)
    catalogue.apply(products, (), NOW)
    finder.catch_up()
    return finder


def fits(product: Product, wanted: Wanted) -> bool:
    """Whether a product is wanted, word by word."""
    words = split_words(" ".join((product.name, product.brand, *product.categories)))
    asked = split_words(wanted.words)
    is_found = all(any(w == a or (len(a) > 1 and w.startswith(a)) for w in words) for a in asked)
    return (
        product.available
        and (not wanted.category or wanted.category in {p for c in product.categories for p in ancestors(c)})
        and (not wanted.words or bool(asked) and is_found)
        and (not wanted.brands or product.brand in wanted.brands)
        and (wanted.low <= 0.0 and math.isinf(wanted.high) or (product.price is not None))
        and (product.price is None or wanted.low <= product.price <= wanted.high)
        and (not wanted.ids or product.product_id in wanted.ids)
    )


def order(product: Product, wanted: Wanted) -> tuple[Any, ...]:
    """What a plain sort goes by."""
    popular = (-product.popularity, -zlib.crc32(product.product_id.encode()))
    match wanted.sort:
        case "price" | "-price":
            sign = 1 if wanted.sort == "price" else -1
            return (product.price is None, sign * (product.price or 0.0), *popular)
        case "new":
            return (-(product.added or -math.inf), -zlib.crc32(product.product_id.encode()))
        case "name":
            return (not product.name, plain(product.name), *popular)
        case "" if wanted.ids:
            return (wanted.ids.index(product.product_id),)
    return popular


@given(STEPS, WANTED, WINDOWS)
@settings(max_examples=400, deadline=None)
def test_any_history_and_question_give_what_a_plain_search_does(
    steps: list[tuple[list[Product], list[str]]], wanted: Wanted, window: slice
) -> None:
    finder, there = finder_of(), dict[str, Product]()
    for products, deleted in steps:
        finder._catalogue.apply(products, deleted, NOW)
        there.update({product.product_id: product for product in products})
        for product_id in deleted:
            there.pop(product_id, None)
    finder.catch_up()
    expected = sorted((p for p in there.values() if fits(p, wanted)), key=lambda p: order(p, wanted))
    found = finder.find(wanted, window)
    if wanted.sort == "new":  # by date alone: a kept list and a sorted one break ties in their own ways
        dates = [there[facts.product_id].added for facts in found.products]
        assert dates == [product.added for product in expected][window]
    else:
        assert [facts.product_id for facts in found.products] == [p.product_id for p in expected][window]
    assert found.total == len(expected)


def test_what_may_be_chosen_is_of_all_brands_and_prices() -> None:
    finder = finder_of(
        Product(product_id="a", categories=("A",), brand="One", price=3.0),
        Product(product_id="b", categories=("A",), brand="Two", price=9.0),
        Product(product_id="c", categories=("A > X",), brand="Two"),
        Product(product_id="d", categories=("B",), brand="Three", price=99.0),
    )
    facets = finder.facets(Wanted(category="A", brands=("One",), low=5.0))
    assert (facets.brands, list(facets.brands), facets.low, facets.high) == (
        {"One": 1, "Two": 2},
        ["Two", "One"],
        3.0,
        9.0,
    )
    empty = finder.facets(Wanted(category="Z"))
    assert (empty.brands, empty.low, empty.high) == ({}, None, None)


def test_words_are_taken_over_in_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "STEP", 2)
    catalogue = Catalogue(PopularityRule(1.0, 0.0, 1.0))
    finder = Finder(catalogue)
    catalogue.apply([Product(product_id=f"p{n}", name="Mug") for n in range(3)], (), NOW)
    totals = [finder.find(Wanted(words="mug"), ALL).total]
    for _ in range(2):
        more = finder.catch_up()
        totals.append(finder.find(Wanted(words="mug"), ALL).total)
    assert (totals, more) == ([0, 2, 3], False)
    assert finder.find(Wanted(), ALL).total == 3


def test_the_head_of_a_list_is_read_without_looking_at_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    finder = finder_of(*(Product(product_id=f"p{n}", categories=("A",), popularity=n / 10, added=n) for n in range(9)))
    monkeypatch.setattr(Finder, "_select", None)
    for category in ("", "A"):
        for sort in ("", "popular", "new"):
            found = finder.find(Wanted(category=category, sort=sort), slice(1, 3))
            assert (found.total, [facts.product_id for facts in found.products]) == (9, ["p7", "p6"])


def test_a_long_list_of_one_beginning_is_sorted_by_whole_names() -> None:
    names = [f"Wireless {n % 7} {n:03d}" for n in range(300)]
    finder = finder_of(*(Product(product_id=name, name=name) for name in names))
    found = finder.find(Wanted(sort="name"), slice(20, 40))
    assert [facts.name for facts in found.products] == sorted(names)[20:40]
