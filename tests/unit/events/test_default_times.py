"""Events that do not say when they happened: just now, in the order in which they stand in the request."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from events.normalise import normalise
from tests.examples import ARRIVAL, NOW, RULES

VIEW: dict[str, object] = {"event_type": "view", "product_id": "p"}
PAST = "2026-11-01T00:00:00Z"


def times(*raw: object) -> list[float]:
    return [event.timestamp for event in normalise(raw, ARRIVAL, RULES).events]


def test_the_last_happened_now_and_each_before_it_a_millisecond_earlier() -> None:
    assert times(VIEW) == [NOW]
    assert times(VIEW, VIEW, VIEW) == pytest.approx([NOW - 0.002, NOW - 0.001, NOW], abs=1e-6)


def test_those_between_that_say_their_time_or_are_refused_keep_their_places() -> None:
    found = times(VIEW, {**VIEW, "timestamp": PAST}, {"event_type": "view"}, VIEW)
    assert found == pytest.approx([NOW - 0.003, 1_793_491_200.0, NOW], abs=1e-6)


def test_products_of_one_event_happened_together() -> None:
    order = {"event_type": "purchase", "order_id": "o", "items": ["a", "b"]}
    assert times(order, VIEW) == pytest.approx([NOW - 0.001, NOW - 0.001, NOW], abs=1e-6)


def test_without_a_time_of_its_own_an_event_cannot_be_recognised() -> None:
    fresh = iter(["id-1", "id-2"])
    arrival = type(ARRIVAL)(NOW, lambda: next(fresh), ARRIVAL.cookie)
    found = normalise([VIEW, VIEW], arrival, RULES).events
    assert [event.event_id for event in found] == ["id-1", "id-2"]


@given(st.integers(1, 60), st.floats(1.4e9, 1.9e9))
@example(3, 1_400_000_000.5825)  # half a millisecond, which floats only come near to
def test_a_full_request_has_as_many_times_as_events(count: int, now: float) -> None:
    arrival = type(ARRIVAL)(now, ARRIVAL.new_id, ARRIVAL.cookie)
    found = [event.timestamp for event in normalise([VIEW] * count, arrival, RULES).events]
    in_ms = [round(time * 1000) for time in found]  # what profiles keep
    assert in_ms == list(range(in_ms[-1] - count + 1, in_ms[-1] + 1))
    assert abs(found[-1] - now) <= 0.001
