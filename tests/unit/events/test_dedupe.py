"""Which events are the same event."""

import msgspec
import pytest

from events.dedupe import dedupe_hashes, derived_id
from events.event import Event, Visitor

EVENT = Event(event_id="e1", type="view", timestamp=1.0, visitor=Visitor("user", "u1"), product_id="p1")


def changed(**values: object) -> Event:
    return msgspec.structs.replace(EVENT, **values)


def test_the_event_id_alone_decides() -> None:
    same = changed(timestamp=2.0, product_id="p2", type="click", order_id="o1")
    assert dedupe_hashes(EVENT) == dedupe_hashes(same)
    assert dedupe_hashes(EVENT) != dedupe_hashes(changed(event_id="e2"))


@pytest.mark.parametrize("kind", ["purchase", "refund"])
def test_a_product_of_an_order_counts_once_whoever_reports_it(kind: str) -> None:
    first = dedupe_hashes(changed(type=kind, order_id="o1"))
    again = dedupe_hashes(changed(type=kind, order_id="o1", event_id="from-the-server", timestamp=9.0))
    assert first[0] != again[0]
    assert first[1] == again[1]


def test_orders_products_and_refunds_are_told_apart() -> None:
    variants = [
        changed(type="purchase", order_id="o1"),
        changed(type="purchase", order_id="o2"),
        changed(type="purchase", order_id="o1", product_id="p2"),
        changed(type="refund", order_id="o1"),
    ]
    assert len({dedupe_hashes(event)[1] for event in variants}) == 4


def test_a_purchase_without_an_order_has_its_id_only() -> None:
    assert len(dedupe_hashes(changed(type="purchase"))) == 1


def test_hashes_fit_a_set_of_integers_in_the_store() -> None:
    hashes = {dedupe_hashes(changed(event_id=str(number)))[0] for number in range(1000)}
    assert len(hashes) == 1000
    assert all(-(2**63) <= number < 2**63 for number in hashes)
    assert min(hashes) < 0 < max(hashes)


@pytest.mark.parametrize(
    "values",
    [{"type": "click"}, {"product_id": "p2"}, {"order_id": "o1"}, {"query": "q"}, {"categories": ("A",)}],
)
def test_a_derived_id_depends_on_what_happened_and_when(values: dict[str, object]) -> None:
    assert derived_id(EVENT, "t1") == derived_id(changed(event_id="other"), "t1")
    assert len({derived_id(EVENT, "t1"), derived_id(EVENT, "t2"), derived_id(changed(**values), "t1")}) == 3
