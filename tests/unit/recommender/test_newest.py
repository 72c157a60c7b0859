"""The newest products: after whatever happened to the catalogue, those of a plain sort of what is there."""

import random
import zlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender import newest as module
from recommender.catalogue import Catalogue, PopularityRule
from recommender.newest import Newest
from recommender.product import Product, ancestors
from tests.examples import NOW

RULE = PopularityRule(half_life=7 * 86400.0, gain=1.0, midpoint=50.0)
CATEGORIES = ["A", "B", "A > X", "A > Y", "B > X > Z"]


def expected_newest(products: dict[str, Product], category: str, length: int) -> list[str]:
    found = [item for item in products.values() if item.available and item.added is not None]
    if category:
        found = [item for item in found if category in {path for name in item.categories for path in ancestors(name)}]
    found.sort(key=lambda item: (-(item.added or 0.0), -zlib.crc32(item.product_id.encode())))
    return [item.product_id for item in found[:length]]


def check(catalogue: Catalogue, products: dict[str, Product], length: int) -> None:
    for category in ["", *CATEGORIES]:
        actual = [catalogue.facts[index].product_id for index in catalogue.newest(category)]
        assert actual == expected_newest(products, category, length), category


IDS = st.integers(0, 11).map(lambda number: f"p{number}")
PUTS = st.builds(
    lambda name, categories, added, available: Product(
        product_id=name, categories=tuple(categories), added=added, available=available
    ),
    IDS,
    st.lists(st.sampled_from(CATEGORIES), unique=True, max_size=2),
    st.none() | st.integers(1, 5).map(float),  # often the same, as after an import
    st.booleans() | st.just(True),
)
STEPS = st.one_of(
    st.tuples(st.just("put"), st.lists(PUTS, min_size=1, max_size=6)),
    st.tuples(st.just("delete"), st.lists(IDS, min_size=1, max_size=3)),
    st.tuples(st.just("engage"), st.dictionaries(IDS, st.sampled_from([95.0, 103.0]))),
)


@given(st.lists(STEPS, max_size=12))
@settings(max_examples=300, deadline=None)
def test_any_history_gives_the_newest_of_a_plain_sort(steps: list[tuple[str, Any]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "NEWEST", 2)
        patch.setattr(module, "HELD", 4)
        catalogue, products = Catalogue(RULE), dict[str, Product]()
        for kind, change in steps:
            if kind == "put":
                catalogue.apply(change, (), NOW)
                products.update({item.product_id: item for item in change})
            elif kind == "delete":
                catalogue.apply((), change, NOW)
                for name in change:
                    products.pop(name, None)
            else:
                catalogue.apply_engagement(change, NOW)
            check(catalogue, products, 2)


def test_a_long_list_is_searched_again_only_after_many_have_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(5)
    products = {
        f"p{n}": Product(product_id=f"p{n}", categories=(rng.choice(CATEGORIES),), added=float(rng.randrange(1, 900)))
        for n in range(2000)
    }
    catalogue = Catalogue(RULE)
    catalogue.apply(products.values(), (), NOW)
    searched = 0
    search = Newest._search

    def count(self: Newest, members: Any) -> Any:
        nonlocal searched
        searched += len(members) > module.HELD
        return search(self, members)

    monkeypatch.setattr(Newest, "_search", count)
    for _ in range(module.NEWEST):
        newest = catalogue.facts[catalogue.newest()[0]].product_id
        products.pop(newest)
        catalogue.apply((), [newest], NOW)
    assert searched == 0
    check(catalogue, products, module.NEWEST)
    for _ in range(4 * module.NEWEST):
        newest = catalogue.facts[catalogue.newest()[0]].product_id
        products.pop(newest)
        catalogue.apply((), [newest], NOW)
    assert 0 < searched < 30
    check(catalogue, products, module.NEWEST)


def test_a_product_without_a_date_or_out_of_stock_is_not_among_them() -> None:
    catalogue = Catalogue(RULE)
    items = [Product(product_id="old"), Product(product_id="out", added=NOW, available=False)]
    catalogue.apply([*items, Product(product_id="in", added=NOW)], (), NOW)
    assert [catalogue.facts[index].product_id for index in catalogue.newest()] == ["in"]
    assert catalogue.newest("none") == []
