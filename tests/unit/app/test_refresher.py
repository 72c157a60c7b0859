"""The thread that follows catalogue and model: what an outage of either must not do to the other."""

import time
from collections.abc import Callable, Iterable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from app import refresher as module
from app.refresher import Refresher
from profiles.decay import log_weight
from profiles.errors import StoreUnavailable
from recommender.catalogue import Catalogue, PopularityRule
from recommender.finder import Finder
from recommender.product import Product
from tests.examples import NOW

RULE = PopularityRule(half_life=7 * 86400.0, gain=1.0, midpoint=50.0)
ENGAGEMENT = log_weight(50.0, NOW, RULE.half_life)


class Ended(BaseException):
    """Ends the thread's loop."""


class Source:
    """A catalogue of one product in a store that is down the first times."""

    def __init__(self, outages: int) -> None:
        self.outages = outages

    def position(self) -> str:
        self.outages -= 1
        if self.outages >= 0:
            raise StoreUnavailable("not now")
        return "0"

    def load(self) -> Iterator[list[Product]]:
        yield [Product(product_id="p1", categories=("A",))]

    def follow(self, _position: str, _milliseconds: int) -> None:
        raise Ended


class Model:
    """A model that knows one product, and tells of it once."""

    refused, view = "", None

    def __init__(self, follow: Callable[[], bool]) -> None:
        self.follow, self._news = follow, {"p1": ENGAGEMENT, "p2": ENGAGEMENT}

    def take_engagement(self) -> dict[str, float]:
        news, self._news = self._news, {}
        return news

    def engagement_of(self, product_ids: Iterable[str]) -> dict[str, float]:
        return dict.fromkeys(product_ids, ENGAGEMENT)


class Lines:
    """Log lines by name."""

    def __init__(self) -> None:
        self.written: list[str] = []

    def exception(self, event: str, **_fields: Any) -> None:
        self.written.append(event)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "OUTAGE_SECONDS", 0.0)
    monkeypatch.setattr(time, "time", lambda: NOW)


def run(outages: int, follow: Callable[[], bool]) -> tuple[Catalogue, list[str]]:
    """What the catalogue is, and what was logged, when the store has been down and is back."""
    catalogue, lines, gauge = Catalogue(RULE), Lines(), SimpleNamespace(set=lambda _value: None)
    experts = SimpleNamespace(follow=lambda: False)
    metrics = SimpleNamespace(catalogue_products=gauge), SimpleNamespace(record=lambda: None)
    parts: tuple[Any, ...] = (catalogue, Source(outages), Finder(catalogue)), (Model(follow), experts), lines, metrics
    with pytest.raises(Ended):
        Refresher(*parts)._run()
    return catalogue, lines.written


@pytest.mark.parametrize("outages", [0, 1, 3])
def test_products_have_their_engagement_whenever_they_come(outages: int) -> None:
    answers = [True]
    catalogue, lines = run(outages, lambda: bool(answers and answers.pop()))
    assert catalogue.lists["A"].scores.tolist() == pytest.approx([0.5], abs=2e-9)
    assert lines == []


def test_a_model_that_cannot_be_followed_is_said_once_and_leaves_the_catalogue_alone() -> None:
    def fail() -> bool:
        raise PermissionError("no")

    catalogue, lines = run(3, fail)
    assert len(catalogue) == 1
    assert lines == ["model_follow_failed"]
