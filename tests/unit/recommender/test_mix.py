"""Several sources as one."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.profile import Profile
from recommender.catalogue import Facts
from recommender.mix import Part, mix, reweigh, weigh_history
from recommender.product import Product
from recommender.slate import Pick, Proposal, Reason, propose_nothing
from tests.models import catalogue_of

NAMES = tuple("abcdefgh")
CATALOGUE = catalogue_of(*[Product(product_id=name) for name in NAMES])
SCORES = st.dictionaries(st.sampled_from(NAMES), st.floats(0, 1e6), max_size=8)


def facts_of(product: str) -> Facts:
    facts = CATALOGUE.find(product)
    assert facts is not None
    return facts


def says(source: str, scores: Mapping[str, float]) -> Proposal:
    """A source with these scores, best first."""
    order = sorted(scores, key=lambda name: -scores[name])
    products, sorted_scores = [facts_of(name) for name in order], [scores[name] for name in order]

    def pick(place: int) -> Pick:
        reason = Reason(source, f"{source} says so")
        return Pick(products[place], sorted_scores[place], reason, (source,), {f"{source}_part": 1.0})

    return Proposal(products, sorted_scores, pick)


def read(proposal: Proposal) -> dict[str, float]:
    return {facts.product_id: score for facts, score in zip(proposal.products, proposal.scores, strict=True)}


def test_scores_are_weighted_sums_of_shares_of_the_best() -> None:
    parts = [Part("one", 1.0, says("one", {"a": 4.0, "b": 3.0})), Part("two", 0.5, says("two", {"b": 10.0, "c": 2.0}))]
    proposal = mix(parts, 10)
    assert [*read(proposal)] == ["b", "a", "c"]
    assert read(proposal) == pytest.approx({"b": 1.25, "a": 1.0, "c": 0.1})
    assert [*read(mix(parts, 2))] == ["b", "a"]


def test_the_reason_is_that_of_the_source_that_says_most() -> None:
    parts = [Part("one", 1.0, says("one", {"a": 4.0, "b": 1.0})), Part("two", 0.5, says("two", {"b": 10.0}))]
    first, second = (mix(parts, 2).pick(place) for place in range(2))
    assert (first.facts.product_id, first.reason.code, first.sources) == ("a", "one", ("one",))
    assert (second.facts.product_id, second.reason.code, second.sources) == ("b", "two", ("two", "one"))
    assert second.parts == {"two_part": 1.0, "two": 0.5, "one": 0.25}
    assert second.score == 0.75


def test_factors_multiply_weights_and_are_told() -> None:
    parts = [Part("one", 1.0, says("one", {"a": 4.0}), 0.5), Part("two", 0.5, says("two", {"b": 10.0}), 1.5)]
    proposal = mix(parts, 2)
    assert read(proposal) == {"b": 0.75, "a": 0.5}
    assert proposal.pick(0).parts == {"two_part": 1.0, "two": 0.75, "two_factor": 1.5}


@pytest.mark.parametrize(
    "silent",
    [
        Part("two", 1.0, propose_nothing()),
        Part("two", 1.0, says("two", {"a": 0.0, "c": 0.0})),
        Part("two", 0.0, says("two", {"a": 3.0, "c": 2.0})),
    ],
)
def test_who_abstains_counts_nothing(silent: Part) -> None:
    spoken = Part("one", 1.0, says("one", {"a": 4.0, "b": 1.0}))
    for parts in ([spoken, silent], [silent, spoken]):
        assert read(mix(parts, 5)) == {"a": 1.0, "b": 0.25}
    assert mix([silent], 5).products == []
    assert mix([], 5).products == []


@given(SCORES, SCORES, st.floats(0.01, 100), st.floats(0.01, 100), st.floats(1e-3, 1e3))
def test_properties(one: dict[str, float], two: dict[str, float], weight: float, other: float, scale: float) -> None:
    """Sorted; nothing invented or lost; the scale of a source's scores does not matter, nor the order of the parts."""
    mixed = mix([Part("one", weight, says("one", one)), Part("two", other, says("two", two))], 20)
    assert mixed.scores == sorted(mixed.scores, reverse=True)
    heard = [scores for scores in (one, two) if max(scores.values(), default=0.0) > 0.0]
    assert set(read(mixed)) == {name for scores in heard for name in scores}
    larger = {name: score * scale for name, score in one.items()}
    again = mix([Part("two", other, says("two", two)), Part("one", weight, says("one", larger))], 20)
    assert read(again) == pytest.approx(read(mixed), rel=1e-9)
    for place, score in enumerate(mixed.scores):
        picked = mixed.pick(place)
        added = [picked.parts[source] for source in ("one", "two") if source in picked.parts]
        assert picked.score == score == pytest.approx(sum(added))
        assert picked.parts[picked.sources[0]] == max(added)


def test_factors_of_products_change_the_order() -> None:
    proposal = reweigh(says("one", {"a": 4.0, "b": 3.0, "c": 2.0}), [0.5, 1.0, 1.4], 2)
    assert read(proposal) == {"b": 3.0, "c": 2.0 * 1.4}
    assert proposal.pick(0).parts == {"one_part": 1.0, "product_factor": 1.0}
    assert (proposal.pick(1).score, proposal.pick(1).reason.code) == (2.0 * 1.4, "one")


@given(SCORES, st.integers(1, 8))
def test_factors_of_one_change_nothing(scores: dict[str, float], limit: int) -> None:
    proposal = says("one", scores)
    same = reweigh(proposal, [1.0] * len(scores), limit)
    assert (same.products, same.scores) == (proposal.products[:limit], proposal.scores[:limit])


def test_interests_count_with_the_history() -> None:
    histories: list[dict[int | str, int]] = [{}, {2: 20}, {2: 50, "x": 30}]
    assert [weigh_history(Profile(counts=counts)) for counts in histories] == [0.0, 0.5, 0.8]
