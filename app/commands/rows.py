"""Rows of a file to what they mean: products and events."""

import re
from typing import Any

import msgspec

from app.commands.columns import KEPT
from app.commands.rejects import Rejected
from events.fields import ALIASES, Fields
from events.values import MAX_TEXT_LENGTH, FieldError
from recommender.product import ALIASES as PRODUCT_ALIASES
from recommender.product import Product, parse_product

# One cell holds several values: what separates them, by the names its column may have.
_SEPARATORS = {
    **dict.fromkeys(PRODUCT_ALIASES["categories"], re.compile(r"\|")),
    **dict.fromkeys(PRODUCT_ALIASES["tags"], re.compile(r"[,|]")),
}
PRODUCT_FIELDS = frozenset(name for names in PRODUCT_ALIASES.values() for name in names)
_IDS = frozenset(PRODUCT_ALIASES["product_id"])
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]+")
_OBJECTS = frozenset(PRODUCT_ALIASES["attributes"])
EVENT_FIELDS = frozenset(name for names in ALIASES.values() for name in names)
_TIMES = frozenset({*ALIASES["timestamp"], *ALIASES["sent_at"]})
# Longer ones are no times, and JSON readers differ on them.
_WHOLE, _NUMBER = re.compile(r"-?\d{1,18}", re.ASCII), re.compile(r"-?\d{1,18}\.\d{1,9}", re.ASCII)


def fit_cells(cells: dict[str, Any]) -> dict[str, Any]:
    """The cells of a product that can be kept: texts too long for an attribute are left out, line breaks are spaces."""
    fitted = {}
    for name, cell in cells.items():
        is_text = isinstance(cell, str)
        if is_text and name not in PRODUCT_FIELDS and len(cell) > MAX_TEXT_LENGTH:
            continue
        fitted[name] = _CONTROLS.sub(" ", cell) if is_text and name not in _IDS else cell
    return fitted


def parse_row(line: int, cells: dict[str, Any]) -> Product | Rejected:
    """The product of a row, or why it is none."""
    try:
        return parse_product({name: _split(name, cell) for name, cell in cells.items()})
    except FieldError as error:
        return Rejected(line, error.field, error.detail)


def build_event(line: int, cells: dict[str, Any]) -> dict[str, Any] | Rejected:
    """The event of a row as it is sent: ids as they stand, times as numbers where they are, kept columns apart.

    A row without a visitor is rejected here, because the service would give it to a visitor of its own making.
    """
    event = {name: as_sent(name, cell) for name, cell in cells.items() if not name.startswith(KEPT)}
    names = {name: name.removeprefix(KEPT) for name in cells if name.startswith(KEPT)}
    kept = {short: as_sent(short, cells[name]) for name, short in names.items()}
    if kept:
        event["properties"] = kept
    fields = Fields(event)
    if fields.get("user_id") is None and fields.get("anonymous_id") is None:
        return Rejected(line, "user_id", "an event in a file needs a user_id or an anonymous_id")
    return event


def as_sent(name: str, cell: Any) -> Any:
    """A cell as the service gets it: a time that is a number in text becomes that number."""
    if name not in _TIMES or not isinstance(cell, str):
        return cell
    text = cell.strip()
    if _WHOLE.fullmatch(text):
        return int(text)
    return float(text) if _NUMBER.fullmatch(text) else cell


def _split(name: str, cell: Any) -> Any:
    if not isinstance(cell, str):
        return cell
    if name in _OBJECTS and cell.lstrip().startswith("{"):
        try:
            return msgspec.json.decode(cell)
        except msgspec.MsgspecError:
            return cell
    separator = _SEPARATORS.get(name)
    if separator is None:
        return cell
    parts = [part.strip() for part in separator.split(cell)]
    return [part for part in parts if part]
