"""From a profile and a question to products with reasons, on the documents' seven products."""

from functools import reduce
from typing import Any

import pytest

from events.event import Event
from profiles.delta import HalfLives, build_delta
from profiles.profile import Bounds, Profile, merge
from recommender.catalogue import Catalogue, PopularityRule
from recommender.content import ContentVectors
from recommender.product import Product, parse_product
from recommender.recommend import CHAINS, Asking, recommend
from recommender.slate import Pick, Question, Slate
from tests.examples import NOW, SEVEN, SEVEN_PRODUCTS, TAXONOMY, understand_one

RULE = PopularityRule(half_life=7 * 86400.0, gain=1.0, midpoint=50.0)
HALF_LIVES = HalfLives(14 * 86400.0, 1800.0)
BOUNDS = Bounds(interests=1000, marks=200, recent=20)
CATEGORY_OF = {product: category for product, category, _ in SEVEN}
TOYS_HOME = ("105", "106", "107")


@pytest.fixture
def seven() -> Catalogue:
    catalogue = Catalogue(RULE)
    catalogue.apply([parse_product(raw) for raw in SEVEN_PRODUCTS], (), NOW)
    return catalogue


def event_of(product: str, kind: str = "view", **values: Any) -> Event:
    return understand_one({"event_type": kind, "product_id": product, "category": CATEGORY_OF.get(product), **values})


def profile_of(*events: Event) -> Profile:
    deltas = (build_delta(event, HALF_LIVES, TAXONOMY) for event in events)
    return reduce(lambda known, delta: merge(known, delta, BOUNDS), deltas, Profile())


def viewed(*products: str) -> Profile:
    """The profile of views of products, oldest first, a second apart."""
    return profile_of(*[event_of(product, timestamp=NOW - len(products) + at) for at, product in enumerate(products)])


def ask(**values: Any) -> Question:
    return Question(**{"limit": 5, **values})


def answer(question: Question, profile: Profile, catalogue: Catalogue, exponent: float) -> Slate:
    """The slate while there is no model."""
    return recommend(Asking(question, profile, ContentVectors(catalogue), None, 0, NOW, exponent))


def parts_of(pick: Pick) -> tuple[float, float]:
    """Popularity and share of interest in an explained score."""
    return pick.parts["popularity"], pick.parts["interest_share"]


def ids(slate: Slate) -> list[str]:
    return [pick.facts.product_id for pick in slate.picks]


def test_the_documents_answer(seven: Catalogue) -> None:
    slate = answer(ask(), viewed(*TOYS_HOME), seven, 0.0)
    assert ids(slate) == ["101", "106", "102", "104", "105"]
    assert [pick.score for pick in slate.picks] == pytest.approx([0.9, 0.8, 0.7, 0.6, 0.5], abs=2e-9)
    assert slate.fallback is None


def test_after_a_view_of_103_it_enters_the_five(seven: Catalogue) -> None:
    slate = answer(ask(), viewed(*TOYS_HOME, "103"), seven, 1.0)
    assert "103" in ids(slate)
    assert len(slate.picks) == 5


def test_the_exponent_is_the_weight_of_interest(seven: Catalogue) -> None:
    profile = profile_of(*[event_of("105") for _ in range(9)], event_of("101"))
    for exponent in (0.0, 0.5, 1.0, 3.0):
        for pick in answer(ask(), profile, seven, exponent).picks[:4]:
            assert pick.score == pytest.approx(parts_of(pick)[0] * parts_of(pick)[1] ** exponent)
    assert ids(answer(ask(), profile, seven, 0.0))[0] == "101"
    assert ids(answer(ask(), profile, seven, 3.0))[0] == "105"


def test_strangers_get_popular_products_across_categories(seven: Catalogue) -> None:
    slate = answer(ask(), Profile(), seven, 1.0)
    assert ids(slate) == ["101", "106", "102", "104", "105"]
    assert slate.fallback == "popular"
    assert {pick.reason.code for pick in slate.picks} == {"popular"}


def test_interests_in_what_the_catalogue_has_not_are_a_strangers(seven: Catalogue) -> None:
    profile = profile_of(event_of("x9", category="Cars"))
    assert answer(ask(), profile, seven, 1.0) == answer(ask(), Profile(), seven, 1.0)


def test_an_answer_that_is_too_short_is_filled_with_popular_products(seven: Catalogue) -> None:
    slate = answer(ask(limit=3), viewed("105"), seven, 1.0)
    assert ids(slate) == ["105", "101", "106"]
    assert [pick.reason.code for pick in slate.picks] == ["category_affinity", "popular", "popular"]
    assert slate.fallback is None


def test_nothing_comes_twice_and_no_more_than_there_is(seven: Catalogue) -> None:
    assert sorted(ids(answer(ask(limit=50), viewed(*TOYS_HOME), seven, 1.0))) == sorted(CATEGORY_OF)


@pytest.mark.parametrize(
    ("values", "gone"),
    [
        ({"exclude": frozenset({"101", "nonsense"})}, {"101"}),
        ({"context": "106"}, {"106"}),
        ({"exclude_seen": True}, {"102", "103", "105"}),
        ({"exclude_purchased": True}, {"102"}),
        ({"exclude_purchased": True, "exclude": frozenset(CATEGORY_OF) - {"107"}}, set(CATEGORY_OF) - {"107"}),
        ({}, set()),
    ],
)
def test_what_is_left_out(seven: Catalogue, values: dict[str, Any], gone: set[str]) -> None:
    events = [event_of("103"), event_of("102", "purchase"), event_of("104", "hide"), event_of("107", "add_to_cart")]
    events += [event_of("107", "purchase", timestamp=NOW - 9), event_of("107", "refund"), event_of("105")]
    seen = {"107"} if values.get("exclude_seen") else set()
    shown = ids(answer(ask(limit=50, **values), profile_of(*events), seven, 1.0))
    assert set(shown) == set(CATEGORY_OF) - gone - seen - {"104"}  # what is hidden is never shown


def test_what_was_hidden_can_be_shown_again(seven: Catalogue) -> None:
    profile = profile_of(event_of("101", "hide", timestamp=NOW - 9), event_of("101", "unhide"))
    assert "101" in ids(answer(ask(), profile, seven, 1.0))


def test_dislike_takes_interest_away(seven: Catalogue) -> None:
    events = [event_of("105", timestamp=NOW - 3), event_of("101", "like", timestamp=NOW - 2)]
    liked, disliked = profile_of(*events), profile_of(*events, event_of("106", "dislike", timestamp=NOW - 1))
    before, after = (
        {
            pick.facts.product_id: pick.parts.get("interest_share", 0.0)
            for pick in answer(ask(), profile, seven, 1.0).picks
        }
        for profile in (liked, disliked)
    )
    assert after["101"] < before["101"]
    assert after["105"] > before["105"]


def shop() -> Catalogue:
    catalogue = Catalogue(RULE)
    products = [
        ("k1", "Home > Kitchen", 0.5), ("k2", "Home > Kitchen", 0.4), ("b1", "Home > Bath", 0.9),
        ("h1", "Homeware", 0.95), ("t1", "Toys", 1.0),
    ]  # fmt: skip
    catalogue.apply(
        [Product(product_id=i, name=i.upper(), categories=(c,), popularity=p) for i, c, p in products], (), NOW
    )
    return catalogue


@pytest.mark.parametrize(
    ("category", "expected"),
    [
        ("Home", ["k1", "k2", "b1"]),
        ("Home > Kitchen", ["k1", "k2"]),
        ("Home > Bath", ["b1"]),
        ("Toys", ["t1"]),
        ("None", []),
    ],
)
def test_a_category_means_everything_below_it(category: str, expected: list[str]) -> None:
    """Interest leads, popularity fills up, and `Homeware` is not below `Home`."""
    profile = profile_of(event_of("k1", category="Home > Kitchen"), event_of("t1", category="Toys"))
    assert ids(answer(ask(category=category), profile, shop(), 1.0)) == expected


def test_the_product_on_the_page_counts_as_just_viewed() -> None:
    slate = answer(ask(context="k1", limit=2), Profile(), shop(), 1.0)
    assert ids(slate) == ["k2", "t1"]
    assert slate.picks[0].reason.because == ("k1",)


def test_reasons_say_which_products_and_which_category() -> None:
    events = (event_of("k2", category="Home > Kitchen", timestamp=NOW - 50), event_of("k1", category="Home > Kitchen"))
    reasons = [pick.reason for pick in answer(ask(limit=4), profile_of(*events), shop(), 1.0).picks]
    assert reasons[0].code == "category_affinity"
    assert reasons[0].text == "Because you are interested in Kitchen"
    assert (reasons[0].category, reasons[0].because) == ("Home > Kitchen", ("k1", "k2"))
    assert (reasons[2].code, reasons[2].text, reasons[2].because) == ("popular", "Popular right now", ())
    popular = answer(ask(category="Home"), Profile(), shop(), 1.0).picks[0].reason
    assert (popular.text, popular.category) == ("Popular in Home", "Home")


def test_an_empty_catalogue_has_an_empty_answer() -> None:
    assert answer(ask(), viewed(*TOYS_HOME), Catalogue(RULE), 1.0) == Slate((), "popular")


@pytest.mark.parametrize("strategy", CHAINS)
def test_every_strategy_has_an_answer_without_a_model(seven: Catalogue, strategy: str) -> None:
    slate = answer(ask(strategy=strategy, limit=50), viewed("105"), seven, 1.0)
    assert sorted(ids(slate)) == sorted(CATEGORY_OF)
    by_interest = strategy not in ("similar", "similar_content", "bought_together", "trending", "new", "popular")
    assert slate.picks[0].sources == (("category_popularity",) if by_interest else ("popular",))
    assert slate.fallback == (None if by_interest or strategy == "popular" else "popular")


def test_what_was_asked_for_is_no_fallback(seven: Catalogue) -> None:
    assert answer(ask(strategy="popular"), Profile(), seven, 1.0).fallback is None
    assert answer(ask(strategy="hybrid"), Profile(), seven, 1.0).fallback == "popular"


def test_new_products_are_followed_by_popular_ones() -> None:
    catalogue = Catalogue(RULE)
    dated = [Product(product_id="old", popularity=0.1, added=NOW - 9.0), Product(product_id="new", added=NOW - 1.0)]
    catalogue.apply([*dated, Product(product_id="undated", popularity=0.9)], (), NOW)
    slate = answer(ask(strategy="new"), Profile(), catalogue, 1.0)
    assert ids(slate) == ["new", "old", "undated"]
    assert [pick.sources for pick in slate.picks] == [("new",), ("new",), ("popular",)]
    assert slate.fallback is None
