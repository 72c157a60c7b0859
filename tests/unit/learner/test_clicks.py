"""From events to what is learnt from."""

import numpy as np
import pytest

from events.event import Event, Visitor
from events.taxonomy import load_taxonomy
from learner.clicks import KINDS, MAX_QUANTITY, build_clicks, is_usual, says_something
from learner.learn import OTHER
from recommender.popularity_tables import CARTS, CLICKS, COUNTS, IMPRESSIONS, PURCHASES, VIEWS
from recommender.session_tables import visitor_hash

ANN = Visitor("user", "ann")
LIST = [
    ("impression", IMPRESSIONS),
    ("click", CLICKS),
    ("view", VIEWS),
    ("add_to_cart", CARTS),
    ("purchase", PURCHASES),
]


def event(kind: str = "view", weight: float = 1.0, product: str = "p", visitor: Visitor = ANN, at: float = 0) -> Event:
    return Event(event_id="e", type=kind, timestamp=at, visitor=visitor, weight=weight, product_id=product)


@pytest.mark.parametrize(
    ("happened", "says"),
    [
        (event(), True),
        (event(weight=1e-9), True),
        (event(weight=0.0), False),
        (event("dislike", weight=-1.0), False),
        (event("impression", weight=0.0), True),
        (event("impression", weight=0.0, product=""), False),
        (event(product=""), False),
    ],
)
def test_what_says_something(happened: Event, says: bool) -> None:
    assert says_something(happened) is says


def test_visitors_have_hashes_of_their_own() -> None:
    """The same in every process, of 63 bits, and never 0; a user is not the anonymous visitor of that name."""
    visitors = [Visitor(kind, f"v{n}") for n in range(500) for kind in ("user", "anonymous")]
    hashes = {visitor_hash(visitor) for visitor in visitors}
    assert len(hashes) == 1000
    assert 0 < min(hashes) and 2**62 < max(hashes) < 2**63
    assert visitor_hash(ANN) == visitor_hash(Visitor("user", "ann")) == 5116421594294308316


def test_kinds_are_types_that_there_are() -> None:
    assert {*KINDS} <= {row.type for row in load_taxonomy().types}
    assert sorted(KINDS.values()) == list(range(COUNTS))


@pytest.mark.parametrize(("kind", "column"), [*LIST, ("wishlist", OTHER)])
def test_kinds(kind: str, column: int) -> None:
    assert build_clicks([event(kind)], [0]).kind.tolist() == [column]


def test_events_as_arrays() -> None:
    bob = Visitor("anonymous", "bob")
    clicks = build_clicks([event(weight=8.0, at=5.5), event("impression", 0.0, visitor=bob, at=1.8e9)], [7, 2])
    right = ([visitor_hash(ANN), visitor_hash(bob)], [7, 2], [5.5, 1.8e9], [3.0, 0.0], [VIEWS, IMPRESSIONS])
    assert tuple(field.tolist() for field in clicks) == right
    assert [field.dtype for field in clicks] == [np.int64, np.int32, np.float64, np.float64, np.int8]
    assert [field.shape for field in build_clicks([], [])] == [(0,)] * 5


def test_what_is_usual() -> None:
    sizes = (1.0, MAX_QUANTITY, MAX_QUANTITY + 0.5)
    events = [Event(event_id="e", type="purchase", timestamp=0.0, visitor=ANN, quantity=size) for size in sizes]
    assert [is_usual(event) for event in events] == [True, True, False]
