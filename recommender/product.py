"""A product as the shop describes it, parsed from the many names its fields go by."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import NoReturn

import msgspec

from events.items import parse_categories
from events.values import PLACEHOLDER_PRODUCTS, FieldError, parse_id, parse_number, parse_text, parse_timestamp

PATH_SEPARATOR = " > "
MAX_TAGS = 64
MAX_ATTRIBUTES = 128

# The fields that /recommend shows of each product.
SHOWN = ("name", "categories", "brand", "price", "url", "image_url")
ALIASES = {
    "product_id": ("product_id", "productId", "id", "item_id", "itemId", "asin", "sku"),
    "name": ("name", "title", "product_name", "productName"),
    "categories": ("categories", "category", "category_path", "categoryPath", "category_code", "category_id"),
    "popularity": ("popularity", "popularity_score", "popularityScore", "score"),
    "price": ("price", "unit_price"),
    "brand": ("brand", "manufacturer"),
    "url": ("url", "link", "product_url"),
    "image_url": ("image_url", "imageUrl", "image", "image_link"),
    "available": ("available", "in_stock", "inStock", "availability", "is_available"),
    "tags": ("tags", "labels"),
    "attributes": ("attributes", "properties"),
    "added": (
        "added", "added_at", "addedAt", "date_added", "dateAdded", "created_at", "createdAt", "date_created",
        "dateCreated", "creation_timestamp", "CREATION_TIMESTAMP", "published_at", "publishedAt", "publish_time",
        "publishTime", "available_time", "availableTime", "release_date", "releaseDate",
    ),
}  # fmt: skip
# A film's is of 1954, a book's is a year alone: what is no usable time under these names is an attribute.
PERHAPS_ADDED = frozenset({"release_date", "releaseDate"})
_FIELD_OF = {name: (field, rank) for field, names in ALIASES.items() for rank, name in enumerate(names)}
_AVAILABLE = {"true": True, "1": True, "yes": True, "in stock": True, "in_stock": True, "instock": True}
_UNAVAILABLE = {
    "false": False,
    "0": False,
    "no": False,
    "out of stock": False,
    "out_of_stock": False,
    "outofstock": False,
}


class Product(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One product. `categories` are names or paths (`Home > Kitchen`); `popularity` is the shop's own score; `added` is
    when it came into the shop, in Unix seconds, None where nobody knows.
    """

    product_id: str
    name: str = ""
    categories: tuple[str, ...] = ()
    popularity: float = 0.0
    price: float | None = None
    brand: str = ""
    url: str = ""
    image_url: str = ""
    available: bool = True
    tags: tuple[str, ...] = ()
    attributes: dict[str, str | float | bool] = {}
    added: float | None = None


def parse_product(raw: object, product_id: str | None = None) -> Product:
    """A product from a JSON object; `product_id`, when given, comes from the address and must not be contradicted.

    Raises:
        FieldError: a field cannot be used; unknown scalar fields become attributes, so they never fail.
    """
    return Product(**_parse_fields(raw, product_id))  # type: ignore[arg-type]  # parsers return each field's type


def patch_product(product: Product, raw: object) -> Product:
    """`product` with the fields that `raw` names replaced; null or empty text clears one. Attributes are merged.

    Raises:
        FieldError: a field cannot be used.
    """
    fields = _parse_fields(raw, product.product_id)
    empty = [str(name) for name, value in raw.items() if value is None or value == ""]  # type: ignore[attr-defined]
    blank = Product(product_id=product.product_id)
    cleared = {field: getattr(blank, field) for name in empty if (field := _FIELD_OF.get(name, ("",))[0])}
    kept = {} if "attributes" in cleared else {k: v for k, v in product.attributes.items() if k not in empty}
    fields["attributes"] = {**kept, **fields.get("attributes", {})}  # type: ignore[dict-item]
    return msgspec.structs.replace(product, **{**cleared, **fields})


def ancestors(category: str) -> tuple[str, ...]:
    """A path and all paths above it: `A > B` gives `A > B` and `A`."""
    parts = category.split(PATH_SEPARATOR)
    return tuple(PATH_SEPARATOR.join(parts[:n]) for n in range(len(parts), 0, -1))


def _parse_fields(raw: object, product_id: str | None) -> dict[str, object]:
    if not isinstance(raw, Mapping):
        raise FieldError("invalid_product", "", "a product must be a JSON object")
    found, attributes = _sort_fields(raw)
    fields = {field: _PARSERS[field](value) for field, value in found.items() if field != "attributes"}
    given = fields.setdefault("product_id", product_id)
    if given is None:
        raise FieldError("missing_product_id", "product_id", "a product needs a product_id")
    if product_id is not None and given != product_id:
        raise FieldError(
            "product_id_mismatch", "product_id", f"product_id is {given!r}, the address says {product_id!r}"
        )
    attributes.update(_parse_attributes(found.get("attributes", {})))
    if len(attributes) > MAX_ATTRIBUTES:
        _refuse("attributes", f"at most {MAX_ATTRIBUTES} attributes")
    if attributes:
        fields["attributes"] = attributes
    return fields


def _sort_fields(raw: Mapping[object, object]) -> tuple[dict[str, object], dict[str, str | float | bool]]:
    """Values by canonical field, earlier aliases first; other fields are attributes."""
    found: dict[str, tuple[int, object]] = {}
    attributes: dict[str, str | float | bool] = {}
    for name, value in raw.items():
        if value is None or value == "":
            continue
        known = _FIELD_OF.get(str(name))
        if known is None or (name in PERHAPS_ADDED and not _is_time(value)):
            if isinstance(value, str | int | float | bool):
                with suppress(FieldError):  # a long description is no attribute, and no reason to refuse the product
                    attributes.update(_parse_attributes({name: value}))
        elif known[0] not in found or known[1] < found[known[0]][0]:
            found[known[0]] = (known[1], value)
    return {field: value for field, (_, value) in found.items()}, attributes


def _is_time(value: object) -> bool:
    with suppress(FieldError):
        return parse_timestamp(value) > 0.0
    return False


def _parse_product_categories(value: object) -> tuple[str, ...]:
    """Names or paths; a list of lists is a list of paths, and `A>B` and `A > B` are the same path."""
    listed = value if isinstance(value, list) else [value]
    paths = [PATH_SEPARATOR.join(map(str, path)) if isinstance(path, list) else path for path in listed]
    names = (
        PATH_SEPARATOR.join(part.strip() for part in name.split(">") if part.strip())
        for name in parse_categories(paths)
    )
    return tuple(dict.fromkeys(name for name in names if name))


def _parse_available(value: object) -> bool:
    if isinstance(value, bool):
        return value
    known = {**_AVAILABLE, **_UNAVAILABLE}.get(str(value).strip().lower())
    if known is None:
        _refuse("available", "available must be true or false")
    return known


def _parse_tags(value: object) -> tuple[str, ...]:
    listed = value if isinstance(value, list) else str(value).split(",")
    if len(listed) > MAX_TAGS:
        _refuse("tags", f"at most {MAX_TAGS} tags")
    return tuple(filter(None, (parse_text(tag, "tags") for tag in listed)))


def _parse_attributes(value: object) -> dict[str, str | float | bool]:
    if not isinstance(value, Mapping):
        _refuse("attributes", "attributes must be an object of text, numbers, true or false")
    attributes: dict[str, str | float | bool] = {}
    for name, item in value.items():
        if item is None:
            continue
        is_number = isinstance(item, int | float) and not isinstance(item, bool)
        if isinstance(item, bool):
            attributes[parse_text(name, "attributes")] = item
        else:
            parsed = parse_number(item, "attributes") if is_number else parse_text(item, "attributes")
            attributes[parse_text(name, "attributes")] = parsed
    return attributes


def _refuse(field: str, detail: str) -> NoReturn:
    raise FieldError(f"invalid_{field}", field, detail)


_PARSERS: dict[str, Callable[[object], object]] = {
    "product_id": lambda value: parse_id(value, "product_id", PLACEHOLDER_PRODUCTS),
    "name": lambda value: parse_text(value, "name"),
    "categories": _parse_product_categories,
    "popularity": lambda value: parse_number(value, "popularity", 0.0, 1e12),
    "price": lambda value: parse_number(value, "price", 0.0, 1e9),
    "brand": lambda value: parse_text(value, "brand"),
    "url": lambda value: parse_text(value, "url"),
    "image_url": lambda value: parse_text(value, "image_url"),
    "available": _parse_available,
    "tags": _parse_tags,
    "added": lambda value: parse_timestamp(value, "added"),
}
