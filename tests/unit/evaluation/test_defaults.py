"""Weights for any shop: found in several at once, good in one that none of them is."""

from pathlib import Path

import numpy as np
import pytest

from evaluation.data import Data
from evaluation.defaults import Mixture, tune_defaults
from evaluation.generated import generate_data
from evaluation.hold_out import hold_out
from evaluation.judging import judge, judge_online
from evaluation.shop_shape import draw_shape
from evaluation.tuning import TuningError
from recommender.tuned import save_tuned
from recommender.versions import DEFAULT_WEIGHTS, load_default
from tests.weights import build_tuned

SMALL = Mixture(shops=2, sessions=800, cases=200, real_cases=200, trials=2, seed=3)


def silent(*_: object) -> None:
    pass


@pytest.fixture(scope="module")
def shop() -> Data:
    generator = np.random.default_rng(99)
    return generate_data(draw_shape(generator, 1500), generator)


def test_weights_found_elsewhere_do_better_than_none(shop: Data) -> None:
    tuned = tune_defaults([], SMALL, silent)
    data = hold_out(shop, 150)
    random, found = judge(data, [build_tuned(), tuned], silent)
    assert found.cases == random.cases == len(data.cases)
    assert found.hr_20 > 1.5 * random.hr_20 > 0
    assert found.mrr_20 > 2 * random.mrr_20
    online = judge_online(data, [build_tuned(), tuned], silent)
    assert online[1].hr_20 > 1.5 * online[0].hr_20


def test_the_same_mixture_gives_the_same_weights(shop: Data) -> None:
    one, other = (tune_defaults([shop], SMALL, silent) for _ in range(2))
    assert one.weights == other.weights
    assert one.blend.inner.tobytes() == other.blend.inner.tobytes()
    assert one.about["real_sessions"] == 1500
    assert one.about["generated_sessions"] == 1600


def test_there_must_be_a_shop() -> None:
    with pytest.raises(TuningError, match="there is no shop to tune on"):
        tune_defaults([], Mixture(shops=0), silent)


def test_the_shipped_weights_fit_and_say_what_they_are_made_of(tmp_path: Path) -> None:
    tuned = load_default()
    assert {"generated_shops", "real_sessions", "seed", "trials", "cases"} <= {*tuned.about}
    save_tuned(tmp_path / "again.json", tuned)
    assert (tmp_path / "again.json").read_bytes() == DEFAULT_WEIGHTS.read_bytes()


def test_the_shipped_weights_are_good_in_a_shop_they_have_not_seen(shop: Data) -> None:
    data = hold_out(shop, 150)
    random, shipped = judge(data, [build_tuned(), load_default()], silent)
    assert shipped.hr_20 > 1.5 * random.hr_20
