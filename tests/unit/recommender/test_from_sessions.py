"""What other visitors' sessions say, in shops where the right answer is known."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from events.event import Visitor
from recommender.from_sessions import (
    COLUMN_OF,
    ENOUGH_SESSIONS,
    FACTORS,
    Expert,
    Visit,
    propose_hybrid,
    propose_source,
)
from recommender.hybrid import SPEAKS, Ranker
from recommender.product import Product
from recommender.session_tables import visitor_hash
from recommender.slate import Admission, Proposal, Reason
from recommender.versions import load_default
from recommender.visit import number_clicks
from tests.examples import NOW
from tests.models import catalogue_of, sessions_of, teach, view_of

# Twice as many go from the tent to the lamp as to the stove, and nobody from there to the kettle.
CAMPING = [["tent", "lamp"]] * 8 + [["tent", "stove"]] * 4 + [["kettle", "cup"]] * 6
NAMES = ("tent", "lamp", "stove", "kettle", "cup")


def expert_of(folder: Path, sessions: Sequence[Sequence[str]]) -> Expert:
    teach(folder, sessions_of(*sessions))
    view, tuned = view_of(folder), load_default()
    return Expert(view, Ranker(view.tables, tuned.weights), tuned)


@pytest.fixture
def expert(tmp_path: Path) -> Expert:
    return expert_of(tmp_path, CAMPING)


def visit(expert: Expert, *products: str, own: int = 0) -> Visit:
    return Visit([*products], number_clicks(products, expert.view), own, NOW + 3600.0)


def admission(excluded: Sequence[str] = (), names: Sequence[str] = NAMES) -> Admission:
    catalogue = catalogue_of(*[Product(product_id=name, name=name.title()) for name in names])
    return Admission(catalogue, {facts.index for name in excluded if (facts := catalogue.find(name))}, "")


def ids(proposal: Proposal) -> list[str]:
    return [facts.product_id for facts in proposal.products]


@pytest.mark.parametrize("source", [*COLUMN_OF, FACTORS])
def test_every_source_knows_what_goes_with_a_product(expert: Expert, source: str) -> None:
    found = propose_source(expert, visit(expert, "tent"), admission(["tent"]), 5, source)
    assert ids(found)[:2] == ["lamp", "stove"]
    assert found.scores[0] > found.scores[1] > 0.0
    assert {"kettle", "cup"}.isdisjoint(ids(found))
    assert [found.pick(place).sources for place in range(2)] == [(source,)] * 2


def test_scores_of_a_source_are_shares_of_its_best(expert: Expert) -> None:
    found = propose_source(expert, visit(expert, "tent"), admission(), 5, "markov")
    assert ids(found) == ["lamp", "stove"]
    assert found.scores == pytest.approx([1.0, 0.5])


def test_a_source_looks_behind_what_is_left_out(expert: Expert) -> None:
    asked = visit(expert, "tent")
    assert ids(propose_source(expert, asked, admission(["lamp"]), 1, "markov")) == ["stove"]
    assert ids(propose_source(expert, asked, admission(names=["stove"]), 1, "markov")) == ["stove"]


def test_the_hybrid_ranks_what_goes_with_a_product_first(expert: Expert) -> None:
    found = propose_hybrid(expert, visit(expert, "tent"), admission(["tent"]), 5)
    assert ids(found)[:2] == ["lamp", "stove"]
    assert found.scores == sorted(found.scores, reverse=True)
    assert 0.0 < sum(found.scores) <= 1.0 + 1e-6
    assert ids(propose_hybrid(expert, visit(expert, "tent"), admission(["tent"]), 1)) == ["lamp"]


def test_a_pick_of_the_hybrid_names_the_sources_that_speak_for_it(expert: Expert) -> None:
    asked = visit(expert, "tent")
    assert propose_hybrid(expert, asked, admission(["tent"]), 5).pick(0).parts == {}, "nobody asked for them"
    pick = propose_hybrid(expert, asked._replace(explains=True), admission(["tent"]), 5).pick(0)
    assert pick.parts.keys() == COLUMN_OF.keys()
    assert {"session_knn", "co_view", "markov"} <= {*pick.sources}
    assert {*pick.sources} == {source for source, part in pick.parts.items() if part >= SPEAKS}
    assert max(pick.parts.values()) == 1.0


def test_the_hybrid_shows_what_no_session_led_to_without_a_reason_of_theirs(expert: Expert) -> None:
    found = propose_hybrid(expert, visit(expert, "tent"), admission(["tent", "lamp", "stove"]), 5)
    assert {*ids(found)} == {"kettle", "cup"}
    pick = found.pick(0)
    assert (pick.sources, pick.reason) == (("category_top",), Reason("popular", "Popular right now"))


def test_the_hybrid_waits_for_enough_sessions(tmp_path: Path) -> None:
    for count in (ENOUGH_SESSIONS - 1, ENOUGH_SESSIONS):
        expert = expert_of(tmp_path / str(count), [["tent", "lamp"]] * count)
        found = propose_hybrid(expert, visit(expert, "tent"), admission(["tent"]), 5)
        assert ids(found) == (["lamp"] if count == ENOUGH_SESSIONS else [])
        assert ids(propose_hybrid(expert, visit(expert, "tent"), admission(["tent"]), 5, enough=1)) == ["lamp"]
        assert ids(propose_source(expert, visit(expert, "tent"), admission(["tent"]), 5, "co_view")) == ["lamp"]


def test_ones_own_session_is_no_neighbour(tmp_path: Path) -> None:
    expert = expert_of(tmp_path, [["tent", "lamp"]] * ENOUGH_SESSIONS)
    own = visitor_hash(Visitor("user", "v0"))
    assert ids(propose_hybrid(expert, visit(expert, "tent", own=own), admission(), 5)) == []


@pytest.mark.parametrize("products", [(), ("never seen",)])
def test_of_a_visit_that_nobody_knows_nothing_is_said(expert: Expert, products: tuple[str, ...]) -> None:
    asked = visit(expert, *products)
    assert ids(propose_hybrid(expert, asked, admission(), 5)) == []
    assert ids(propose_source(expert, asked, admission(), 5, "co_view")) == []


def test_reasons_name_the_product_that_led_there(expert: Expert) -> None:
    asked = visit(expert, "tent", "kettle")
    found = propose_source(expert, asked, admission(["tent", "kettle"]), 5, "co_visit")
    reasons = {facts.product_id: found.pick(place).reason for place, facts in enumerate(found.products)}
    assert reasons["cup"] == Reason("viewed_together", "Because you viewed Kettle", because=("kettle",))
    assert reasons["lamp"] == Reason("viewed_together", "Because you viewed Tent", because=("tent",))
    after = propose_source(expert, asked, admission(), 5, "markov").pick(0)
    assert after.facts.product_id == "cup"
    assert after.reason == Reason("viewed_next", "Often viewed after Kettle", because=("kettle",))


def test_what_the_visitor_looked_at_before_is_said_to_be(expert: Expert) -> None:
    found = propose_source(expert, visit(expert, "lamp", "tent"), admission(), 5, "markov")
    assert found.pick(0).reason == Reason("viewed_before", "You looked at this before", because=("lamp",))


def test_a_product_without_a_name_is_called_by_its_id(expert: Expert) -> None:
    found = propose_source(expert, visit(expert, "tent"), admission(names=["lamp"]), 5, "markov")
    assert found.pick(0).reason.text == "Often viewed after tent"
