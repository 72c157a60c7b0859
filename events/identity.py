"""Whose event it is, whom it links, and what it says of them."""

from events.event import Visitor
from events.fields import Fields
from events.taxonomy import EventType
from events.values import FieldError, parse_id, parse_number, parse_text


def parse_visitors(
    fields: Fields, row: EventType, cookie: Visitor | None, placeholders: frozenset[str]
) -> tuple[Visitor | None, Visitor | None]:
    """The visitor of an event, None when it names none, and the anonymous visitor that it says is the same person.

    Raises:
        FieldError: an id cannot be used, or an event that links identities names no user.
    """
    user, anonymous = fields.get("user_id"), fields.get("anonymous_id")
    known = None if user is None else Visitor("user", parse_id(user, "user_id", placeholders))
    browser = None if anonymous is None else Visitor("anonymous", parse_id(anonymous, "anonymous_id"))
    browser = browser or cookie
    if row.needs in ("user", "previous"):
        if known is None:
            raise FieldError("missing_user_id", "user_id", f"{row.type} needs a user_id")
        return known, _parse_previous(fields, placeholders) if row.needs == "previous" else browser
    return known or browser, None


def _parse_previous(fields: Fields, placeholders: frozenset[str]) -> Visitor | None:
    """The visitor an alias absorbs: `anonymous_id`, or `previous_id`, which is anonymous too (as in Segment)."""
    raw = fields.get("previous_id")
    raw = raw if raw is not None else fields.get("anonymous_id")
    return None if raw is None else Visitor("anonymous", parse_id(raw, "previous_id", placeholders))


def parse_traits(value: object) -> dict[str, object]:
    """What an identify event says of its user: text, numbers, true or false by name.

    Raises:
        FieldError: a trait is something else.
    """
    if not isinstance(value, dict):
        raise FieldError("invalid_traits", "traits", "traits must be an object")
    traits: dict[str, object] = {}
    for name, trait in value.items():
        key = parse_text(name, "traits")
        if trait is None or isinstance(trait, dict | list) or not key:
            raise FieldError("invalid_traits", "traits", f"trait {name!r} must be text, a number, true or false")
        traits[key] = _parse_trait(trait)
    return traits


def _parse_trait(trait: object) -> object:
    if isinstance(trait, bool):
        return trait
    if isinstance(trait, str):
        return parse_text(trait, "traits")
    number = parse_number(trait, "traits")
    return trait if isinstance(trait, int) and abs(trait) < 2**53 else number
