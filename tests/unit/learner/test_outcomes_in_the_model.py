"""Outcomes as a part of the model: they grow with it, are kept with it, and do not depend on batches."""

from pathlib import Path

from msgspec.structs import replace

from events.event import Event
from learner.model import open_model
from recommender.outcome_tables import REMEMBERED, OutcomeTables
from recommender.recommendation_id import encode_id
from tests.examples import NOW
from tests.models import CAPACITY, HALF_LIVES, happened, view_of

# More products than there is room for at first.
PRODUCTS = [f"p{n}" for n in range(3 * CAPACITY.products)]


def some_events() -> list[Event]:
    """Each product shown once, and every third one clicked."""
    events = []
    for n, product in enumerate(PRODUCTS):
        name = encode_id(NOW, n << 20, 3, [(1 + n % 2, product)])
        shown = replace(happened(f"v{n % 7}", product, NOW + n, weight=0.0), type="impression", recommendation_id=name)
        events.append(shown)
        if n % 3 == 0:
            events.append(replace(shown, event_id=f"c{n}", type="click", weight=1.0))
    return events


def learn(folder: Path, at_once: int, restart_after: int = 10**9) -> OutcomeTables:
    """The tables after all events, with a restart from a snapshot on the way."""
    events, opened = some_events(), open_model(folder, CAPACITY, HALF_LIVES)
    for start in range(0, len(events), at_once):
        opened.model.learn(events[start : start + at_once])
        if start // at_once == restart_after:
            opened.model.snapshot({0: "1-0"})
            opened.model.close()
            opened = open_model(folder, CAPACITY, HALF_LIVES)
    opened.model.close()
    return view_of(folder).outcomes


def test_they_grow_are_kept_and_do_not_depend_on_batches(tmp_path: Path) -> None:
    whole = learn(tmp_path / "whole", 10**6)
    assert whole.outcome_count[0] == len(PRODUCTS)
    assert int((whole.product_shown > -1e300).sum()) == len(PRODUCTS)
    assert int((whole.product_clicked > -1e300).sum()) == len(PRODUCTS[::3])
    assert 0 < int((whole.outcome_seen != 0).sum()) <= min(len(PRODUCTS), REMEMBERED)
    for name, sizes in {"batches": (7,), "restart": (16, 3)}.items():
        again = learn(tmp_path / name, *sizes)
        for field, right, found in zip(OutcomeTables._fields, whole, again, strict=True):
            assert right.tobytes() == found.tobytes(), (name, field)
