"""Vectors of products: what is alike is near, and a vector depends on nothing but its product."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.catalogue import Catalogue, Facts, PopularityRule
from recommender.content_features import ATTRIBUTES, BRAND, CATEGORY, DIMENSIONS, NAME, PRICE, TAGS, find_features
from recommender.content_features import make_vectors as make
from recommender.product import Product
from tests.examples import NOW

RULE = PopularityRule(half_life=7 * 86400.0, gain=1.0, midpoint=50.0)
FULL: dict[str, Any] = {
    "name": "Brass Desk Lamp", "categories": ("Home > Light > Lamps",), "brand": "Acme", "price": 40.0,
    "tags": ("new", "warm"), "attributes": {"colour": "red", "dimmable": True},
}  # fmt: skip


def catalogue_of(*fields: dict[str, Any]) -> Catalogue:
    catalogue = Catalogue(RULE)
    catalogue.apply([Product(product_id=str(at), **given_) for at, given_ in enumerate(fields)], (), NOW)
    return catalogue


def similarity(one: dict[str, Any], other: dict[str, Any]) -> float:
    catalogue = catalogue_of(one, other)
    first, second = make(catalogue.facts, catalogue.traits)
    return float(first @ second)


def plain_vector(facts: Facts, catalogue: Catalogue) -> list[float]:
    """One vector, number by number."""
    vector = [0.0] * DIMENSIONS
    for field, value, weight in find_features(facts, catalogue.traits):
        mixed = ((field * 0x9E3779B97F4A7C15 & (2**64 - 1)) ^ value) * 0xC2B2AE3D27D4EB4F & (2**64 - 1)
        vector[mixed >> 57] += weight if mixed >> 56 & 1 else -weight
    length = sum(value * value for value in vector) ** 0.5
    return [value / length for value in vector] if length else vector


WORDS = st.sampled_from(["red", "blue", "lamp", "desk", "Größe"])
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "name": st.lists(WORDS, max_size=4).map(" ".join),
        "categories": st.lists(st.sampled_from(["A", "A > B", "C > D > E"]), max_size=2, unique=True).map(tuple),
        "brand": WORDS,
        "price": st.sampled_from([0.0, 0.01, 3.0, 1e9]),
        "tags": st.lists(WORDS, max_size=3, unique=True).map(tuple),
        "attributes": st.dictionaries(WORDS, st.booleans() | WORDS | st.just(2.5), max_size=3),
    },
)


@given(st.lists(FIELDS, min_size=1, max_size=4))
def test_vectors_are_those_of_a_plain_reference(fields: list[dict[str, Any]]) -> None:
    catalogue = catalogue_of(*fields)
    vectors = make(catalogue.facts, catalogue.traits)
    assert (vectors.shape, vectors.dtype.name) == ((len(fields), DIMENSIONS), "float32")
    for vector, facts in zip(vectors, catalogue.facts, strict=True):
        np.testing.assert_allclose(vector, plain_vector(facts, catalogue), atol=1e-6)
    one = make(catalogue.facts[:1], catalogue.traits)
    assert one.tobytes() == vectors[:1].tobytes()


def test_every_kind_has_its_share() -> None:
    catalogue = catalogue_of(FULL)
    weights = [weight for _, _, weight in find_features(catalogue.facts[0], catalogue.traits)]
    total = CATEGORY + NAME + TAGS + ATTRIBUTES + BRAND + PRICE
    assert sum(weight * weight for weight in weights) == pytest.approx(total)


def test_nothing_known_is_like_nothing() -> None:
    assert similarity({}, FULL) == 0.0
    assert similarity({"price": 0.0}, {"price": 0.0}) == 0.0


@pytest.mark.parametrize(
    ("near", "far"),
    [
        ({"categories": ("Home > Light > Lamps",)}, {"categories": ("Home > Light > Bulbs",)}),
        ({"categories": ("Home > Light > Bulbs",)}, {"categories": ("Home > Rugs",)}),
        ({"brand": "Acme"}, {"brand": "Bolt"}),
        ({"price": 44.0}, {"price": 80.0}),
        ({"tags": ("warm", "new")}, {"tags": ("cold", "old")}),
        ({"attributes": {"colour": "red", "dimmable": True}}, {"attributes": {"colour": "blue", "dimmable": False}}),
        ({"name": "Desk Lamp, brass"}, {"name": "Velvet Cushion Cover"}),
    ],
)
def test_what_agrees_more_is_nearer(near: dict[str, Any], far: dict[str, Any]) -> None:
    assert similarity(FULL, {**FULL, **near}) > similarity(FULL, {**FULL, **far}) + 0.02


def test_prices_fall_apart_with_distance() -> None:
    prices = [40.0, 42.0, 46.0, 52.0, 59.0]
    found = [similarity({"price": 40.0}, {"price": price}) for price in prices]
    assert found == sorted(found, reverse=True)
    assert found[0] == pytest.approx(1.0, abs=1e-6)
    assert similarity({"price": 40.0}, {"price": 4000.0}) < 0.1
