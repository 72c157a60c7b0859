"""What comes of recommendations changes recommendations, with web workers and learner as real processes."""

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest

from recommender.from_sessions import ENOUGH_SESSIONS
from recommender.model_reader import ModelReader
from recommender.popularity_tables import CLICKS
from tests.processes import wait_until
from tests.servers import RunningService
from tests.shops import open_shop, recommend, recommended, track, wait_for_workers

PRODUCTS = [
    {"product_id": f"{shelf[0].lower()}{n}", "category": shelf, "popularity": (n + 1) / 100}
    for shelf in ("Tents", "Lamps", "Mats")
    for n in range(6)
]
VISITORS = count()
SOON_SECONDS = 10.0
Answer = dict[str, Any]


@pytest.fixture
def shop(start_service: Callable[..., RunningService]) -> Iterator[RunningService]:
    """Visitors went from tent t0 to the lamps l0 and l1, to both alike."""
    opened = open_shop(start_service, PRODUCTS)
    service = next(opened)
    for _ in range(ENOUGH_SESSIONS):
        visit(service.url, "t0", "l0")
        visit(service.url, "t0", "l1")
    wait_for_workers(service.url)
    wait_until(lambda: always(lambda: {*after_t0(service.url)[:2]} == {"l0", "l1"}))
    yield service
    next(opened, None)


def always(ask: Callable[[], bool]) -> bool:
    """Whether something is so, whichever worker answers."""
    return all(ask() for _ in range(40))


def visit(url: str, *products: str) -> None:
    """A new visitor who views these products."""
    user = f"outcomes-{next(VISITORS)}"
    track(url, [{"user_id": user, "event_type": "view", "product_id": product} for product in products])


def after_t0(url: str) -> list[str]:
    """What is recommended to somebody who looks at the tent."""
    return recommended(url, session_data=["t0"], exclude=["t0"], limit=6)


def tell(url: str, kind: str, answers: list[Answer], wanted: Callable[[Answer], bool]) -> None:
    """Send events of one kind about the products of answers that are `wanted`, by a visitor for each answer."""
    events = [
        {"event_type": kind, "user_id": f"teller-{next(VISITORS)}", "product_id": pick["product_id"]}
        | {"recommendation_id": answer["recommendation_id"], "position": pick["rank"]}
        for answer in answers
        for pick in answer["recommendations"]
        if wanted(pick)
    ]
    for start in range(0, len(events), 100):
        track(url, events[start : start + 100])


def parts_at_home(url: str, user: str) -> dict[str, float]:
    """All parts of the scores of somebody's answer at home, by name."""
    answer = recommend(url, user_id=user, placement="home", limit=10, explain=True)
    return {name: part for pick in answer["recommendations"] for name, part in pick["explanation"].items()}


def test_a_source_that_is_clicked_gains_against_one_that_is_not(shop: RunningService) -> None:
    """A visitor who likes mats looks at a tent: at home, interests speak for mats and sessions for lamps."""
    url, user = shop.url, "outcomes-ann"
    mats = [{"event_type": "add_to_cart", "product_id": f"m{n}"} for n in range(5)] * 4
    track(url, [{"user_id": user, **event} for event in [*mats, {"event_type": "view", "product_id": "t0"}]])
    before = parts_at_home(url, user)
    assert "sessions" in before and "interests" in before
    assert not {"sessions_factor", "interests_factor"} & before.keys()

    def by_interest(pick: Answer) -> bool:
        return bool(pick["sources"][0] == "category_popularity")

    answers = [recommend(url, user_id=user, placement="home", limit=10) for _ in range(80)]
    spoken = [by_interest(pick) for pick in answers[0]["recommendations"]]
    assert 0 < sum(spoken) < len(spoken)
    tell(url, "impression", answers, lambda _: True)
    tell(url, "click", answers, by_interest)
    wait_until(lambda: always(lambda: parts_at_home(url, user).get("sessions_factor", 1.0) < 0.8), SOON_SECONDS)
    after = parts_at_home(url, user)
    assert after["interests_factor"] > 1.1
    # Of the cart, where nothing was shown, nothing is known.
    cart = recommend(url, user_id=user, placement="cart", session_data=["t0"], explain=True)["recommendations"]
    assert {pick["explanation"].get("sessions_factor", 1.0) for pick in cart} == {1.0}


def test_a_product_that_is_shown_in_vain_sinks_below_one_that_is_clicked(shop: RunningService) -> None:
    url = shop.url
    first, second = after_t0(url)[:2]
    answers = [recommend(url, session_data=["t0"], exclude=["t0"], limit=2) for _ in range(500)]
    assert {pick["product_id"] for answer in answers for pick in answer["recommendations"]} == {first, second}
    tell(url, "impression", answers, lambda _: True)
    tell(url, "click", answers[:25], lambda pick: bool(pick["product_id"] == second))
    wait_until(lambda: always(lambda: after_t0(url)[:2] == [second, first]), SOON_SECONDS)
    picks = recommend(url, session_data=["t0"], exclude=["t0"], limit=6, explain=True)["recommendations"]
    factors = {pick["product_id"]: pick["explanation"]["product_factor"] for pick in picks if pick["rank"] <= 2}
    assert factors[first] == 0.5 < 1.0 < factors[second]


def test_events_that_name_no_place_of_an_answer_change_nothing(shop: RunningService) -> None:
    """The id of an answer of before, one of somebody else's, and one of an answer that had other products."""
    other = recommend(shop.url, limit=2, exclude=["m0"])["recommendation_id"]
    names = ["rec_1a1fe8cf336cc30aaba7f64c8a5", "somebody-elses", other]
    about = {"user_id": "outcomes-bob", "product_id": "m0"}
    events = [{"event_type": "click", **about, "recommendation_id": name} for name in names]
    assert track(shop.url, events)["accepted"] == 3
    wait_until(lambda: clicks_of(shop, "m0") == 3)
    picks = recommend(shop.url, session_data=["t0"], explain=True)["recommendations"]
    assert not any("product_factor" in pick["explanation"] for pick in picks)


def clicks_of(service: RunningService, product: str) -> int:
    """How often the model has seen a product clicked."""
    reader = ModelReader(service.folder / "model" / service.settings.key_prefix)
    assert reader.follow() and reader.view is not None
    number = reader.view.products.find(product)
    return int(reader.view.tables.popularity.counts[number, CLICKS]) if number >= 0 else 0
