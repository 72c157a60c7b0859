"""Turning a request for recommendations, in any of its shapes, into a `Question`."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import msgspec

from app.container import Container
from app.requests import parse_flag, parse_integer
from app.tracking import understand
from app.unknown import warn_of_category, warn_of_products
from events.decode import BodyError, decode_json
from events.event import Event, EventProblem, Visitor
from events.fields import ALIASES as NAMES
from events.normalise import Arrival
from events.values import FieldError, parse_id, parse_number, parse_text
from profiles.delta import build_delta
from profiles.profile import Bounds, Profile, merge
from recommender.recommend import CHAINS
from recommender.slate import Question

T = TypeVar("T")

DEFAULT_LIMIT = 10
DEFAULT_STRATEGY = "hybrid"
# Words for the dial, as other services have them.
DIVERSITIES = {"no": 0.0, "low": 0.25, "medium": 0.5, "high": 0.75}
MAX_LIMIT = 100
MAX_EXCLUDED = 500
MAX_INLINE = 100
ALIASES = {
    "user_id": ("user_id", "userId", "uid"),
    "anonymous_id": ("anonymous_id", "anonymousId", "visitor_id", "visitorId"),
    "limit": (
        "limit", "n", "k", "count", "num", "num_results", "numResults", "top_n", "topN", "page_size", "pageSize",
        "maxRecommendations",
    ),
    "placement": ("placement", "scenario", "serving_config"),
    "strategy": ("strategy", "logic", "model", "algorithm"),
    "diversity": ("diversity",),
    "category": ("category",),
    "product_id": ("product_id", "productId", "item_id", "itemId", "context_item"),
    "exclude": ("exclude", "exclude_ids", "excludeIds"),
    "exclude_purchased": ("exclude_purchased", "excludePurchased"),
    "exclude_seen": ("exclude_seen", "excludeSeen"),
    "explain": ("explain",),
    "session_data": ("session_data", "sessionData", "events"),
}  # fmt: skip
_FIELD_OF = {name: field for field, names in ALIASES.items() for name in names}
_RANKS = {name: rank for names in ALIASES.values() for rank, name in enumerate(names)}
# Nothing that a request tells of its visitor may push out what is stored.
TOLD_BOUNDS = Bounds(interests=10_000, marks=10_000, recent=1_000)
# Lists of products in an object of session data, and what the visitor did with them.
_LISTS = {
    "views": "view", "viewed": "view", "viewed_products": "view", "viewedProducts": "view", "product_views": "view",
    "clicks": "click", "clicked": "click", "cart": "add_to_cart", "added_to_cart": "add_to_cart",
    "wishlist": "add_to_wishlist", "purchases": "purchase", "purchased": "purchase", "likes": "like",
}  # fmt: skip
# An object with one of these is an event, whatever lists it holds.
_EVENT_NAMES = frozenset(NAMES["type"] + NAMES["product_id"])


class Asked(msgspec.Struct, frozen=True):
    """The question, who asks (None for a stranger), what the request told of them, and what of it was
    not understood.
    """

    question: Question
    visitor: Visitor | None
    told: Sequence[Event]
    warnings: list[EventProblem]


def parse_asked(raw: Mapping[str, object], container: Container, arrival: Arrival) -> Asked:
    """Parse the fields of a query or body; inline events that make no sense become warnings.

    Raises:
        FieldError: a field cannot be used.
    """
    fields = _by_field(raw)
    visitor, warnings = _parse_visitor(fields, container, arrival)
    told, problems = _parse_session(fields["session_data"], container, arrival, visitor)
    question = Question(
        limit=_parse(fields["limit"], DEFAULT_LIMIT, lambda v: parse_integer(v, "limit", (1, MAX_LIMIT))),
        exclude=frozenset(_parse_ids(fields["exclude"], "exclude")),
        exclude_purchased=_parse(fields["exclude_purchased"], False, lambda v: parse_flag(v, "exclude_purchased")),
        exclude_seen=_parse(fields["exclude_seen"], False, lambda v: parse_flag(v, "exclude_seen")),
        category=_parse(fields["category"], "", lambda v: parse_text(v, "category")),
        context=_parse(fields["product_id"], "", lambda v: parse_id(v, "product_id")),
        strategy=_parse(fields["strategy"], DEFAULT_STRATEGY, parse_strategy),
        diversity=_parse(fields["diversity"], 0.0, parse_diversity),
        placement=_parse(fields["placement"], "", lambda v: parse_text(v, "placement")),
        explain=_parse(fields["explain"], False, lambda v: parse_flag(v, "explain")),
    )
    if question.category:
        warnings += warn_of_category(question.category, container)
    return Asked(question, visitor, told, warnings + problems)


def _by_field(raw: Mapping[str, object]) -> dict[str, object]:
    """Values by canonical field, None for those that are not there; earlier aliases win."""
    fields: dict[str, object] = dict.fromkeys(ALIASES)
    for name in sorted(raw.keys() & _FIELD_OF.keys(), key=_RANKS.__getitem__, reverse=True):
        if raw[name] is not None:
            fields[_FIELD_OF[name]] = raw[name]
    return fields


def add_told(profile: Profile, told: Sequence[Event], container: Container) -> Profile:
    """`profile` with the events that the request told, for one answer: all of it but the long-term interests.

    Those come from tracked events alone, or a list told with every question would outweigh what is tracked in between.
    """
    if not told:
        return profile
    merged = profile
    for event in told:
        merged = merge(merged, build_delta(event, container.half_lives, container.rules.taxonomy), TOLD_BOUNDS)
    return msgspec.structs.replace(merged, interests=profile.interests)


def parse_strategy(value: object) -> str:
    """A name of `CHAINS`.

    Raises:
        FieldError: it is none.
    """
    name = parse_text(value, "strategy").strip().lower()
    if name not in CHAINS:
        raise FieldError("invalid_strategy", "strategy", f"strategy must be one of {', '.join(CHAINS)}")
    return name


def parse_diversity(value: object) -> float:
    """0 to 1, or a word for it.

    Raises:
        FieldError: it is neither.
    """
    known = DIVERSITIES.get(value) if isinstance(value, str) else None
    return parse_number(value, "diversity", 0.0, 1.0) if known is None else known


def _parse(value: object, default: T, parse: Callable[[object], T]) -> T:
    return default if value is None else parse(value)


def _parse_visitor(
    fields: Mapping[str, object], container: Container, arrival: Arrival
) -> tuple[Visitor | None, list[EventProblem]]:
    """Who asks. An id that names nobody is a warning: popular products are a better answer than an error."""
    problems: list[EventProblem] = []
    for field, kind, placeholders in (
        ("user_id", "user", container.rules.placeholder_users),
        ("anonymous_id", "anonymous", frozenset[str]()),
    ):
        if fields[field] is not None:
            try:
                return Visitor(kind, parse_id(fields[field], field, placeholders)), problems  # type: ignore[arg-type]
            except FieldError as error:
                problems.append(EventProblem(index=0, code=error.code, detail=error.detail, field=field))
    return arrival.cookie, problems


def _parse_ids(value: object, field: str) -> list[str]:
    """Ids as a list, or as text with commas between them."""
    if value is None or value == "":
        return []
    listed = value.split(",") if isinstance(value, str) else value if isinstance(value, list) else [value]
    if len(listed) > MAX_EXCLUDED:
        raise FieldError(f"invalid_{field}", field, f"{field} may name at most {MAX_EXCLUDED} products")
    return [parse_id(item, field) for item in listed if item != ""]


def _parse_session(
    value: object, container: Container, arrival: Arrival, visitor: Visitor | None
) -> tuple[list[Event], list[EventProblem]]:
    if value is None:
        return [], []
    raw, asker = _session_events(value), visitor or Visitor("anonymous", "inline")
    understood = understand(container, raw[: MAX_INLINE + 1], msgspec.structs.replace(arrival, cookie=asker))
    if max(len(raw), len(understood.events)) > MAX_INLINE:
        raise FieldError("invalid_session_data", "session_data", f"session_data may name at most {MAX_INLINE} products")
    return understood.events, [*understood.problems, *warn_of_products(understood, container)]


def _session_events(value: object) -> list[object]:
    """Product ids, events (a view unless they say otherwise), one event, or an object of lists of these."""
    if isinstance(value, str):
        try:
            value = decode_json(value.encode()) if value.lstrip()[:1] in ("[", "{") else value.split(",")
        except BodyError as error:
            raise FieldError("invalid_session_data", "session_data", error.detail) from None
    if isinstance(value, list):
        return [_inline_event(item, "view") for item in value]
    if isinstance(value, dict):
        lists = [(_LISTS.get(name), items) for name, items in value.items() if isinstance(items, list)]
        if value and (not lists or not value.keys().isdisjoint(_EVENT_NAMES)):
            return [_inline_event(value, "view")]
        return [_inline_event(item, kind or "view") for kind, items in lists for item in items]
    raise FieldError("invalid_session_data", "session_data", "session_data must be a list of events or product ids")


def _inline_event(item: object, kind: str) -> object:
    return {"type": kind, **item} if isinstance(item, dict) else {"event_type": kind, "product_id": item}
