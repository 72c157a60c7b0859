"""Which source answers first when there is a model, and which fills up."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from events.event import Event
from profiles.profile import Profile
from recommender.content import ContentVectors
from recommender.from_sessions import COLUMN_OF, ENOUGH_SESSIONS, Expert
from recommender.hybrid import Ranker
from recommender.product import Product
from recommender.recommend import Asking, recommend
from recommender.slate import Question, Slate
from recommender.versions import load_default
from tests.examples import NOW
from tests.models import catalogue_of, sessions_of, teach, view_of

SHELF = {"tent": "Camping", "lamp": "Camping", "stove": "Camping", "kettle": "Home", "cup": "Home", "rug": "Home"}
CAMPING = [["tent", "lamp"]] * ENOUGH_SESSIONS + [["kettle", "cup"]] * 3
SEEN = Profile(recent=[(10**9, 1, "tent")])


def bought(event: Event) -> Event:
    return msgspec.structs.replace(event, event_id=f"bought {event.event_id}", type="purchase")


@pytest.fixture
def expert(tmp_path: Path) -> Expert:
    orders = sessions_of(*[["stove", "cup"]] * 4, start=NOW + 86400.0)
    teach(tmp_path, [*sessions_of(*CAMPING), *map(bought, orders)])
    view, tuned = view_of(tmp_path), load_default()
    return Expert(view, Ranker(view.tables, tuned.weights), tuned)


def answer(expert: Expert | None, profile: Profile = SEEN, **values: Any) -> Slate:
    products = [Product(product_id=name, categories=(shelf,), popularity=0.1) for name, shelf in SHELF.items()]
    vectors = ContentVectors(catalogue_of(*products), 64)
    question = Question(**{"limit": 6, **values})
    return recommend(Asking(question, profile, vectors, expert, 0, NOW + 2 * 86400.0, 1.0))


def first(slate: Slate) -> tuple[str, str]:
    """The best product, and its strongest source."""
    return slate.picks[0].facts.product_id, slate.picks[0].sources[0]


@pytest.mark.parametrize("strategy", COLUMN_OF)
def test_a_single_source_is_asked_before_interests(expert: Expert, strategy: str) -> None:
    slate = answer(expert, strategy=strategy, exclude=frozenset({"tent"}))
    assert first(slate) == ("lamp", strategy)
    assert len({pick.facts.product_id for pick in slate.picks}) == len(SHELF) - 1
    assert slate.picks[-1].sources != (strategy,)
    assert slate.fallback is None


def test_the_hybrid_is_the_default(expert: Expert) -> None:
    slate = answer(expert, exclude=frozenset({"tent"}), explain=True)
    assert first(slate)[0] == "lamp"
    assert slate == answer(expert, exclude=frozenset({"tent"}), strategy="hybrid", explain=True)
    assert slate.picks[0].parts.keys() == COLUMN_OF.keys()


def test_a_visitor_whom_no_session_is_like_is_known_by_interests(expert: Expert) -> None:
    slate = answer(expert, Profile(recent=[(10**9, 1, "rug")]))
    assert slate.picks[0].sources == ("category_popularity",)
    assert slate == answer(None, Profile(recent=[(10**9, 1, "rug")]))


def test_similar_is_about_the_product_and_not_about_who_asks(expert: Expert) -> None:
    slate = answer(expert, strategy="similar", context="kettle")
    assert first(slate)[0] == "cup"  # fewer sessions than the hybrid would ask for
    assert "kettle" not in {pick.facts.product_id for pick in slate.picks}
    assert slate == answer(expert, Profile(), strategy="similar", context="kettle")


def test_a_product_that_nobody_met_is_like_others_by_content(expert: Expert) -> None:
    slate = answer(expert, strategy="similar", context="rug", limit=2)
    assert {pick.facts.product_id for pick in slate.picks} == {"kettle", "cup"}
    assert {pick.sources for pick in slate.picks} == {("similar_content",)}
    assert slate.picks[0].reason.because == ("rug",)


def test_what_is_bought_together(expert: Expert) -> None:
    slate = answer(expert, strategy="bought_together", context="stove")
    assert first(slate) == ("cup", "bought_together")
    assert slate.picks[0].reason.because == ("stove",)
    in_cart = Profile(marks={"kstove": (1, 1.0)})
    assert first(answer(expert, in_cart, strategy="bought_together", exclude=frozenset({"stove"})))[0] == "cup"


def test_diversity_brings_another_category_forward(expert: Expert) -> None:
    profile = Profile(recent=[(10**9, 1, "tent")], session={"cCamping": 1.0, "cHome": 0.0})
    plain, mixed = (
        [SHELF[pick.facts.product_id] for pick in answer(None, profile, limit=2, diversity=dial).picks]
        for dial in (0.0, 1.0)
    )
    assert plain == ["Camping", "Camping"]
    assert {*mixed} == {"Camping", "Home"}
