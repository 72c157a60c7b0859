"""The products that one event names, and what it says of each: categories, brand, price, quantity, position."""

from collections.abc import Mapping

from events.fields import Fields
from events.values import PLACEHOLDER_PRODUCTS, FieldError, parse_id, parse_text

MAX_ITEMS = 200
MAX_CATEGORIES = 16
MAX_POSITION = 10**9
MAX_NAME_LENGTH = 200
_NUMBERS = {"quantity": (0.0, 1e6), "price": (0.0, 1e9)}


def parse_items(fields: Fields) -> list[dict[str, object]]:
    """Per product named: product_id, categories, brand, price, quantity, position; a single empty one if none is."""
    shared = _parse_item(fields)
    listed = fields.get("items")
    # Amazon Personalize lists what was shown beside the one product that the event is about.
    is_shown = fields.name("items") == "impression" and "product_id" in shared
    if listed is None or listed == [] or is_shown:
        return [shared]
    listed = listed if isinstance(listed, list) else [listed]
    if len(listed) > MAX_ITEMS:
        raise FieldError("too_many_items", "items", f"an event may name at most {MAX_ITEMS} products")
    items = [_parse_entry(Fields(_as_object(entry))) for entry in listed]
    if any("product_id" not in item for item in items):
        raise FieldError("missing_product_id", "items", "every entry of items needs a product_id")
    return [{**shared, **item} for item in items]


def _as_object(entry: object) -> Mapping[str, object]:
    if not isinstance(entry, dict):
        return {"product_id": entry}
    inner = entry.get("product")
    entry = {**entry, **inner} if isinstance(inner, dict) else entry
    return entry if "id" not in entry else {"product_id": entry["id"], **entry}


def _parse_entry(fields: Fields) -> dict[str, object]:
    """An item that may stand in a position of its own; there `rank` and the like may be other things than numbers."""
    item = _parse_item(fields)
    position = fields.get("position")
    if isinstance(position, int | float) and not isinstance(position, bool) and 0 <= position < MAX_POSITION:
        item["position"] = fields.whole("position", 0, MAX_POSITION)
    return item


def _parse_item(fields: Fields) -> dict[str, object]:
    item: dict[str, object] = {}
    if (product := fields.get("product_id")) is not None:
        if isinstance(product, dict):
            return _parse_item(Fields(_as_object(product)))
        item["product_id"] = parse_id(product, "product_id", PLACEHOLDER_PRODUCTS)
    if (category := fields.get("category")) is not None and (parsed := parse_categories(category)):
        item["categories"] = parsed
    if (brand := fields.get("brand")) is not None and (text := parse_text(brand, "brand")):
        item["brand"] = text[:MAX_NAME_LENGTH]
    for field, bounds in _NUMBERS.items():
        if (number := fields.number(field, *bounds)) is not None:
            item[field] = number
    return item


def parse_categories(value: object) -> tuple[str, ...]:
    """One category, a list of them, or nothing; each is text of up to 200 characters.

    Raises:
        FieldError: more than 16 categories, or one that is not such text.
    """
    listed = value if isinstance(value, list) else [value]
    if len(listed) > MAX_CATEGORIES:
        raise FieldError("invalid_category", "category", f"at most {MAX_CATEGORIES} categories")
    names = [parse_text(name, "category") for name in listed]
    if any(len(name) > MAX_NAME_LENGTH for name in names):
        raise FieldError("invalid_category", "category", "a category must have at most 200 characters")
    return tuple(dict.fromkeys(name for name in names if name))
