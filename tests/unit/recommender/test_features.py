"""Each feature of each candidate, against a plain description; and those that are easily got wrong, by hand."""

import math
from collections.abc import Sequence

import numpy as np
import pytest

from profiles.decay import EPOCH
from recommender import features as f
from recommender.hybrid import Ranker
from recommender.session_query import Weights
from tests.feature_references import describe, faint
from tests.small_worlds import SmallWorld, clicks_of, gathered, moment, random_question, random_world, shop_of

NAMES = {value: name for name, value in vars(f).items() if name.isupper() and isinstance(value, int)}
SEEDS = range(25)


def features_of(world: SmallWorld, clicks: Sequence[int], now: float = EPOCH) -> dict[int, dict[int, float]]:
    """Of each candidate its features, by number."""
    ranker = Ranker(world.tables, Weights())
    asked = clicks_of(*clicks)
    ranker.gather(asked)
    products, rows = ranker.candidates(asked, now)
    assert rows.shape == (len(products), f.FEATURES) and rows.dtype == np.float32
    return {int(product): dict(enumerate(row.tolist())) for product, row in zip(products, rows, strict=True)}


def seen(row: dict[int, float]) -> list[float]:
    return [row[f.SEEN + step] for step in range(f.SEEN_STEPS)]


@pytest.mark.parametrize("seed", SEEDS)
def test_every_feature(seed: int) -> None:
    world, rng = random_world(seed), np.random.default_rng(seed)
    ranker = Ranker(world.tables, Weights())
    for _ in range(4):
        clicks, now = random_question(rng, world), world.now + 3600.0 * float(rng.random())
        ranker.gather(clicks)
        products, rows = ranker.candidates(clicks, now)
        for product, row in zip(products.tolist(), rows.tolist(), strict=True):
            expected = describe(world.history, gathered(ranker.scratch), clicks.tolist(), product, now)
            assert sorted(expected) == list(range(f.FEATURES))
            wrong = {n: (row[n], value) for n, value in expected.items() if row[n] != pytest.approx(value, abs=2e-5)}
            assert not wrong, {NAMES.get(n, n): pair for n, pair in wrong.items()}


def test_a_category_that_nobody_clicked_is_not_popular() -> None:
    """A visitor may have clicked what the learner has yet to hear of."""
    row = features_of(shop_of((0, 1), categories=[0, 0, 1]), [2])[2]
    assert row[f.IN_CATEGORY] == 0.0
    assert row[f.IN_CATEGORY_LOG] == pytest.approx(faint(0.0))
    assert (row[f.SAME_CATEGORY], row[f.PREFIX], row[f.RECENT], row[f.POPULARITY]) == (1.0, 1.0, -20.0, 0.0)
    assert all(math.isfinite(value) for value in row.values())


def test_steps_since_a_click() -> None:
    rows = features_of(shop_of((8, 9)), [4, 3, 2, 1, 0])
    assert [seen(rows[product]) for product in range(5)] == [
        [1, 0, 0, 0],
        [0, 1, 0, 0],
        [0, 0, 1, 0],
        [0, 0, 0, 1],
        [0, 0, 0, 1],
    ]
    assert {rows[product][f.SEEN_TWICE] for product in range(5)} == {0.0}


def test_the_newest_of_two_clicks_counts() -> None:
    row = features_of(shop_of((8, 9)), [5, 6, 7, 5, 6])[5]
    assert (seen(row), row[f.SEEN_TWICE]) == ([0, 1, 0, 0], 1.0)


def test_what_followed_the_last_product() -> None:
    rows = features_of(shop_of((8, 9)), [1, 2, 1, 3, 4, 1])
    popular = {8: 0, 9: 0}
    assert {product: row[f.FOLLOWED] for product, row in rows.items()} == {1: 0, 2: 1, 3: 1, 4: 0, **popular}


@pytest.mark.parametrize(
    ("clicks", "repeats"), [([1], 0), ([1, 2], 0), ([1, 1], 1), ([1, 2, 1, 1, 2], 3), ([-1, 5, -1], 0)]
)
def test_repeats(clicks: list[int], repeats: int) -> None:
    assert f.repeat_share(clicks_of(*clicks)) == pytest.approx((repeats + 0.2) / (len(clicks) + 1))


def test_unknown_products_are_not_the_same_product() -> None:
    """Nothing can be said of what followed one, though another came before."""
    rows = features_of(shop_of((8, 9)), [-1, 5, 6, -1])
    popular = {8: 0.0, 9: 0.0}
    assert {product: row[f.FOLLOWED] for product, row in rows.items()} == {5: 0.0, 6: 0.0, **popular}


def test_moves_between_categories() -> None:
    """From category 0: three times to itself, once to 1."""
    world = shop_of((0, 1, 0, 1, 2), (3,), categories=[0, 0, 1, -1])
    rows = features_of(world, [2, 0])
    assert [rows[product][f.MOVE] for product in (0, 1, 2)] == [0.75, 0.75, 0.25]
    assert [rows[product][f.SAME_CATEGORY] for product in (0, 1, 2)] == [1.0, 1.0, 0.0]
    assert [rows[product][f.PREFIX] for product in (0, 1, 2)] == pytest.approx([1 / 1.8, 1 / 1.8, 0.8 / 1.8])
    assert [rows[product][f.IN_CATEGORY] for product in (0, 1, 2)] == pytest.approx([0.5, 0.5, 1.0])


def test_no_category_is_not_a_category() -> None:
    rows = features_of(shop_of((0, 1), (0, 1), categories=[-1, -1]), [0])
    for row in rows.values():
        assert [row[n] for n in (f.SAME_CATEGORY, f.PREFIX, f.MOVE, f.IN_CATEGORY)] == [0.0] * 4


def test_clicks_as_logarithms() -> None:
    """Clicks five half-lives ago and a little later; product 9 was in two sessions, twice in one, 1 and 8 in one."""
    world = shop_of((8, 9, 9), (), (9, 1))
    rows = features_of(world, [8], now=moment(5.0))
    assert [rows[product][f.POPULARITY] for product in (8, 9)] == pytest.approx([math.log(2), math.log(3)])
    assert rows[8][f.RECENT] == pytest.approx(-5.0)
    assert rows[9][f.RECENT] == pytest.approx(math.log2(2 * 2**-5.0 + 2**-4.8))
    assert features_of(world, [8], now=moment(500.0))[8][f.RECENT] == -20.0
