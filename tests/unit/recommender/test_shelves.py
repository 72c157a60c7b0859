"""Lists that are the same for everybody, beside plain sums over the events."""

import random
from functools import reduce
from pathlib import Path

import msgspec
import pytest

from events.event import Event, Visitor
from profiles.delta import HalfLives, build_delta
from profiles.profile import Bounds, Profile, merge
from recommender.catalogue import Catalogue
from recommender.content import ContentVectors
from recommender.from_sessions import Expert
from recommender.hybrid import Ranker
from recommender.model_reader import ModelReader
from recommender.product import Product
from recommender.session_tables import visitor_hash
from recommender.shelves import (
    propose_again,
    propose_bought_together,
    propose_by_content,
    propose_new,
    propose_popular,
    propose_trending,
)
from recommender.slate import Admission, Proposal, Reason
from recommender.versions import load_default
from tests.examples import NOW, TAXONOMY
from tests.models import DAY, HALF_LIVES, catalogue_of, happened, opened, teach, view_of

SHELVES = ("A", "A > B", "C")
LONG_AND_SHORT = HalfLives(14 * DAY, 1800.0)
BOUNDS = Bounds(interests=1000, marks=1000, recent=20)


def shelf_of(number: int) -> str:
    return SHELVES[number % 3]


def product(number: int, **values: object) -> Product:
    return Product(product_id=f"p{number}", categories=(shelf_of(number),), **values)  # type: ignore[arg-type]


def shop(count: int = 15) -> Catalogue:
    return catalogue_of(*[product(n, popularity=(n + 1) / 20, added=NOW - n) for n in range(count)])


def admit(catalogue: Catalogue, category: str = "", *excluded: str) -> Admission:
    found = {facts.index for name in excluded if (facts := catalogue.find(name)) is not None}
    return Admission(catalogue, found, category)


def ids(proposal: Proposal) -> list[str]:
    return [facts.product_id for facts in proposal.products]


def reason_of(proposal: Proposal) -> Reason:
    """The one that all of it has."""
    (reason,) = {proposal.pick(place).reason for place in range(len(proposal.products))}
    return reason


def plain_heats(events: list[Event], now: float) -> dict[str, tuple[float, float]]:
    """Rate and score of every product, by the words of the documentation."""
    found = {}
    for name in {event.product_id for event in events}:
        mine = [event for event in events if event.product_id == name]
        short, long = (
            sum(event.weight * 2.0 ** ((event.timestamp - now) / half_life) for event in mine)
            for half_life in (HALF_LIVES.short, HALF_LIVES.long)
        )
        rate = short / long * HALF_LIVES.long / HALF_LIVES.short
        found[name] = (rate, short * rate)
    return found


def some_events(seed: int, now: float) -> list[Event]:
    rng = random.Random(seed)
    times = sorted(now - rng.choice([0.1, 1.0, 9.0]) * DAY * rng.random() for _ in range(60))
    return [
        happened(f"v{n}", f"p{number}", time, shelf_of(number), weight=rng.uniform(0.5, 4.0))
        for n, time in enumerate(times)
        for number in [int(15 * rng.random() ** 2)]
    ]


@pytest.mark.parametrize("category", ["", "A", "A > B", "C"])
@pytest.mark.parametrize("seed", [1, 2])
def test_trending_is_what_is_wanted_more_than_usual(tmp_path: Path, seed: int, category: str) -> None:
    now = NOW + 3600.0
    events = some_events(seed, NOW)
    teach(tmp_path, events)
    heats = plain_heats(events, now)
    within = {f"p{n}" for n in range(15) if not category or (shelf_of(n) + " > ").startswith(category + " > ")}
    hot = {name: heat for name, heat in heats.items() if heat[0] > 1.0 and name in within}
    expected = sorted(hot, key=lambda name: -hot[name][1])
    assert {name for name, (rate, _) in heats.items() if rate <= 1.0}, "there is one that is not trending"
    found = propose_trending(view_of(tmp_path), admit(shop(), category), 100, now)
    assert ids(found) == expected
    assert found.scores == pytest.approx([hot[name][1] for name in expected])
    rates = [found.pick(place).parts["rate"] for place in range(len(expected))]
    assert rates == pytest.approx([hot[name][0] for name in expected])


def test_what_is_trending_must_be_in_the_catalogue_and_admitted(tmp_path: Path) -> None:
    names = ["p1", "p2", "p3", "unknown"]
    teach(tmp_path, [happened(f"v{n}", name, NOW - n) for n, name in enumerate(names)])
    view, catalogue = view_of(tmp_path), shop()
    assert set(ids(propose_trending(view, admit(catalogue, "", "p2"), 9, NOW))) == {"p1", "p3"}
    assert len(ids(propose_trending(view, admit(catalogue), 2, NOW))) == 2
    assert ids(propose_trending(view, admit(catalogue, "Nobody's"), 9, NOW)) == []


def test_trending_says_where(tmp_path: Path) -> None:
    teach(tmp_path, [happened("v", "p1", NOW, "A > B")])
    view = view_of(tmp_path)
    everywhere, within = (propose_trending(view, admit(shop(), name), 5, NOW) for name in ("", "A > B"))
    assert reason_of(everywhere) == Reason("trending", "Trending now")
    assert reason_of(within) == Reason("trending", "Trending in B", "A > B")
    assert everywhere.pick(0).sources == ("trending",)


def test_an_empty_model_has_no_trend(tmp_path: Path) -> None:
    teach(tmp_path, [])
    assert ids(propose_trending(view_of(tmp_path), admit(shop()), 5, NOW)) == []


def test_popular_products_by_falling_popularity() -> None:
    catalogue = shop()
    assert ids(propose_popular(admit(catalogue, "", "p14"), 3)) == ["p13", "p12", "p11"]
    within = propose_popular(admit(catalogue, "A > B"), 2)
    assert ids(within) == ["p13", "p10"]
    assert within.scores == pytest.approx([0.7, 0.55], abs=1e-8)
    assert reason_of(within) == Reason("popular", "Popular in B", "A > B")
    assert ids(propose_popular(admit(catalogue, "A"), 3)) == ["p13", "p12", "p10"]
    assert ids(propose_popular(admit(catalogue, "Nobody's"), 3)) == []
    assert ids(propose_popular(admit(catalogue_of()), 3)) == []


def test_new_products_by_falling_date() -> None:
    catalogue = shop()
    found = propose_new(admit(catalogue, "", "p0"), 3)
    assert (ids(found), found.scores) == (["p1", "p2", "p3"], [NOW - 1, NOW - 2, NOW - 3])
    assert reason_of(found) == Reason("new_arrival", "New in the shop")
    assert ids(propose_new(admit(catalogue, "A > B"), 2)) == ["p1", "p4"]
    assert reason_of(propose_new(admit(catalogue, "C"), 2)) == Reason("new_arrival", "New in C", "C")
    assert ids(propose_new(admit(catalogue_of(product(1))), 3)) == []


def buys(visitor: str, *names: str, order: str = "o", time: float = NOW) -> list[Event]:
    """One order of a user."""
    return [
        msgspec.structs.replace(happened(visitor, name, time + n), type="purchase", order_id=order)
        for n, name in enumerate(names)
    ]


# Two of three who bought p1 took p2 with it; views say otherwise.
ORDERS = [
    *buys("ann", "p1", "p2"),
    *buys("bob", "p1", "p2", "p3"),
    *buys("cat", "p4", "p5"),
    *[happened(f"v{n}", name) for n in range(9) for name in ("p1", "p9")],
]


def expert_of(folder: Path, events: list[Event]) -> Expert:
    teach(folder, events)
    view, tuned = view_of(folder), load_default()
    return Expert(view, Ranker(view.tables, tuned.weights), tuned)


def test_what_others_bought_with_a_product(tmp_path: Path) -> None:
    expert = expert_of(tmp_path, ORDERS)
    found = propose_bought_together(expert, ["p1"], 0, admit(shop()), 5)
    assert ids(found) == ["p2", "p3"]
    assert found.scores[0] == 1.0 > found.scores[1] > 0.0
    assert reason_of(found) == Reason("bought_together", "Often bought with p1", because=("p1",))
    assert found.pick(0).sources == ("bought_together",)
    cart = propose_bought_together(expert, ["p2", "p1", "unknown"], 0, admit(shop()), 5)
    assert ids(cart) == ["p3"]
    assert reason_of(cart).because == ("p2", "p1", "unknown")


def test_the_reason_has_the_name_of_the_product(tmp_path: Path) -> None:
    catalogue = catalogue_of(Product(product_id="p1", name="Tent"), Product(product_id="p2"))
    found = propose_bought_together(expert_of(tmp_path, ORDERS), ["p1"], 0, admit(catalogue), 5)
    assert (ids(found), reason_of(found).text) == (["p2"], "Often bought with Tent")


def test_what_one_bought_oneself_says_nothing_of_what_goes_together(tmp_path: Path) -> None:
    expert, bob = expert_of(tmp_path, ORDERS), visitor_hash(Visitor("user", "bob"))
    assert ids(propose_bought_together(expert, ["p1"], bob, admit(shop()), 5)) == ["p2"]
    assert ids(propose_bought_together(expert, ["p9"], 0, admit(shop()), 5)) == []
    assert ids(propose_bought_together(expert, ["unknown"], 0, admit(shop()), 5)) == []


def test_sources_look_behind_what_may_not_be_shown(tmp_path: Path) -> None:
    """However many of the best are not in the catalogue, sold out or of another category."""
    names = [f"p{n}" for n in range(12)]
    orders = [event for n in range(12, 0, -1) for event in buys(f"v{n}", "anchor", *names[:n])]
    expert, profile = expert_of(tmp_path, orders), buyer_of(*orders)
    last = catalogue_of(Product(product_id="p10", available=False), product(11))
    assert ids(propose_bought_together(expert, ["anchor"], 0, admit(last), 1)) == ["p11"]
    assert ids(propose_bought_together(expert, ["anchor"], 0, admit(shop(), "C"), 2)) == ["p2", "p5"]
    assert ids(propose_again(profile, admit(last), 1)) == ["p11"]
    assert ids(propose_again(profile, admit(shop(), "C"), 2)) == ["p2", "p5"]
    alike = [Product(product_id=name, name="Lamp", price=5.0, categories=("A",)) for name in ("anchor", *names)]
    sold_out = [msgspec.structs.replace(one, available=False) for one in alike[1:-1]]
    vectors = ContentVectors(catalogue_of(alike[0], *sold_out, alike[-1]))
    assert ids(propose_by_content(vectors, "anchor", admit(vectors.catalogue), 1, NOW)) == ["p11"]


def buyer_of(*events: Event) -> Profile:
    """The profile of one who did all this."""
    deltas = [build_delta(event, LONG_AND_SHORT, TAXONOMY) for event in events]
    return reduce(lambda known, delta: merge(known, delta, BOUNDS), deltas, Profile())


def test_what_the_visitor_bought_most_comes_first() -> None:
    profile = buyer_of(*buys("ann", "p3"), *buys("ann", "p3", "p7", order="q"), *buys("ann", "unknown", order="r"))
    found = propose_again(profile, admit(shop()), 5)
    assert ids(found) == ["p3", "p7"]
    assert found.scores == pytest.approx([1.0, 0.5], rel=1e-3)
    assert reason_of(found) == Reason("buy_again", "You bought this before")
    assert ids(propose_again(profile, admit(shop(), "", "p3"), 1)) == ["p7"]
    assert ids(propose_again(Profile(), admit(shop()), 5)) == []


def test_what_is_like_a_product_by_what_is_known_of_it() -> None:
    lamp: dict[str, object] = {"name": "Desk lamp", "price": 5.0, "brand": "Lux"}
    near = [Product(product_id=name, categories=("A",), **lamp) for name in ("anchor", "twin")]  # type: ignore[arg-type]
    other = Product(product_id="other", categories=("A",), name="Kettle", price=90.0, brand="Brew")
    vectors = ContentVectors(catalogue_of(*near, other, Product(product_id="far", categories=("Z",))))
    found = propose_by_content(vectors, "anchor", admit(vectors.catalogue), 5, NOW)
    assert ids(found)[0] == "twin" and {"anchor", "far"}.isdisjoint(ids(found))
    assert found.scores == sorted(found.scores, reverse=True) and found.scores[0] > 0.0
    assert reason_of(found) == Reason("similar", "Similar to Desk lamp", because=("anchor",))
    assert found.pick(0).sources == ("similar_content",)
    assert ids(propose_by_content(vectors, "nowhere", admit(vectors.catalogue), 5, NOW)) == []


def test_a_category_that_only_larger_tables_have_has_no_trend_yet(tmp_path: Path) -> None:
    """A question goes on with the tables that it began with, while names go on in larger ones."""
    model, reader = opened(tmp_path).model, ModelReader(tmp_path)
    reader.follow()
    before = reader.view
    model.learn([happened(f"v{n}", f"p{n}", NOW, f"Shelf {n}") for n in range(60)])
    assert reader.follow()
    model.close()
    assert before is not None and reader.view is not None
    assert before.categories.find("Shelf 59") >= len(before.tables.popularity.category_hot)
    catalogue = catalogue_of(Product(product_id="p59", categories=("Shelf 59",)))
    assert ids(propose_trending(before, admit(catalogue, "Shelf 59"), 5, NOW)) == []
    assert ids(propose_trending(reader.view, admit(catalogue, "Shelf 59"), 5, NOW)) == ["p59"]
