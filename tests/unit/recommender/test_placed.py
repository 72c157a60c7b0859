"""The hybrid where a list stands: just the sessions' where they count alone, a mix elsewhere, changed by outcomes."""

import random
from collections.abc import Mapping
from pathlib import Path

import pytest
from msgspec.structs import replace

from events.event import Event
from learner.model import open_model
from profiles.decay import to_ms
from profiles.profile import Profile
from recommender.content import ContentVectors
from recommender.from_sessions import ENOUGH_SESSIONS, Expert
from recommender.hybrid import Ranker
from recommender.mix import weigh_history
from recommender.outcome_tables import SOURCES
from recommender.placed import Context, propose_placed
from recommender.placements import SHIPPED, Placements
from recommender.product import Product
from recommender.recommend import Asking, recommend
from recommender.recommendation_id import encode_id
from recommender.slate import Pick, Proposal, Question, Reason, Slate, propose_nothing
from recommender.versions import load_default
from tests.examples import NOW
from tests.models import CAPACITY, HALF_LIVES, catalogue_of, happened, sessions_of, view_of

SHELF = {"a": "Lamps", "b": "Lamps", "c": "Lamps", "d": "Mats", "e": "Mats", "f": "Mats"}
CATALOGUE = catalogue_of(
    *[
        Product(product_id=name, categories=(shelf,), popularity=0.9 if name == "d" else 0.2)
        for name, shelf in SHELF.items()
    ]
)
# From a to b as often as to c.
SESSIONS = [["a", "b"], ["a", "c"]] * (ENOUGH_SESSIONS // 2)
# Went for mats before, and is looking at lamps.
ANN = Profile(
    interests={"cMats": 10.0},
    counts={2: 20},
    recent=[(to_ms(NOW), 2, "a")],
    last_seen=to_ms(NOW),
)
EXPLAINED = {"sessions_factor", "interests_factor", "trending_factor", "product_factor"}


def outcomes_of(count: int, source: str, product: str, clicked: bool, placement: str = "home") -> list[Event]:
    """A product shown by itself so many times, in answers of its own."""
    rng, place = random.Random(f"{source} {product}"), [(SOURCES.index(source), product)]
    number, kind = SHIPPED.number_of(placement), "click" if clicked else "impression"
    names = [encode_id(NOW, rng.getrandbits(64), number, place) for _ in range(count)]
    shown = happened("w", product, NOW, weight=1.0 if clicked else 0.0)
    return [replace(shown, type=kind, recommendation_id=name) for name in names]


def expert_of(folder: Path, *events: Event) -> Expert:
    opened = open_model(folder, CAPACITY, HALF_LIVES)
    opened.model.learn([*sessions_of(*SESSIONS, start=NOW - 3600.0), *events])
    opened.model.settle()
    opened.model.close()
    view, tuned = view_of(folder), load_default()
    return Expert(view, Ranker(view.tables, tuned.weights), tuned)


def ask(expert: Expert | None, placement: str, profile: Profile = ANN, **values: object) -> Slate:
    question = Question(**{"limit": 5, "placement": placement, "exclude": frozenset({"a"}), **values})  # type: ignore[arg-type]
    return recommend(Asking(question, profile, ContentVectors(CATALOGUE), expert, 0, NOW, 1.0))


def by_id(slate: Slate) -> dict[str, Pick]:
    return {pick.facts.product_id: pick for pick in slate.picks}


def test_where_sessions_count_alone_it_is_theirs_to_the_last_digit(tmp_path: Path) -> None:
    expert = expert_of(tmp_path)
    for placement in ("", "product", "nowhere"):
        assert ask(expert, placement) == ask(expert, "")
    asked: list[tuple[str, int]] = []
    proposal = propose_nothing()

    def source(name: str, wanted: int) -> Proposal:
        asked.append((name, wanted))
        return proposal

    assert propose_placed(Context("", ANN, expert.view, NOW), source, 7) is proposal
    assert propose_placed(Context("", ANN, None, NOW), source, 7) is proposal
    assert asked == [("sessions", 7)] * 2


def test_at_home_interests_and_what_is_trending_count_too(tmp_path: Path) -> None:
    expert = expert_of(tmp_path)
    slate = ask(expert, "home")
    picks = by_id(slate)
    assert picks["d"].parts["interests"] == pytest.approx(0.3 * weigh_history(ANN))
    assert "category_popularity" in picks["d"].sources
    assert picks["b"].parts["sessions"] <= 1.0 and picks["b"].reason.code == "viewed_together"
    assert slate.picks[0].parts["sessions"] == 1.0
    for pick in slate.picks[:3]:
        assert pick.score == pytest.approx(sum(pick.parts.get(name, 0.0) for name in SHIPPED.weights_of("home")))
    assert not EXPLAINED & {name for pick in slate.picks for name in pick.parts}
    assert {*by_id(ask(expert, ""))} == {*picks}


def test_a_stranger_has_no_interests_that_count(tmp_path: Path) -> None:
    new = Profile(interests=ANN.interests, recent=ANN.recent, last_seen=ANN.last_seen)
    assert all("interests" not in pick.parts for pick in ask(expert_of(tmp_path), "home", new).picks)


def test_without_a_model_what_is_known_of_the_visitor_remains() -> None:
    slate = ask(None, "home")
    assert slate.picks[0].facts.product_id == "d"
    assert (slate.fallback, slate.picks[0].sources) == (None, ("category_popularity",))
    assert ask(None, "home", Profile()).fallback == "popular"


def test_a_source_that_is_not_clicked_loses_weight(tmp_path: Path) -> None:
    shown = [*outcomes_of(300, "interests", "e", False), *outcomes_of(300, "sessions", "f", True)]
    expert = expert_of(tmp_path, *shown)
    picks = by_id(ask(expert, "home"))
    assert picks["d"].parts["interests_factor"] == 0.5
    assert picks["d"].parts["interests"] == pytest.approx(0.5 * 0.3 * weigh_history(ANN))
    assert 1.0 < picks["b"].parts["sessions_factor"] <= 2.0


def test_what_came_of_one_placement_says_nothing_of_another(tmp_path: Path) -> None:
    shown = [*outcomes_of(300, "sessions", "e", False, "cart"), *outcomes_of(300, "popular", "f", True, "cart")]
    factors = by_id(ask(expert_of(tmp_path, *shown), "home"))["b"].parts
    assert factors["sessions_factor"] == 1.0


def test_a_product_that_is_not_clicked_sinks(tmp_path: Path) -> None:
    """In every placement, and it is said."""
    before = [*by_id(ask(expert_of(tmp_path / "before"), ""))]
    best, other = before[:2]
    shown = [*outcomes_of(500, "popular", best, False), *outcomes_of(20, "popular", other, True)]
    expert = expert_of(tmp_path / "after", *shown)
    picks = by_id(ask(expert, ""))
    assert [*picks].index(best) > [*picks].index(other)
    assert picks[best].parts["product_factor"] == 0.5
    assert picks[other].parts["product_factor"] > 1.0


def test_factors_look_further_down_than_the_answer(tmp_path: Path) -> None:
    expert = expert_of(tmp_path, *outcomes_of(30, "popular", "e", True))
    proposal = plain({"b": 0.5, "c": 0.4})
    asked: list[int] = []

    def source(_: str, wanted: int) -> Proposal:
        asked.append(wanted)
        return proposal

    found = propose_placed(Context("", ANN, expert.view, NOW), source, 1)
    assert (asked, [facts.product_id for facts in found.products]) == ([2], ["b"])


def test_weights_of_a_file_are_used() -> None:
    placements = Placements({"": {"sessions": 1.0}, "home": {"trending": 2.0, "buy_again": 1.0}})
    said = {"trending": plain({"b": 5.0, "c": 4.0}), "buy_again": plain({"c": 1.0})}
    found = propose_placed(Context("home", ANN, None, NOW), lambda name, _: said[name], 5, placements)
    assert dict(zip([facts.product_id for facts in found.products], found.scores, strict=True)) == {"c": 2.6, "b": 2.0}


def test_in_a_cart_what_is_bought_with_it_leads(tmp_path: Path) -> None:
    bought = [happened(f"o{n}", product, NOW, weight=10.0) for n in range(3) for product in ("e", "f")]
    orders = [replace(event, type="purchase", order_id=event.visitor.id) for event in bought]
    expert = expert_of(tmp_path, *orders)
    first = ask(expert, "cart", context="e").picks[0]
    assert (first.facts.product_id, first.reason.code) == ("f", "bought_together")
    assert "bought_together" in first.parts


def plain(scores: Mapping[str, float]) -> Proposal:
    products = [facts for name in scores if (facts := CATALOGUE.find(name)) is not None]
    values = [*scores.values()]
    return Proposal(products, values, lambda place: Pick(products[place], values[place], Reason("x", "x"), ("x",)))
