"""Foretelling baskets of small shops whose answer is known."""

import numpy as np
import pytest

from evaluation.basket_sources import SOURCES, BasketSources, most_bought
from evaluation.basket_world import Households, Pile, learn_baskets
from evaluation.baskets import Lines, build_lines
from evaluation.folder import FolderError
from evaluation.next_basket import HYBRID, Case, Run, find_weights
from profiles.profile import Bounds, Profile, merge
from recommender.basket_blend import Proposed

DAY = 86400.0
START = 1_500_000_000.0


def shop(*households: list[list[int]]) -> Lines:
    """Households with baskets of products, a day apart; products keep their numbers if all from 0 on are bought."""
    rows = [
        (household, 1000 * household + number, product, START + number * DAY)
        for household, baskets in enumerate(households)
        for number, basket in enumerate(baskets)
        for product in basket
    ]
    columns = np.array(rows).T
    household, number, product = columns[:3].astype(np.int64)
    return build_lines(household, number, product, columns[3])


def silent(*_: object) -> None:
    """A report that nobody reads."""


def run(lines: Lines) -> Run:
    found = Run(lines)
    found.go(silent)
    return found


def habits(rng: np.random.Generator) -> list[list[int]]:
    """Ten baskets of five of the household's six products, which no other source can know."""
    own = rng.choice(60, 6, replace=False)
    return [sorted(rng.choice(own, 5, replace=False).tolist()) for _ in range(10)]


def test_habits_are_found_and_the_blend_is_no_worse() -> None:
    rng = np.random.default_rng(3)
    figures = run(shop(*[habits(rng) for _ in range(40)])).measure()
    assert [*figures] == [*SOURCES, HYBRID]
    assert figures["buy_again"].recall_10 == figures["most_bought"].recall_10 == 1.0
    assert figures["popularity"].recall_10 < 0.5
    assert figures[HYBRID].ndcg_20 >= figures["buy_again"].ndcg_20 - 0.01


def test_the_last_basket_is_not_known() -> None:
    """Product 9 is in everybody's last basket and nowhere else, 8 in the last and the one before."""
    lines = shop(*[[[0, 1], [2 + n % 6], [8, n % 2], [8, 9]] for n in range(12)])
    found = run(lines)
    assert found.measure()["popularity"].hit_10 == 1.0  # 8
    for name in (*SOURCES, HYBRID):
        assert found.measure()[name].recall_10 <= 0.5, name


def test_weights_are_found_without_the_last_basket() -> None:
    """The same households but for what is in the last baskets."""
    rng = np.random.default_rng(5)
    before = [habits(rng) for _ in range(15)]
    other = [[*baskets[:-1], [n % 60]] for n, baskets in enumerate(before)]
    assert run(shop(*before, [[*range(60)]])).weights == run(shop(*other, [[*range(60)]])).weights


def test_households_with_one_basket_are_not_judged_and_need_others() -> None:
    assert run(shop([[0], [0]], [[1]])).measure()[HYBRID].cases == 1
    with pytest.raises(FolderError, match="two baskets"):
        run(shop([[0]], [[1, 2]]))


def test_a_weight_is_found_where_it_helps_and_none_where_it_does_not() -> None:
    def proposed(*products: int) -> Proposed:
        return Proposed(np.array(products, np.int32), 1.0 / np.arange(1, len(products) + 1))

    right, wrong = proposed(7), proposed(5)
    found = {"buy_again": proposed(*range(30, 60)), "popularity": right, "bought_together": wrong}
    weights = find_weights([Case(found, np.array([7], np.int32))] * 3, silent)
    assert (weights["buy_again"], weights["bought_together"]) == (1.0, 0.0)
    assert weights["popularity"] > 0.0


def test_the_most_bought_come_first_and_of_equal_ones_the_last_bought() -> None:
    found = most_bought(np.array([3, 1, 2, 3, 1, 4], np.int32))
    assert (found.products.tolist(), found.scores.tolist()) == ([1, 3, 4, 2], [2.0, 2.0, 1.0, 1.0])


def test_what_goes_with_the_last_basket_is_what_others_bought_with_it() -> None:
    lines = shop([[0], [1]], [[1, 2]], [[1, 2], [3]], [[0, 4]])
    baskets = learn_baskets(lines, (4, 5), silent)
    households = Households(4)
    households.learn(lines, silent)
    found = BasketSources(baskets, lines, 4).propose(0, households.profile(0))
    together = found["bought_together"].products.tolist()
    assert together[0] == 2 and {0, 1, 4}.isdisjoint(together)
    assert found["buy_again"].products.tolist() == [1, 0]


def test_profiles_are_those_of_the_service_in_whatever_order_they_are_merged() -> None:
    bounds = Bounds(interests=1000, marks=1000, recent=20)
    rng = np.random.default_rng(2)
    parts = [Profile(interests={f"o{n % 7}": float(rng.normal())}, first_seen=n, last_seen=n) for n in range(37)]
    pile, plain = Pile(bounds), Profile()
    for part in parts:
        pile.add(part)
        plain = merge(plain, part, bounds)
    found = pile.whole()
    assert found.interests == pytest.approx(plain.interests, rel=1e-12)
    assert (found.first_seen, found.last_seen) == (0, 36)
