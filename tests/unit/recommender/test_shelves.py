"""Lists that are the same for everybody, beside plain sums over the events."""

import random
from pathlib import Path

import pytest

from events.event import Event
from recommender.catalogue import Catalogue
from recommender.product import Product
from recommender.shelves import propose_new, propose_popular, propose_trending
from recommender.slate import Admission, Proposal, Reason
from tests.examples import NOW
from tests.models import DAY, HALF_LIVES, catalogue_of, happened, teach, view_of

SHELVES = ("A", "A > B", "C")


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
