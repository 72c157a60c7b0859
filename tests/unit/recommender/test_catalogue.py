"""The catalogue's tables: after whatever happened to products, the lists are those of a sort of what is there."""

import json
import math
import zlib
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from profiles.decay import EPOCH, log_weight
from recommender import catalogue as module
from recommender.catalogue import Catalogue, PopularityRule
from recommender.product import Product, ancestors
from recommender.ranked import Ranked
from tests.examples import NOW

RULE = PopularityRule(half_life=7 * 86400.0, gain=1.0, midpoint=50.0)


def product(number: int | str, *categories: str, **values: Any) -> Product:
    return Product(product_id=f"p{number}", categories=categories, **values)


def catalogue_of(*products: Product) -> Catalogue:
    catalogue = Catalogue(RULE)
    catalogue.apply(products, (), NOW)
    return catalogue


def listed(catalogue: Catalogue, ranked: Ranked) -> list[str]:
    return [catalogue.facts[index].product_id for index in ranked.indices.tolist()]


def popularity(given_: float, log_sum: float, now: float) -> float:
    """The formula, in plain numbers."""
    engagement = 2.0 ** (log_sum - (now - EPOCH) / RULE.half_life)
    return float(given_ + RULE.gain * engagement / (engagement + RULE.midpoint))


def expected_lists(products: dict[str, Product], engagement: dict[str, float]) -> dict[str, list[str]]:
    """Every list by category, from a plain sort; the overall one under `*`."""
    lists: dict[str, list[str]] = {}
    for item in sorted(
        (item for item in products.values() if item.available),
        key=lambda item: (
            -popularity(item.popularity, engagement.get(item.product_id, -math.inf), NOW),
            -zlib.crc32(item.product_id.encode()),
        ),
    ):
        paths = {path for name in item.categories for path in ancestors(name)} or {""}
        for path in {*paths, "*"}:
            lists.setdefault(path, []).append(item.product_id)
    return lists


IDS = st.integers(0, 7)
PUTS = st.builds(
    lambda number, categories, given_, available: product(number, *categories, popularity=given_, available=available),
    IDS,
    st.lists(st.sampled_from(["A", "B", "A > X", "A > Y", "B > X > Z"]), unique=True, max_size=3),
    st.sampled_from([0.0, 0.5, 0.7, 1.0]),
    st.booleans() | st.just(True),
)
STEPS = st.one_of(
    st.tuples(st.just("put"), st.lists(PUTS, min_size=1, max_size=4)),
    st.tuples(st.just("delete"), st.lists(IDS.map(lambda number: f"p{number}"), min_size=1, max_size=3)),
    st.tuples(
        st.just("engage"),
        st.dictionaries(IDS.map(lambda number: f"p{number}"), st.sampled_from([95.0, 99.5, 103.0, -math.inf])),
    ),
)


@given(st.lists(STEPS, max_size=12))
@settings(max_examples=150, deadline=None)
def test_any_history_gives_the_lists_of_a_plain_sort(steps: list[tuple[str, Any]]) -> None:
    catalogue, products, engagement = Catalogue(RULE), dict[str, Product](), dict[str, float]()
    for kind, change in steps:
        if kind == "put":
            catalogue.apply(change, (), NOW)
            products.update({item.product_id: item for item in change})
        elif kind == "delete":
            catalogue.apply((), change, NOW)
            for product_id in change:
                products.pop(product_id, None)
        else:
            catalogue.apply_engagement(change, NOW)
            engagement.update({key: value for key, value in change.items() if key in catalogue.ids()})
    actual = {name: listed(catalogue, ranked) for name, ranked in catalogue.lists.items()}
    if len(catalogue.popular):
        actual["*"] = listed(catalogue, catalogue.popular)
    assert actual == expected_lists(products, engagement)
    assert len(catalogue) == sum(item.available for item in products.values())
    for ranked in catalogue.lists.values():
        for index, score in zip(ranked.indices.tolist(), ranked.scores.tolist(), strict=True):
            name = catalogue.facts[index].product_id
            expected = popularity(products[name].popularity, engagement.get(name, -math.inf), NOW)
            assert score == pytest.approx(expected, abs=2e-9)


def index_by_id(catalogue: Catalogue) -> dict[str, int]:
    return {
        facts.product_id: index
        for index, facts in enumerate(catalogue.facts)
        if catalogue.find(facts.product_id) is facts
    }


def test_one_change_may_put_and_delete() -> None:
    catalogue = catalogue_of(product(1, "A"), product(2, "A"))
    catalogue.apply([product(2, "B"), product(3, "B")], ["p1", "unknown"], NOW)
    assert sorted(catalogue.lists) == ["B"]
    assert sorted(listed(catalogue, catalogue.lists["B"])) == ["p2", "p3"]


def test_a_product_keeps_its_index_for_good() -> None:
    catalogue = catalogue_of(product(1, "A"), product(2, "A"))
    indices = index_by_id(catalogue)
    catalogue.apply((), ["p1"], NOW)
    catalogue.apply([product(3, "A"), product(1, "B")], (), NOW)
    assert index_by_id(catalogue).items() >= indices.items()
    assert listed(catalogue, catalogue.lists["B"]) == ["p1"]


def test_a_product_stands_below_all_ancestors_once() -> None:
    catalogue = catalogue_of(product(1, "A > B > C", "A > B"))
    assert {name: len(ranked) for name, ranked in catalogue.lists.items()} == {"A": 1, "A > B": 1, "A > B > C": 1}


def test_unavailable_products_are_known_but_not_listed() -> None:
    catalogue = catalogue_of(product(1, "A", available=False))
    assert (catalogue.lists, len(catalogue), len(catalogue.popular)) == ({}, 0, 0)
    assert catalogue.find("p1") is not None
    assert catalogue.find("p2") is None


def test_popularity_moves_with_engagement_and_fades_back() -> None:
    catalogue = catalogue_of(product(1, "A", popularity=0.5), product(2, "A", popularity=0.6))
    catalogue.apply_engagement({"p1": log_weight(50.0, NOW, RULE.half_life), "p9": 5.0}, NOW)
    assert listed(catalogue, catalogue.lists["A"]) == ["p1", "p2"]
    assert catalogue.lists["A"].scores.tolist() == pytest.approx(
        [1.0, 0.6], abs=2e-9
    )  # half of the gain at the midpoint
    catalogue.fade(NOW + RULE.half_life)
    assert catalogue.lists["A"].scores.tolist() == pytest.approx([0.5 + 1 / 3, 0.6], abs=2e-9)
    catalogue.fade(NOW + 100 * RULE.half_life)
    assert listed(catalogue, catalogue.lists["A"]) == ["p2", "p1"]


def test_engagement_that_is_replaced_is_gone() -> None:
    catalogue = catalogue_of(product(1, "A"), product(2, "A", popularity=0.1))
    catalogue.apply_engagement({"p1": log_weight(50.0, NOW, RULE.half_life)}, NOW)
    assert listed(catalogue, catalogue.lists["A"]) == ["p1", "p2"]
    catalogue.replace_engagement({"p2": log_weight(5.0, NOW, RULE.half_life), "p9": 5.0}, NOW)
    assert listed(catalogue, catalogue.lists["A"]) == listed(catalogue, catalogue.popular) == ["p2", "p1"]
    found = catalogue.popularity_of(np.array([0, 1], np.int32)).tolist()
    assert found == pytest.approx([0.0, 0.1 + 5.0 / 55.0], abs=1e-8)


@pytest.mark.parametrize("log_sum", [-math.inf, -1e5, 0.0, 1e5])
def test_engagement_never_adds_more_than_the_gain(log_sum: float) -> None:
    catalogue = catalogue_of(product(1, "A", popularity=0.5))
    catalogue.apply_engagement({"p1": log_sum}, NOW)
    (score,) = catalogue.lists["A"].scores.tolist()
    assert 0.5 <= score <= 1.5 + 2e-9


def test_equal_products_stand_in_the_same_order_everywhere() -> None:
    items = [product(number, "A", popularity=0.5) for number in range(20)]
    one, other = catalogue_of(*items), catalogue_of(*reversed(items))
    assert listed(one, one.lists["A"]) == listed(other, other.lists["A"])
    assert listed(one, one.lists["A"]) != sorted(listed(one, one.lists["A"]))


def test_answers_show_only_what_there_is_to_show() -> None:
    catalogue = catalogue_of(product(1, "A", name="Lamp", price=0.0, tags=("x",), attributes={"watts": 5}))
    facts = catalogue.find("p1")
    assert facts is not None
    assert json.loads(bytes(facts.payload)) == {"name": "Lamp", "categories": ["A"], "price": 0.0}
    assert msgspec.json.encode([facts.payload]) == b"[" + bytes(facts.payload) + b"]"


def test_the_overall_list_is_the_best_of_many_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "POPULAR_LENGTH", 5)
    items = [product(number, f"C{number % 9}", popularity=(number * 37 % 101) / 100) for number in range(100)]
    catalogue = catalogue_of(*items)
    best = sorted(items, key=lambda item: -item.popularity)[:5]
    assert listed(catalogue, catalogue.popular) == [item.product_id for item in best]


def test_the_version_grows_with_every_change() -> None:
    catalogue = catalogue_of(product(1, "A"))
    versions = [catalogue.version]
    catalogue.apply([product(1, "B")], (), NOW)
    versions.append(catalogue.version)
    catalogue.apply((), ["p1"], NOW)
    versions.append(catalogue.version)
    assert versions == sorted(set(versions))
