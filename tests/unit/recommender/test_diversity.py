"""Diversity: a dial and caps over a list of scored products."""

import math
from collections import Counter
from collections.abc import Sequence
from itertools import combinations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.catalogue import Facts, list_names
from recommender.diversity import BRAND, PATH, DiversityRule, diversify
from recommender.product import ancestors

CATEGORIES = ["A", "B", "A > X", "A > Y", "A > Y > Z"]


def facts(index: int, categories: Sequence[str], brand: str = "") -> Facts:
    names = tuple(categories)
    return Facts(index, f"p{index}", "", names, brand, None, msgspec.Raw(b"{}"), list_names(names))


def shop(*kinds: tuple[str, str]) -> list[Facts]:
    return [facts(at, [category] if category else [], brand) for at, (category, brand) in enumerate(kinds)]


KINDS = st.tuples(
    st.lists(st.sampled_from(CATEGORIES), unique=True, max_size=2), st.sampled_from(["", "Acme", "Bolt", "Crux"])
)
PRODUCTS = st.lists(KINDS, max_size=12).map(
    lambda kinds: [facts(at, categories, brand) for at, (categories, brand) in enumerate(kinds)]
)
DIALS = st.sampled_from([0.0, 0.2, 0.7, 1.0])
SHARES = st.sampled_from([0.1, 0.3, 0.5, 1.0])


def falling(count: int) -> list[float]:
    return [1.0 - at * at / 500.0 for at in range(count)]


def likeness(one: Facts, chosen: Sequence[Facts]) -> float:
    """The definition, in plain words of code."""
    own = {path: path.count(">") + 1 for name in one.categories for path in ancestors(name)}
    taken = {path for other in chosen for name in other.categories for path in ancestors(name)}
    shared = max((depth for path, depth in own.items() if path in taken), default=0)
    path = shared / max(own.values(), default=1)
    return PATH * path + BRAND * (one.brand != "" and one.brand in {other.brand for other in chosen})


@given(PRODUCTS, st.integers(0, 15), DIALS, SHARES, SHARES)
def test_a_slate_has_all_that_is_possible_and_nothing_twice(
    products: list[Facts], limit: int, dial: float, category_share: float, brand_share: float
) -> None:
    rule = DiversityRule(dial=dial, category_share=category_share, brand_share=brand_share)
    slate = diversify(products, falling(len(products)), limit, rule)
    assert len(slate) == len(set(slate)) == min(limit, len(products))
    assert set(slate) <= set(range(len(products)))


@given(PRODUCTS, st.integers(0, 15), st.lists(st.floats(-5.0, 5.0), min_size=12, max_size=12))
def test_without_dial_and_caps_nothing_changes(products: list[Facts], limit: int, scores: list[float]) -> None:
    slate = diversify(products, scores[: len(products)], limit, DiversityRule())
    assert slate == list(range(min(limit, len(products))))


@given(PRODUCTS.filter(bool), st.integers(1, 15), DIALS.filter(bool))
def test_every_pick_is_the_best_by_the_definition(products: list[Facts], limit: int, dial: float) -> None:
    scores = falling(len(products))
    slate = diversify(products, scores, limit, DiversityRule(dial=dial))
    span = (scores[0] - scores[-1]) or math.inf
    left = set(range(len(products)))
    for rank, pick in enumerate(slate):
        chosen = [products[at] for at in slate[:rank]]
        worth = {
            at: (1 - dial) * (scores[at] - scores[-1]) / span - dial * likeness(products[at], chosen) for at in left
        }
        assert worth[pick] == pytest.approx(max(worth.values()), abs=1e-9)
        left.remove(pick)


def keeps(products: Sequence[Facts], slate: Sequence[int], rule: DiversityRule, limit: int) -> bool:
    """Whether a slate keeps both caps."""
    categories = Counter(name for at in slate for name in products[at].categories if name != rule.category)
    brands = Counter(products[at].brand for at in slate if products[at].brand)
    most = math.ceil(rule.category_share * limit), math.ceil(rule.brand_share * limit)
    return max(categories.values(), default=0) <= most[0] and max(brands.values(), default=0) <= most[1]


@given(PRODUCTS, st.integers(1, 6), DIALS, SHARES, SHARES)
def test_no_cap_is_broken_while_there_is_a_product_that_keeps_it(
    products: list[Facts], limit: int, dial: float, category_share: float, brand_share: float
) -> None:
    rule = DiversityRule(dial=dial, category_share=category_share, brand_share=brand_share, category="B")
    slate = diversify(products, falling(len(products)), limit, rule)
    kept = [rank for rank in range(len(slate) + 1) if keeps(products, slate[:rank], rule, limit)]
    if len(kept) <= len(slate):
        before = slate[: kept[-1]]
        others = set(range(len(products))).difference(before)
        assert not any(keeps(products, [*before, at], rule, limit) for at in others)


@given(st.lists(st.sampled_from(["A", "B", "A > X"]), max_size=9), st.integers(1, 5), DIALS, SHARES)
def test_a_cap_on_categories_holds_when_it_can(
    categories: list[str], limit: int, dial: float, category_share: float
) -> None:
    products, rule = shop(*((name, "") for name in categories)), DiversityRule(dial=dial, category_share=category_share)
    slate = diversify(products, falling(len(products)), limit, rule)
    possible = any(keeps(products, one, rule, limit) for one in combinations(range(len(products)), len(slate)))
    assert keeps(products, slate, rule, limit) == possible


def test_what_a_cap_keeps_out_comes_at_the_end_in_order() -> None:
    products = shop(*[("A", "")] * 4, ("B", ""))
    assert diversify(products, falling(5), 4, DiversityRule(category_share=0.5)) == [0, 1, 4, 2]


def test_the_category_that_was_asked_for_is_not_capped() -> None:
    products = shop(*[("A > X", "")] * 3, ("A > Y", ""))
    assert diversify(products, falling(4), 3, DiversityRule(category_share=0.3)) == [0, 3, 1]
    assert diversify(products, falling(4), 3, DiversityRule(category_share=0.3, category="A > X")) == [0, 1, 2]


def test_products_without_category_or_brand_are_not_alike_and_not_capped() -> None:
    products = shop(*[("", "")] * 5)
    rule = DiversityRule(dial=0.9, category_share=0.1, brand_share=0.1)
    assert diversify(products, falling(5), 4, rule) == [0, 1, 2, 3]


def test_a_turned_up_dial_takes_what_is_different() -> None:
    products = shop(("A > X", "Acme"), ("A > X", "Acme"), ("A > Y", "Acme"), ("A > Y", "Bolt"), ("B", "Crux"))
    scores = [1.0, 0.99, 0.98, 0.97, 0.0]
    assert diversify(products, scores, 5, DiversityRule(dial=1.0)) == [0, 4, 3, 2, 1]
    assert diversify(products, scores, 2, DiversityRule(dial=0.3)) == [0, 3]
    assert diversify(products, scores, 2, DiversityRule(dial=0.01)) == [0, 1]
