"""Messages of Segment's libraries (Spec V2), and of those that speak like them, as raw events for `normalise`."""

import math

from events.fields import IDENTIFYING

KINDS = frozenset({"track", "identify", "page", "screen", "group", "alias"})
_KEPT = ("userId", "anonymousId", "previousId", "messageId")
# The rest of the context tells who is behind a browser, or is nested deeper than properties may be. The agent tells
# crawlers from people, and is not kept.
_OBJECTS_OF_CONTEXT = ("page", "campaign")
_SCALARS_OF_CONTEXT = ("locale", "timezone", "sessionId", "session_id", "userAgent")
# In the first version of the e-commerce spec these had the product's id as `id`.
_FIRST_SPEC = frozenset({"Viewed Product", "Clicked Product", "Added Product", "Removed Product"})
_MAX_TRAIT_LENGTH, _MAX_TRAIT = 1024, 1e300


def is_message(raw: object) -> bool:
    """Whether an event was made by a library of Segment's kind: it names its write key, or the library."""
    if not isinstance(raw, dict):
        return False
    context = raw.get("context")
    return "writeKey" in raw or (isinstance(context, dict) and "library" in context)


def translate(message: object, kind: str = "") -> object:
    """The raw event that a message means; `kind` is what its address says, else its `type` does.

    What is no object is returned as it is, for the normaliser to refuse.
    """
    if not isinstance(message, dict):
        return message
    kind = kind or _kind_of(message)
    raw = {name: message[name] for name in _KEPT if message.get(name) not in (None, "")}
    raw |= _times(message)
    raw["context"] = _context(message.get("context"))
    properties = message.get("properties")
    properties = properties if isinstance(properties, dict) else {}
    match kind:
        case "track":
            event = message.get("event")
            return raw | {"event_type": event, "properties": _track(event, properties)}
        case "page" | "screen":
            return raw | {"event_type": "page", "properties": _page(message, properties)}
        case "identify":
            return raw | {"event_type": "identify", "traits": _traits(message.get("traits"))}
        case "group":
            return raw | {"event_type": "group", "properties": {"group_id": message.get("groupId")}}
    return raw | {"event_type": kind or message.get("type")}


def _kind_of(message: dict[str, object]) -> str:
    named = message.get("type")
    if named is None and "event" in message:
        return "track"
    return named if isinstance(named, str) and named in KINDS else ""


def _times(message: dict[str, object]) -> dict[str, object]:
    """The time and, where the sender's clock is still to be corrected by it, the time of sending.

    What Segment hands on has been corrected; then `receivedAt` is there, and `originalTimestamp` is what it was.
    """
    if message.get("receivedAt") is not None and message.get("timestamp") is not None:
        return {"timestamp": message["timestamp"]}
    original = message.get("originalTimestamp")
    times = {"timestamp": message.get("timestamp") if original is None else original, "sent_at": message.get("sentAt")}
    return {name: value for name, value in times.items() if value is not None}


def _context(context: object) -> dict[str, object]:
    if not isinstance(context, dict):
        return {}
    kept = {name: context[name] for name in _SCALARS_OF_CONTEXT if isinstance(context.get(name), str | int)}
    for name in _OBJECTS_OF_CONTEXT:
        if isinstance(context.get(name), dict):
            kept[name] = {key: value for key, value in context[name].items() if not isinstance(value, dict | list)}
    return kept


def _track(event: object, properties: dict[str, object]) -> dict[str, object]:
    kept = {name: value for name, value in properties.items() if name not in IDENTIFYING}
    if isinstance(kept.get("position"), str) and not _is_number(kept["position"]):
        kept.setdefault("slot", kept.pop("position"))  # of promotions it is where they stand, such as `home_top`
    if isinstance(event, str) and event in _FIRST_SPEC and "id" in kept:
        kept.setdefault("product_id", kept.pop("id"))
    return kept


def _page(message: dict[str, object], properties: dict[str, object]) -> dict[str, object]:
    """Properties of a page; its category is one of the shop's pages, not of its products."""
    kept = {name: value for name, value in properties.items() if name not in IDENTIFYING}
    for name in ("category", "name"):
        inner = kept.pop(name, None)
        kept[f"page_{name}"] = message.get(name, inner)
    return kept


def _traits(traits: object) -> object:
    """The traits that are text, numbers, true or false; addresses and lists have no use here."""
    if not isinstance(traits, dict):
        return {} if traits is None else traits
    return {name: trait for name, trait in traits.items() if name.strip() and _is_kept(name) and _is_kept(trait)}


def _is_kept(trait: object) -> bool:
    if isinstance(trait, str):
        return len(trait) <= _MAX_TRAIT_LENGTH and trait.isprintable()
    return isinstance(trait, bool | int | float) and abs(trait) < _MAX_TRAIT


def _is_number(text: object) -> bool:
    try:
        return math.isfinite(float(str(text)))
    except ValueError:
        return False
