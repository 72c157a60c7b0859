"""The taxonomy's data, the names it understands, and how much one event weighs."""

import math

import pytest

from events.taxonomy import UNMEASURED, EventType, Measures, load_taxonomy, parse_weights, squash, weigh
from profiles.profile import MARKS
from tests.examples import TAXONOMY

ISSUED = {
    *("view", "click", "hover", "scroll", "dwell", "search", "filter", "form_submit", "view_category", "add_to_cart"),
    *("remove_from_cart", "add_to_wishlist", "remove_from_wishlist", "purchase", "refund", "rating", "like", "dislike"),
    *("hide", "share", "impression", "identify", "alias"),
}


# Their places are their codes in stored profiles: append, never reorder.
CODED = (
    "impression click view hover scroll dwell search filter form_submit view_category share add_to_wishlist "
    "remove_from_wishlist add_to_cart remove_from_cart view_cart begin_checkout purchase refund rating like dislike "
    "hide unhide promotion_view promotion_click page identify alias"
).split()


def row_of(name: str) -> EventType:
    row = TAXONOMY.find(name)
    assert row is not None, name
    return row


def test_the_promised_types_are_there() -> None:
    assert {row.type for row in TAXONOMY.types} >= ISSUED


def test_codes_in_stored_profiles_never_change() -> None:
    assert [row.type for row in sorted(TAXONOMY.types, key=lambda row: row.code or 0)][: len(CODED)] == CODED
    assert [TAXONOMY.code_of(name) for name in CODED] == list(range(len(CODED)))


@pytest.mark.parametrize("name", ["view", "impression", "quiz", "2", "v"])
def test_codes_are_read_back(name: str) -> None:
    assert TAXONOMY.name_of(TAXONOMY.code_of(name)) == name


def test_no_name_means_two_types() -> None:
    owners: dict[str, str] = {}
    for row in TAXONOMY.types:
        for name in (row.type, *row.aliases):
            assert owners.setdefault(squash(name), row.type) == row.type, name


def test_marks_and_measures_are_ones_that_profiles_know() -> None:
    assert {mark for row in TAXONOMY.types for mark in row.marks} <= MARKS.keys()
    assert {row.type for row in TAXONOMY.types if row.engagement} == {"hover", "scroll", "dwell", "rating"}


def test_weights_have_the_order_that_is_agreed_on() -> None:
    names = ("dislike", "remove_from_cart", "impression", "click", "view", "add_to_wishlist", "add_to_cart", "purchase")
    weights = [row_of(name).weight for name in names]
    assert weights == sorted(weights)
    assert row_of("refund").weight == -row_of("purchase").weight


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("view", "view"), ("VIEW", "view"), ("Product Viewed", "view"), ("product_viewed", "view"),
        ("productViewed", "view"), ("view_item", "view"), ("detail-page-view", "view"), ("ViewContent", "view"),
        ("read", "view"), ("select_item", "click"), ("Product Added", "add_to_cart"), ("AddToCart", "add_to_cart"),
        ("addToCart", "add_to_cart"), ("add-to-cart", "add_to_cart"), ("Order Completed", "purchase"),
        ("Completed Order", "purchase"), ("purchase-complete", "purchase"), ("checkout_completed", "purchase"),
        ("transaction", "purchase"), ("Order Refunded", "refund"), ("user_engagement", "dwell"),
        ("page_ping", "dwell"), ("SetViewPortion", "scroll"), ("Products Searched", "search"),
        ("category-page-view", "view_category"), ("collection_viewed", "view_category"), ("rate", "rating"),
        ("Product Reviewed", "rating"), ("thumbs_down", "dislike"), ("not_interested", "hide"),
        ("Product Added to Wishlist", "add_to_wishlist"), ("bookmark", "add_to_wishlist"),
        ("Product List Viewed", "impression"), ("merge", "alias"), ("screen", "page"),
    ],
)  # fmt: skip
def test_names_in_use_elsewhere(name: str, expected: str) -> None:
    assert row_of(name).type == expected


@pytest.mark.parametrize("name", ["quiz_completed", "views", "", "!!!", "просмотр"])
def test_other_names_are_custom(name: str) -> None:
    assert TAXONOMY.find(name) is None


def test_weights_can_be_replaced_under_any_name_and_added() -> None:
    taxonomy = load_taxonomy({"view": 2.0, "addToCart": 7.0, "quiz_completed": 0.5, "просмотр": 3.0})
    for name, weight in (("Product Viewed", 2.0), ("add_to_cart", 7.0), ("Quiz Completed", 0.5), ("просмотр", 3.0)):
        row = taxonomy.find(name)
        assert row is not None
        assert row.weight == weight
    added = taxonomy.find("add_to_cart")
    assert added is not None and added.marks == {"cart": 1}  # only its weight has changed
    assert taxonomy.find("покупка") is None


def test_weights_are_read_from_a_setting() -> None:
    assert parse_weights(" view=1, quiz = 0.5 ,hide=-2,") == {"view": 1.0, "quiz": 0.5, "hide": -2.0}
    assert parse_weights("") == {}


@pytest.mark.parametrize("text", ["view", "view=", "view=much", "=1", "view=nan", "view=inf"])
def test_weights_that_cannot_be_read(text: str) -> None:
    with pytest.raises(ValueError):
        parse_weights(text)


@pytest.mark.parametrize(
    ("name", "measures", "expected"),
    [
        ("view", Measures(quantity=9, duration_ms=1, portion=0.1, rating=-1), 1.0),
        ("dwell", Measures(duration_ms=30_000), 0.5),
        ("dwell", Measures(duration_ms=3_600_000), 1.0),
        ("dwell", Measures(portion=0.25), 0.25),
        ("dwell", Measures(duration_ms=30_000, portion=0.25), 0.5),
        ("dwell", Measures(), UNMEASURED),
        ("hover", Measures(duration_ms=1500), 0.05),
        ("scroll", Measures(portion=0.5), 0.25),
        ("scroll", Measures(portion=0.5, duration_ms=60_000), 0.25),
        ("scroll", Measures(duration_ms=60_000), 0.5),
        ("rating", Measures(rating=1.0), 4.0),
        ("rating", Measures(rating=-0.5), -2.0),
        ("rating", Measures(), 0.0),
        ("purchase", Measures(), 5.0),
        ("purchase", Measures(quantity=2), 5.0 * math.sqrt(2)),
        ("purchase", Measures(quantity=100), 10.0),
        ("purchase", Measures(quantity=0), 5.0),
        ("refund", Measures(quantity=4), -10.0),
        ("search", Measures(), 0.0),
    ],
)
def test_weight_of_an_event(name: str, measures: Measures, expected: float) -> None:
    assert weigh(row_of(name), measures) == pytest.approx(expected, rel=1e-12)
