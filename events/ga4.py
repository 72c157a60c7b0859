"""Events of GA4's Measurement Protocol as raw events for `normalise`, and problems as its validator tells them."""

import msgspec

from events.event import EventProblem
from events.fields import ALIASES, IDENTIFYING

_PLACEMENTS = frozenset(ALIASES["placement"])
_CATEGORIES = ("item_category", "item_category2", "item_category3", "item_category4", "item_category5")
# They say that the browser is the user's; nothing else in the protocol does.
_SIGNING_IN = frozenset({"login", "sign_up"})
_PRODUCT_CONTENT = frozenset({"product", "item"})
# The protocol's names of what problems are about.
_BESIDE_EVENTS = {"user_id": "user_id", "anonymous_id": "client_id", "timestamp": "timestamp_micros"}
_IN_PARAMS = {
    "product_id": "items",
    "query": "search_term",
    "order_id": "transaction_id",
    "duration_ms": "engagement_time_msec",
}


class ValidationMessage(msgspec.Struct, frozen=True, rename="camel"):
    """What is wrong with one event: where, a sentence for people, and one of the protocol's codes."""

    field_path: str
    description: str
    validation_code: str


def translate(event: object) -> object:
    """The raw event that an event means, with the fields beside the list already in it.

    Of these only ids, time and agent are taken: addresses, user data and user properties are not looked at. What is no
    object is returned as it is, for the normaliser to refuse.
    """
    if not isinstance(event, dict):
        return event
    params = event.get("params")
    params = params if isinstance(params, dict) else {}
    browser = event.get("client_id") or event.get("app_instance_id")
    told = {"user_id": event.get("user_id"), "anonymous_id": browser, "timestamp": event.get("timestamp_micros")}
    told["user_agent"] = event.get("user_agent")
    raw = {name: value for name, value in told.items() if value not in (None, "")}
    name = event.get("name")
    if isinstance(name, str) and name in _SIGNING_IN and "user_id" in raw and "anonymous_id" in raw:
        return raw | {"event_type": "identify"}
    if name == "select_content" and str(params.get("content_type")) in _PRODUCT_CONTENT:
        name = "select_item"
    return raw | {"event_type": name, "params": _params(name, params)}


def _params(name: object, params: dict[str, object]) -> dict[str, object]:
    kept = {key: value for key, value in params.items() if key not in IDENTIFYING}
    if name != "user_engagement":
        kept.pop("engagement_time_msec", None)  # on every event: time on the page since the event before
    items = kept.get("items")
    if not isinstance(items, list):
        return kept
    kept["items"] = [_item(item) for item in items]
    first = items[0] if items and isinstance(items[0], dict) else {}
    if _PLACEMENTS.isdisjoint(kept):
        kept.update({key: first[key] for key in ("item_list_id", "item_list_name") if key in first})
    return kept


def _item(item: object) -> object:
    """An item with its categories, which are levels of one, as the path that they are in the catalogue."""
    if not isinstance(item, dict):
        return item
    levels = [item[key] for key in _CATEGORIES if isinstance(item.get(key), str) and item[key].strip()]
    if len(levels) < 2:
        return item
    rest = {key: value for key, value in item.items() if key not in _CATEGORIES}
    return rest | {"item_category": " > ".join(level.strip() for level in levels)}


def explain(problem: EventProblem) -> ValidationMessage:
    """A problem as the protocol's validator would tell it."""
    text = problem.detail.replace("an anonymous_id", "a client_id").replace("anonymous_id", "client_id")
    return ValidationMessage(_path(problem), text, _code(problem.code))


def _path(problem: EventProblem) -> str:
    if problem.code == "missing_visitor":
        return "client_id"
    if problem.field in _BESIDE_EVENTS:
        return _BESIDE_EVENTS[problem.field]
    event = f"events[{problem.index}]"
    if not problem.field:
        return event
    if problem.field == "event_type":
        return f"{event}.name"
    return f"{event}.params.{_IN_PARAMS.get(problem.field, problem.field)}"


def _code(code: str) -> str:
    if code in ("invalid_type", "unknown_type"):
        return "NAME_INVALID"
    if code == "timestamp_in_future":
        return "VALUE_OUT_OF_BOUNDS"
    if code.startswith("missing_"):
        return "VALUE_REQUIRED"
    return "EXCEEDED_MAX_ENTITIES" if code.startswith("too_many_") else "VALUE_INVALID"
