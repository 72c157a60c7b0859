"""Products as shops describe them: names of fields, paths of categories, patches, refusals."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.values import FieldError
from recommender.product import ALIASES, MAX_ATTRIBUTES, SHOWN, Product, ancestors, parse_product, patch_product
from tests.examples import NOW

VALUES: dict[str, Any] = {
    "product_id": "p1", "name": "Lamp", "categories": "Home > Light", "popularity": 0.5, "price": 19.5, "brand": "Acme",
    "url": "/lamp", "image_url": "/lamp.svg", "available": False, "tags": ["new"], "attributes": {"watts": 5},
    "added": "2026-11-20T12:00:00Z",
}  # fmt: skip
LAMP = Product(
    product_id="p1", name="Lamp", categories=("Home > Light",), popularity=0.5, price=19.5, brand="Acme",
    url="/lamp", image_url="/lamp.svg", available=False, tags=("new",), attributes={"watts": 5.0},
    added=NOW,
)  # fmt: skip


@pytest.mark.parametrize(("field", "name"), [(field, name) for field, names in ALIASES.items() for name in names])
def test_every_alias_is_understood(field: str, name: str) -> None:
    raw = {**VALUES, name: VALUES[field]}
    if name != field:
        del raw[field]
    assert parse_product(raw) == LAMP


def test_the_better_name_wins() -> None:
    product = parse_product({"title": "b", "name": "a", "sku": "s", "id": "i", "category": ["C"], "category_id": 7})
    assert (product.name, product.product_id, product.categories) == ("a", "i", ("C",))


def test_what_is_parsed_is_what_is_stored() -> None:
    assert msgspec.json.decode(msgspec.json.encode(LAMP), type=Product) == LAMP
    assert parse_product(msgspec.json.decode(msgspec.json.encode(LAMP))) == LAMP
    assert set(SHOWN) <= set(Product.__struct_fields__)


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        ("Home", ("Home",)), ("Home>Light", ("Home > Light",)), (" Home >  Light > ", ("Home > Light",)),
        (["Home", "Garden"], ("Home", "Garden")), ([["Home", "Light"], ["Sale"]], ("Home > Light", "Sale")),
        (["A>B", "A > B"], ("A > B",)), (7, ("7",)), ([], ()), (["", ">"], ()), ([[1, 2]], ("1 > 2",)),
    ],
)  # fmt: skip
def test_paths_of_categories(given_: object, expected: tuple[str, ...]) -> None:
    assert parse_product({"id": 1, "categories": given_}).categories == expected


def test_a_path_is_below_its_ancestors() -> None:
    assert ancestors("A > B > C") == ("A > B > C", "A > B", "A")
    assert ancestors("A") == ("A",)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(True, True), (0, False), ("1", True), ("In Stock", True), ("out of stock", False), ("outOfStock", False),
     ("no", False), ("YES", True)],
)  # fmt: skip
def test_availability(value: object, expected: bool) -> None:
    assert parse_product({"id": 1, "availability": value}).available is expected


def test_other_scalars_become_attributes_and_never_spoil_the_product() -> None:
    raw = {
        "id": 1, "colour": "red", "watts": 5, "vegan": True, "note": None, "empty": "", "nested": {"a": 1}, "list": [1],
        "description": "two\nlines", "story": "x" * 2000, "serial": 10**400, "attributes": {"colour": "blue"},
    }  # fmt: skip
    assert parse_product(raw).attributes == {"colour": "blue", "watts": 5.0, "vegan": True}


@pytest.mark.parametrize("value", ["1954-07-29", "Spring 2024", 1954, True])
def test_a_release_that_is_no_usable_time_is_an_attribute(value: object) -> None:
    product = parse_product({"id": 1, "release_date": value})
    assert (product.added, product.attributes) == (None, {"release_date": value})
    assert parse_product({"id": 1, "release_date": value, "added": NOW}).added == NOW
    assert parse_product({"id": 1, "releaseDate": "2026-11-20"}).added == NOW - 12 * 3600


def test_tags_may_be_one_text() -> None:
    assert parse_product({"id": 1, "tags": "new, sale,,"}).tags == ("new", "sale")


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        ([], ""), ("p1", ""), ({}, "product_id"), ({"id": None}, "product_id"), ({"id": "undefined"}, "product_id"),
        ({"id": 1, "price": -1}, "price"), ({"id": 1, "price": "cheap"}, "price"), ({"id": 1, "price": []}, "price"),
        ({"id": 1, "popularity": -0.1}, "popularity"), ({"id": 1, "popularity": "NaN"}, "popularity"),
        ({"id": 1, "available": "perhaps"}, "available"), ({"id": 1, "name": "a\nb"}, "name"),
        ({"id": 1, "categories": ["c"] * 17}, "category"), ({"id": 1, "categories": {"a": 1}}, "category"),
        ({"id": 1, "added": "yesterday"}, "added"), ({"id": 1, "created_at": 0}, "added"),
        ({"id": 1, "published_at": True}, "added"),
        ({"id": 1, "tags": ["t"] * 65}, "tags"), ({"id": 1, "attributes": [1]}, "attributes"),
        ({"id": 1, "attributes": {"a": [1]}}, "attributes"),
        ({"id": 1, "attributes": dict.fromkeys(map(str, range(MAX_ATTRIBUTES + 1)), 1)}, "attributes"),
    ],
)  # fmt: skip
def test_refusals_name_the_field(raw: object, field: str) -> None:
    with pytest.raises(FieldError) as caught:
        parse_product(raw)
    assert caught.value.field == field
    assert caught.value.detail


def test_the_address_must_not_be_contradicted() -> None:
    assert parse_product({"name": "Lamp"}, "p1").product_id == "p1"
    assert parse_product({"id": 5}, "5").product_id == "5"
    with pytest.raises(FieldError, match="product_id is 'p2', the address says 'p1'"):
        parse_product({"id": "p2"}, "p1")


@pytest.mark.parametrize(
    ("patch", "changes"),
    [
        ({}, {}),
        ({"price": 5}, {"price": 5.0}),
        ({"title": "Lamp 2", "in_stock": "yes"}, {"name": "Lamp 2", "available": True}),
        ({"attributes": {"volts": 12}}, {"attributes": {"watts": 5.0, "volts": 12.0}}),
        ({"watts": 7}, {"attributes": {"watts": 7.0}}),
        ({"category": ["A", "B"]}, {"categories": ("A", "B")}),
        ({"price": None, "brand": "", "tags": []}, {"price": None, "brand": "", "tags": ()}),
        ({"watts": None}, {"attributes": {}}),
        ({"attributes": None}, {"attributes": {}}),
        ({"product_id": None}, {}),
        ({"published_at": 1_600_000_000_000}, {"added": 1.6e9}),
        ({"created_at": ""}, {"added": None}),
    ],
)  # fmt: skip
def test_a_patch_replaces_what_it_names(patch: dict[str, object], changes: dict[str, object]) -> None:
    assert patch_product(LAMP, patch) == msgspec.structs.replace(LAMP, **changes)


@pytest.mark.parametrize("patch", [{"id": "p2"}, {"price": "x"}, [], None])
def test_a_patch_that_cannot_be_used(patch: object) -> None:
    with pytest.raises(FieldError):
        patch_product(LAMP, patch)


SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5)
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner))
NAMES = st.sampled_from([name for names in ALIASES.values() for name in names]) | st.text(max_size=3)


@given(st.dictionaries(NAMES, JSON, max_size=6), st.none() | st.just("p1"))
def test_any_object_is_a_product_or_a_refusal(raw: dict[str, object], product_id: str | None) -> None:
    try:
        product = parse_product(raw, product_id)
    except FieldError as error:
        assert error.code and error.detail
    else:
        assert msgspec.json.decode(msgspec.json.encode(product), type=Product) == product
        assert patch_product(product, {}) == product
