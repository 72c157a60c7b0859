"""Names of fields: every alias is found, the better name wins, units are converted, the rest is kept."""

import pytest

from events.fields import ALIASES, CONTAINERS, Fields, parse_properties
from events.values import FieldError


@pytest.mark.parametrize(("field", "name"), [(field, name) for field, names in ALIASES.items() for name in names])
def test_every_alias_is_found(field: str, name: str) -> None:
    fields = Fields({name: 1})
    assert fields.get(field) == 1
    assert fields.name(field) == name
    assert fields.properties == {}


def test_no_alias_has_two_meanings() -> None:
    names = [name for names in ALIASES.values() for name in names]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("container", CONTAINERS)
def test_fields_are_found_in_containers_too(container: str) -> None:
    fields = Fields({container: {"product_id": "p1", "colour": "red"}})
    assert fields.get("product_id") == "p1"
    assert fields.properties == {"colour": "red"}


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        ({"sku": "s", "product_id": "p"}, "p"),
        ({"product_id": "p", "sku": "s"}, "p"),
        ({"properties": {"product_id": "inner"}, "sku": "outer"}, "outer"),
        ({"product_id": None, "sku": "s"}, "s"),
        ({"params": {"item_id": "i"}, "context": {"product_id": "p"}}, "p"),
    ],
)  # fmt: skip
def test_the_better_name_wins(raw: dict[str, object], found: str) -> None:
    assert Fields(raw).get("product_id") == found


def test_what_lost_or_is_unknown_is_a_property() -> None:
    raw = {"product_id": "p", "sku": "s", "campaign": {"id": 7}, "properties": {"sku": "t", "note": None, "size": "L"}}
    assert Fields(raw).properties == {"sku": "s", "campaign": {"id": 7}, "size": "L"}


@pytest.mark.parametrize(
    ("raw", "field", "expected"),
    [
        ({"duration": 1.5}, "duration_ms", 1500.0),
        ({"engagement_time_msec": 1500}, "duration_ms", 1500.0),
        ({"percent_scrolled": "75"}, "portion", 0.75),
        ({"scroll_depth": 0.75}, "portion", 0.75),
        ({"index": 0}, "position", 1.0),
        ({"position": 1}, "position", 1.0),
        ({}, "position", None),
    ],
)
def test_units_are_converted(raw: dict[str, object], field: str, expected: float | None) -> None:
    bound = 1.0 if field == "portion" else 1e9
    assert Fields(raw).number(field, 0.0, bound) == expected


def test_bounds_hold_in_the_canonical_unit() -> None:
    with pytest.raises(FieldError, match="portion must be a finite number between 0 and 1"):
        Fields({"percent_scrolled": 101}).number("portion", 0.0, 1.0)


def test_a_search_index_of_algolia_is_no_position() -> None:
    fields = Fields({"index": "prod_products"})
    assert fields.get("position") is None
    assert fields.properties == {"index": "prod_products"}


@pytest.mark.parametrize("method", ["track", "event", "interaction", "feedback"])
def test_the_kind_of_message_is_not_the_type_of_event(method: str) -> None:
    assert Fields({"type": method, "event": "Product Viewed"}).get("type") == "Product Viewed"
    assert Fields({"type": method, "name": "view"}).get("type") == "view"


@pytest.mark.parametrize("value", [[], {}, ["view"], {"a": 1}, 5, 1.5, True])
def test_a_type_may_be_anything_at_this_point(value: object) -> None:
    assert Fields({"type": value}).get("type") == value


def test_a_purchase_of_google_retail_names_its_order() -> None:
    fields = Fields({"purchaseTransaction": {"id": "o1", "revenue": 38, "currencyCode": "USD", "tax": 2}})
    assert [fields.get(field) for field in ("order_id", "value", "currency")] == ["o1", 38, "USD"]


@pytest.mark.parametrize(
    "name",
    ["ip", "$ip", "IP", "ip_address", "ipAddress", "client_ip", "X-Forwarded-For", "userAgent", "user_agent",
     "$user_agent", "fingerprint", "deviceFingerprint"],
)  # fmt: skip
def test_what_tells_who_a_visitor_is_does_not_become_a_property(name: str) -> None:
    inner = {name: "1.2.3.4", "kept": 1}
    raw = {name: "1.2.3.4", "context": {**inner, "network": inner}, "hops": [inner]}
    kept = {"kept": 1}
    assert parse_properties(Fields(raw).properties) == {**kept, "network": kept, "hops": [kept]}


@pytest.mark.parametrize("name", ["zip", "tip", "ship", "agent", "shipping_address", "ips"])
def test_names_that_only_look_like_it_are_kept(name: str) -> None:
    assert parse_properties({name: 1}) == {name: 1}


def _nested(depth: int) -> object:
    return 0 if depth == 0 else {"a": _nested(depth - 1)}


def test_properties_have_bounds() -> None:
    assert len(parse_properties({str(i): i for i in range(255)})) == 255
    with pytest.raises(FieldError, match="at most 255"):
        parse_properties({str(i): i for i in range(256)})


@pytest.mark.parametrize("value", [_nested(2), [[1]], [{"a": 1}]])
def test_properties_may_be_nested_three_deep(value: object) -> None:
    assert parse_properties({"a": value}) == {"a": value}
    with pytest.raises(FieldError, match="at most 3 deep"):
        parse_properties({"a": {"b": value}})
