"""Every operation of the HTTP interface, as data for `openapi.py`. A test compares it with the routes."""

from typing import Any

import msgspec

from app.admin_schemas import Overview
from app.asking import ALIASES, DEFAULT_LIMIT, MAX_LIMIT
from app.schemas import (
    Categories,
    Health,
    ProductList,
    ProductsWritten,
    RecentEvents,
    Recommendations,
    Success,
    TrackedMany,
    TrackedOne,
    Validated,
    Validation,
    Version,
)
from app.views.segment import KINDS as SEGMENT_KINDS
from app.views.users import VisitorView
from recommender.finder import SORTS
from recommender.product import Product
from recommender.recommend import CHAINS

DESCRIPTIONS = {
    "service": "Real-time product recommendations: post what visitors do, ask what to show. "
    "Field names are accepted in snake_case, camelCase and the names other services use; see docs/events.md.",
}
JSON_MEDIA = ("application/json", "text/plain")
EVENT_MEDIA = (*JSON_MEDIA, "application/x-ndjson")


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One method of one or several addresses."""

    name: str
    method: str
    paths: tuple[str, ...]
    tag: str
    summary: str
    # By status: the type of the body, several types, or None where there is no JSON.
    answers: dict[int, Any]
    problems: tuple[int, ...] = ()
    parameters: tuple[dict[str, Any], ...] = ()
    body: Any = None
    body_required: bool = True
    media: tuple[str, ...] = JSON_MEDIA
    examples: dict[str, Any] = {}
    answer_media: str = ""


def _query(name: str, schema: dict[str, Any], text: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": text}


def _path(name: str, text: str, example: str) -> dict[str, Any]:
    schema = {"type": "string", "minLength": 1, "maxLength": 128}
    return {"name": name, "in": "path", "required": True, "schema": schema, "description": text, "example": example}


_ID = {"type": ["string", "integer"], "minLength": 1, "maxLength": 128}
_EVENT: dict[str, Any] = {
    "type": "object",
    "description": "One event. Other fields are kept as properties; see docs/events.md for all names.",
    "properties": {
        "event_type": {
            "type": "string",
            "description": "view, click, add_to_cart, purchase, ... or a type of your own",
        },
        "product_id": _ID,
        "user_id": _ID,
        "anonymous_id": _ID,
        "event_id": _ID,
        "timestamp": {"type": ["string", "number"], "description": "RFC 3339, or Unix time in s, ms, us or ns"},
        "category": {"type": ["string", "array"], "items": {"type": "string"}},
        "quantity": {"type": "number"},
        "price": {"type": "number"},
        "order_id": _ID,
        "rating": {"type": "number", "description": "1 to 5 stars, or -1 to 1"},
        "duration_ms": {"type": "number"},
        "portion": {"type": "number"},
        "query": {"type": "string"},
        "recommendation_id": {"type": "string"},
    },
}
_EVENTS: dict[str, Any] = {
    "anyOf": [_EVENT, {"type": "array", "items": _EVENT}],
    "description": 'An event, an array, {"events": [...]}, {"batch": [...]}, or one event a line.',
}
_EVENT_EXAMPLES = {
    "anonymous view": {"eventType": "view", "productId": 101},
    "known user": {"user_id": 1, "product_id": 103, "interaction_type": "view"},
    "rating": {"user_id": 1, "item_id": 101, "action_type": "rating", "rating": 4},
    "batch": {"events": [{"event_type": "purchase", "user_id": "u1", "product_id": "p1", "order_id": "o1"}]},
}
_MESSAGE: dict[str, Any] = {
    "type": "object",
    "description": "A message as Segment's Spec has it; see docs/segment-ga4.md.",
    "properties": {
        "type": {"type": "string", "description": "In a batch: track, identify, page, screen, group, alias"},
        "event": {"type": "string"},
        "userId": _ID,
        "anonymousId": _ID,
        "messageId": _ID,
        "properties": {"type": "object"},
        "traits": {"type": "object"},
        "timestamp": {"type": "string"},
        "sentAt": {"type": "string"},
    },
}
_MESSAGES: dict[str, Any] = {
    "anyOf": [_MESSAGE, {"type": "object", "properties": {"batch": {"type": "array", "items": _MESSAGE}}}],
    "description": 'A message, or {"batch": [...]}.',
}
_TRACK = {"type": "track", "event": "Product Viewed", "userId": "u1", "properties": {"product_id": "p1"}}
_MESSAGE_EXAMPLES = {"batch": {"batch": [_TRACK]}, "track": _TRACK}
_GA4: dict[str, Any] = {
    "type": "object",
    "description": "A body of the Measurement Protocol; see docs/segment-ga4.md.",
    "properties": {
        "client_id": {"type": "string"},
        "user_id": {"type": "string"},
        "timestamp_micros": {"type": "integer"},
        "events": {
            "type": "array",
            "items": {"type": "object", "properties": {"name": {"type": "string"}, "params": {"type": "object"}}},
        },
    },
}
_GA4_EVENT = {"name": "view_item", "params": {"items": [{"item_id": "p1", "price": 40}]}}
_GA4_EXAMPLES = {"view": {"client_id": "c.1", "events": [_GA4_EVENT]}}
_GA4_QUERY = (
    _query("measurement_id", {"type": "string"}, "Accepted and not looked at."),
    _query("api_secret", {"type": "string"}, "Accepted and not looked at."),
)
_STRICT = _query("strict", {"type": "boolean"}, "Apply all events of the request, or none.")
_BODY_PROBLEMS = (400, 413, 415, 422)
_QUESTION: dict[str, Any] = {
    "user_id": (_ID, "A known user; wins over anonymous_id and the cookie."),
    "anonymous_id": (_ID, "An anonymous visitor; wins over the cookie."),
    "limit": ({"type": "integer", "minimum": 1}, f"Products wanted: {DEFAULT_LIMIT} unless said, at most {MAX_LIMIT}."),
    "placement": ({"type": "string"}, "Where the list will stand; comes back in the answer."),
    "strategy": ({"type": "string", "enum": [*CHAINS]}, "Which source to ask first, hybrid unless said."),
    "diversity": (
        {"type": ["number", "string"]},
        "From 0, the best whatever they are, to 1, as different as can be; or no, low, medium, high.",
    ),
    "category": ({"type": "string"}, "Only products of this category, or below it."),
    "product_id": (_ID, "The product on the page: counts as just viewed, and is not recommended."),
    "exclude": ({"type": ["string", "array"], "items": _ID}, "Product ids to leave out; with commas in a query."),
    "exclude_purchased": ({"type": "boolean"}, "Leave out what the visitor bought."),
    "exclude_seen": ({"type": "boolean"}, "Leave out what the visitor met lately."),
    "explain": ({"type": "boolean"}, "Add the parts of every score."),
    "session_data": (
        {"type": ["string", "array", "object"], "items": {}},
        "What happened in this session: product ids, events, or an object of lists of these. Not stored.",
    ),
}
if _QUESTION.keys() != ALIASES.keys():
    raise AssertionError("operations.py and asking.py know different fields")
_QUESTION_QUERY = tuple(
    _query(name, {"type": "string"} if name == "session_data" else schema, text)
    for name, (schema, text) in _QUESTION.items()
)
_LAST_EVENT = _query(
    "last_event_id", {"type": "string"}, "Id of the last event that was seen, where the header cannot be set."
)
_QUESTION_BODY = {
    "type": "object",
    "properties": {name: {**schema, "description": text} for name, (schema, text) in _QUESTION.items()},
}
_PRODUCT: dict[str, Any] = {
    "type": "object",
    "description": "A product. Other scalar fields become attributes; see docs/catalogue.md for all names.",
    "properties": {
        "product_id": _ID,
        "name": {"type": "string"},
        "categories": {"type": ["string", "array"], "items": {"type": "string"}},
        "popularity": {"type": "number", "minimum": 0},
        "price": {"type": "number", "minimum": 0},
        "brand": {"type": "string"},
        "url": {"type": "string"},
        "image_url": {"type": "string"},
        "available": {"type": "boolean"},
        "tags": {"type": ["string", "array"], "items": {"type": "string"}},
        "attributes": {"type": "object"},
    },
}
_PRODUCTS = {"anyOf": [{"type": "array", "items": _PRODUCT}, _PRODUCT], "description": "Products, or one a line."}
_PRODUCT_ID = _path("product_id", "Id of the product.", "p0001")
_SHELF_QUERY = tuple(_query(name, *_QUESTION[name]) for name in ("limit", "category", "explain"))
_BROWSE_QUERY = (
    _query("category", {"type": "string"}, "Only products of this category, or below it."),
    _query("q", {"type": "string"}, "Words that name, brand or categories have, or words that begin with them."),
    _query("brand", {"type": "string"}, "Only this brand; may be said up to 20 times, for one of several."),
    _query("min_price", {"type": "number", "minimum": 0}, "Only products with a price, and not below this one."),
    _query("max_price", {"type": "number", "minimum": 0}, "Only products with a price, and not above this one."),
    _query("ids", {"type": "string"}, "Only these products, with commas, at most 100; in this order unless sorted."),
    _query("sort", {"type": "string", "enum": [*SORTS]}, "popular unless said; equals go by popularity."),
    _query("limit", {"type": "integer", "minimum": 1}, "24 unless said, at most 100."),
    _query("offset", {"type": "integer", "minimum": 0}, "Products to leave out at the beginning."),
    _query("facets", {"type": "boolean"}, "Add the brands and the range of prices that there are to choose from."),
)
_AT = _query("at", {"type": ["string", "number"]}, "Show the profile as of this time instead of now.")

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        name="track_event", method="post", paths=("/track-event", "/v1/events", "/events"), tag="events",
        summary="Take events; the next recommendation reflects them.",
        answers={200: (TrackedOne, TrackedMany)}, problems=(*_BODY_PROBLEMS, 503), parameters=(_STRICT,),
        body=_EVENTS, media=EVENT_MEDIA, examples=_EVENT_EXAMPLES,
    ),
    Operation(
        name="identify", method="post", paths=("/v1/identify",), tag="events",
        summary="Say who an anonymous visitor is: their profile is merged into the user's.",
        answers={200: (TrackedOne, TrackedMany, Success)}, problems=(*_BODY_PROBLEMS, 503), parameters=(_STRICT,),
        body=_EVENTS, media=EVENT_MEDIA,
        examples={"identify": {"user_id": "u1", "anonymous_id": "b1", "traits": {"plan": "gold"}}},
    ),
    Operation(
        name="alias", method="post", paths=("/v1/alias",), tag="events",
        summary="Merge an anonymous visitor into a user.",
        answers={200: (TrackedOne, TrackedMany, Success)}, problems=(*_BODY_PROBLEMS, 503), parameters=(_STRICT,),
        body=_EVENTS, media=EVENT_MEDIA, examples={"alias": {"user_id": "u1", "previous_id": "b1"}},
    ),
    Operation(
        name="segment", method="post", paths=(*SEGMENT_KINDS,), tag="events",
        summary="Take messages of Segment's libraries.", answers={200: Success}, problems=(*_BODY_PROBLEMS, 503),
        parameters=(_STRICT,), body=_MESSAGES, media=EVENT_MEDIA, examples=_MESSAGE_EXAMPLES,
    ),
    Operation(
        name="segment_metrics", method="post", paths=("/v1/m",), tag="events",
        summary="Take what analytics.js tells of itself; nothing is kept.", answers={200: Success},
        problems=(400, 413, 415), body={"type": "object"},
    ),
    Operation(
        name="ga4_collect", method="post", paths=("/mp/collect", "/v1/mp/collect"), tag="events",
        summary="Take events of GA4's Measurement Protocol.", answers={204: None}, problems=(400, 413, 415, 503),
        parameters=_GA4_QUERY, body=_GA4, examples=_GA4_EXAMPLES,
    ),
    Operation(
        name="ga4_validate", method="post", paths=("/debug/mp/collect",), tag="events",
        summary="Say what is wrong with events of the Measurement Protocol, without storing them.",
        answers={200: Validated}, problems=(413, 415), parameters=_GA4_QUERY, body=_GA4, examples=_GA4_EXAMPLES,
    ),
    Operation(
        name="validate_events", method="post", paths=("/v1/events/validate",), tag="events",
        summary="Say how events are understood, without storing them.",
        answers={200: Validation}, problems=_BODY_PROBLEMS, body=_EVENTS, media=EVENT_MEDIA, examples=_EVENT_EXAMPLES,
    ),
    Operation(
        name="recent_events", method="get", paths=("/v1/events/recent",), tag="events",
        summary="The newest events of the log.", answers={200: RecentEvents}, problems=(422, 503),
        parameters=(_query("limit", {"type": "integer", "minimum": 1}, "50 unless said, at most 1000."),),
    ),
    Operation(
        name="recommend_get", method="get", paths=("/recommend", "/v1/recommend"), tag="recommendations",
        summary="Products to show to a visitor.", answers={200: Recommendations}, problems=(422,),
        parameters=_QUESTION_QUERY,
    ),
    Operation(
        name="recommend", method="post", paths=("/recommend", "/v1/recommend"), tag="recommendations",
        summary="Products to show to a visitor; fields in the body win over the query.",
        answers={200: Recommendations}, problems=_BODY_PROBLEMS, parameters=_QUESTION_QUERY,
        body=_QUESTION_BODY, body_required=False,
        examples={"known user": {"user_id": 1, "limit": 5}, "inline session": {"session_data": [105, 106, 107]}},
    ),
    Operation(
        name="stream", method="get", paths=("/v1/stream",), tag="recommendations",
        summary="The same as they change, as Server-Sent Events; the answer does not end.",
        answers={200: None}, problems=(422, 503), parameters=(*_QUESTION_QUERY, _LAST_EVENT),
        answer_media="text/event-stream",
    ),
    Operation(
        name="trending", method="get", paths=("/v1/trending",), tag="shelves",
        summary="What visitors want more than they usually do.", answers={200: Recommendations}, problems=(422,),
        parameters=_SHELF_QUERY,
    ),
    Operation(
        name="popular", method="get", paths=("/v1/popular",), tag="shelves",
        summary="The most popular products.", answers={200: Recommendations}, problems=(422,), parameters=_SHELF_QUERY,
    ),
    Operation(
        name="new", method="get", paths=("/v1/new",), tag="shelves",
        summary="The newest products.", answers={200: Recommendations}, problems=(422,), parameters=_SHELF_QUERY,
    ),
    Operation(
        name="similar", method="get", paths=("/v1/products/{product_id}/similar",), tag="shelves",
        summary="What visitors of a product look at, too.", answers={200: Recommendations}, problems=(404, 422),
        parameters=(_PRODUCT_ID, *_SHELF_QUERY),
    ),
    Operation(
        name="bought_together", method="get", paths=("/v1/products/{product_id}/bought-together",), tag="shelves",
        summary="What is bought with a product.", answers={200: Recommendations}, problems=(404, 422),
        parameters=(_PRODUCT_ID, *_SHELF_QUERY),
    ),
    Operation(
        name="read_user", method="get", paths=("/v1/users/{user_id}",), tag="visitors",
        summary="What the service knows and thinks of a user.", answers={200: VisitorView}, problems=(404, 422, 503),
        parameters=(_path("user_id", "Id of the user.", "u1"), _AT),
    ),
    Operation(
        name="read_anonymous", method="get", paths=("/v1/anonymous/{anonymous_id}",), tag="visitors",
        summary="What the service knows and thinks of an anonymous visitor.",
        answers={200: VisitorView}, problems=(404, 422, 503),
        parameters=(_path("anonymous_id", "Id of the visitor.", "b1"), _AT),
    ),
    Operation(
        name="list_products", method="get", paths=("/v1/products",), tag="catalogue",
        summary="Available products by category, words, brand and price.", answers={200: ProductList}, problems=(422,),
        parameters=_BROWSE_QUERY,
    ),
    Operation(
        name="list_categories", method="get", paths=("/v1/categories",), tag="catalogue",
        summary="All categories, and how many products each has.", answers={200: Categories},
    ),
    Operation(
        name="read_product", method="get", paths=("/v1/products/{product_id}",), tag="catalogue",
        summary="One product.", answers={200: Product}, problems=(404, 422, 503), parameters=(_PRODUCT_ID,),
    ),
    Operation(
        name="put_product", method="put", paths=("/v1/products/{product_id}",), tag="catalogue",
        summary="Create or replace a product.", answers={200: Product, 201: Product},
        problems=(*_BODY_PROBLEMS, 503), parameters=(_PRODUCT_ID,), body=_PRODUCT,
    ),
    Operation(
        name="patch_product", method="patch", paths=("/v1/products/{product_id}",), tag="catalogue",
        summary="Change the named fields of a product.", answers={200: Product},
        problems=(*_BODY_PROBLEMS, 404, 503), parameters=(_PRODUCT_ID,), body=_PRODUCT,
    ),
    Operation(
        name="delete_product", method="delete", paths=("/v1/products/{product_id}",), tag="catalogue",
        summary="Remove a product.", answers={204: None}, problems=(404, 422, 503), parameters=(_PRODUCT_ID,),
    ),
    Operation(
        name="put_products", method="post", paths=("/v1/products/batch",), tag="catalogue",
        summary="Create or replace many products; the good ones are kept.", answers={200: ProductsWritten},
        problems=(*_BODY_PROBLEMS, 503), body=_PRODUCTS, media=EVENT_MEDIA,
    ),
    Operation(
        name="livez", method="get", paths=("/livez",), tag="service", summary="The process is alive.",
        answers={200: Health},
    ),
    Operation(
        name="readyz", method="get", paths=("/readyz",), tag="service",
        summary="The process can answer; 503 while its catalogue is loading.", answers={200: Health, 503: Health},
    ),
    Operation(
        name="healthz", method="get", paths=("/healthz", "/health"), tag="service",
        summary="Summary of the process and what it depends on.", answers={200: Health},
    ),
    Operation(
        name="version", method="get", paths=("/version",), tag="service", summary="What is running.",
        answers={200: Version},
    ),
    Operation(
        name="metrics", method="get", paths=("/metrics",), tag="service", summary="Metrics for Prometheus.",
        answers={200: None}, answer_media="text/plain",
    ),
    Operation(
        name="admin_overview", method="get", paths=("/v1/admin/overview",), tag="service",
        summary="What the operator's page shows; 404 when that is switched off.", answers={200: Overview},
        problems=(404,),
    ),
    Operation(
        name="sample_image", method="get", paths=("/sample/images/{product_id}.svg",), tag="catalogue",
        summary="A drawing that stands in for a photograph.", answers={200: None}, problems=(404,),
        parameters=(_PRODUCT_ID,), answer_media="image/svg+xml",
    ),
)  # fmt: skip
