"""Similar by content: candidates without a scan, vectors that are kept, and the score."""

import threading
from typing import Any

import numpy as np
import pytest

from recommender import content as module
from recommender.catalogue import Catalogue, Facts, PopularityRule
from recommender.content import (
    HALF_LIFE_SECONDS,
    OLD,
    POPULAR,
    UNPOPULAR,
    ContentVectors,
    find_candidates,
    score_candidates,
    similar_by_content,
)
from recommender.content_features import make_vectors
from recommender.newest import NEWEST
from recommender.product import Product, parse_product
from recommender.sample import NEWEST_ADDED, generate_products
from tests.examples import NOW

RULE = PopularityRule(half_life=7 * 86400.0, gain=1.0, midpoint=50.0)


def catalogue_of(*products: Product) -> Catalogue:
    catalogue = Catalogue(RULE)
    catalogue.apply(products, (), NOW)
    return catalogue


def product(number: int, category: str = "A", **values: Any) -> Product:
    return Product(product_id=f"p{number}", categories=(category,), **values)


def anchor_of(catalogue: Catalogue, product_id: str) -> Facts:
    facts = catalogue.find(product_id)
    assert facts is not None
    return facts


def ids(catalogue: Catalogue, indices: Any) -> list[str]:
    return [catalogue.facts[index].product_id for index in indices.tolist()]


@pytest.fixture(scope="module")
def sample() -> Catalogue:
    return catalogue_of(*(parse_product(raw) for raw in generate_products(count=1200)))


def test_candidates_are_the_heads_of_the_most_specific_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "POPULAR", 4)
    leaf = [product(n, "A > B", popularity=n / 100) for n in range(3)]
    above = [product(n, "A", popularity=n / 100, added=NOW + n) for n in range(3, 9)]
    catalogue = catalogue_of(*leaf, *above, product(9, "C", popularity=1.0))
    monkeypatch.setattr(module, "NEWEST", 0)
    anchor = anchor_of(catalogue, "p2")
    assert ids(catalogue, find_candidates(catalogue, anchor)) == ["p1", "p0", "p8", "p7"]
    monkeypatch.setattr(module, "NEWEST", 5)
    assert sorted(ids(catalogue, find_candidates(catalogue, anchor))) == ["p0", "p1", "p4", "p5", "p6", "p7", "p8"]


def test_candidates_are_bounded_and_without_the_anchor(sample: Catalogue) -> None:
    for facts in sample.facts[::37]:
        candidates = find_candidates(sample, facts)
        assert 0 < len(candidates) <= POPULAR + NEWEST
        assert len(set(candidates.tolist())) == len(candidates)
        assert facts.index not in candidates


def test_the_score_is_similarity_times_recency_times_engagement() -> None:
    same: dict[str, Any] = {"name": "Lamp", "price": 5.0}
    catalogue = catalogue_of(
        product(0, **same),
        product(1, added=NOW - HALF_LIFE_SECONDS, popularity=0.5, **same),
        product(2, popularity=1.0, **same),
        product(3, added=NOW + 1e6, **same),
    )
    scores = score_candidates(ContentVectors(catalogue), anchor_of(catalogue, "p0"), np.array([1, 2, 3], np.int32), NOW)
    expected = [(OLD + (1 - OLD) / 2) * (UNPOPULAR + (1 - UNPOPULAR) / 2), OLD, UNPOPULAR]
    assert scores.tolist() == pytest.approx(expected, abs=1e-5)
    assert score_candidates(ContentVectors(catalogue), catalogue.facts[0], np.zeros(0, np.int32), NOW).tolist() == []


def test_the_best_come_first_and_what_is_not_alike_not_at_all() -> None:
    catalogue = catalogue_of(
        product(0, name="Brass Desk Lamp", brand="Acme"),
        product(1, name="Wool Rug"),
        product(2, name="Brass Desk Lamp", brand="Acme"),
        product(3, name="Brass Lamp"),
        Product(product_id="bare"),
    )
    indices, scores = similar_by_content(ContentVectors(catalogue), anchor_of(catalogue, "p0"), 2, NOW)
    assert (ids(catalogue, indices), indices.dtype.name, scores.dtype.name) == (["p2", "p3"], "int32", "float64")
    assert scores[0] > scores[1] > 0.0
    bare = catalogue_of(Product(product_id="a"), Product(product_id="b"))
    assert [len(part) for part in similar_by_content(ContentVectors(bare), bare.facts[0], 5, NOW)] == [0, 0]


def test_in_the_sample_most_of_what_is_alike_is_of_the_same_shelf(sample: Catalogue) -> None:
    vectors, shares = ContentVectors(sample), []
    for facts in sample.facts[::23]:
        indices, _ = similar_by_content(vectors, facts, 10, NEWEST_ADDED)
        assert len(indices) == 10
        shares.append(np.mean([sample.facts[i].categories[0] == facts.categories[0] for i in indices.tolist()]))
    assert np.mean(shares) > 0.8


def test_vectors_are_made_once_and_again_when_a_product_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    def make(products: list[Facts], traits: Any) -> Any:
        made.extend(facts.product_id for facts in products)
        return make_vectors(products, traits)

    monkeypatch.setattr(module, "make_vectors", make)
    catalogue = catalogue_of(product(0, name="Lamp"), product(1, name="Lamp"), product(2, name="Rug"))
    vectors, others = ContentVectors(catalogue), np.array([1, 2], np.int32)
    before = vectors.similarity(catalogue.facts[0], others)
    vectors.similarity(catalogue.facts[0], others)
    assert sorted(made) == ["p0", "p1", "p2"]
    catalogue.apply([product(1, name="Rug")], (), NOW)
    after = vectors.similarity(catalogue.facts[0], others)
    assert made[3:] == ["p1"]
    assert after[0] == after[1] == before[1] < before[0]


@pytest.mark.parametrize("capacity", [1, 8, 20, 64, 5000])
def test_what_is_let_go_of_changes_no_answer(sample: Catalogue, capacity: int) -> None:
    rng = np.random.default_rng(3)
    vectors, every = ContentVectors(sample, capacity), make_vectors(sample.facts, sample.traits)
    for _ in range(200):
        anchor, *candidates = rng.choice(len(sample.facts), 12, replace=False).tolist()
        found = vectors.similarity(sample.facts[anchor], np.array(candidates, np.int32))
        np.testing.assert_allclose(found, every[candidates] @ every[anchor], atol=1e-5)
    assert len(vectors._slots) <= capacity


def test_an_attribute_that_turns_out_to_have_many_values_is_forgotten() -> None:
    catalogue = catalogue_of(*(product(n, attributes={"serial": "same"}) for n in range(2)))
    catalogue.apply([product(2, attributes={"serial": "other"})], (), NOW)
    vectors, others = ContentVectors(catalogue), np.array([1, 2], np.int32)
    assert vectors.similarity(catalogue.facts[0], others)[1] < 0.99
    catalogue.apply([product(n, attributes={"serial": str(n)}) for n in range(3, 100)], (), NOW)
    assert vectors.similarity(catalogue.facts[0], others).tolist() == pytest.approx([1.0, 1.0], abs=1e-6)


def test_many_threads_get_the_same_answers(sample: Catalogue) -> None:
    vectors, every = ContentVectors(sample, 300), make_vectors(sample.facts, sample.traits)
    wrong: list[int] = []

    def ask(seed: int) -> None:
        rng = np.random.default_rng(seed)
        for _ in range(100):
            picked = rng.choice(len(sample.facts), 40, replace=False).astype(np.int32)
            found = vectors.similarity(sample.facts[picked[0]], picked[1:])
            if not np.allclose(found, every[picked[1:]] @ every[picked[0]], atol=1e-5):
                wrong.append(seed)

    threads = [threading.Thread(target=ask, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
