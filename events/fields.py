"""Names of fields: which of the many names in use mean which canonical one.

The lists follow the public interfaces of Segment, GA4, Mixpanel, Amazon Personalize, Google Retail, Algolia,
Recombee, Gorse and Snowplow; `docs/events.md` shows them as a table.
"""

from collections.abc import Callable, Iterator, Mapping

from events.taxonomy import squash
from events.values import FieldError, parse_number

# Earlier names win over later ones within one object; an object's own names win over its containers'.
ALIASES: dict[str, tuple[str, ...]] = {
    "type": (
        "event_type", "eventSubtype", "eventType", "interaction_type", "interactionType", "action_type", "actionType",
        "event", "event_name", "eventName", "action", "FeedbackType", "feedback_type", "type", "name",
    ),
    "user_id": (
        "user_id", "userId", "uid", "distinct_id", "UserId", "user", "authenticatedUserToken", "external_id",
        "entityId",
    ),
    "anonymous_id": (
        "anonymous_id", "anonymousId", "visitor_id", "visitorId", "client_id", "clientId", "userToken",
        "device_id", "$device_id",
    ),
    "previous_id": ("previous_id", "previousId"),
    "session_id": ("session_id", "sessionId", "session", "ga_session_id"),
    "product_id": (
        "product_id", "productId", "item_id", "itemId", "item", "ItemId", "objectID", "content_id",
        "targetEntityId", "asin", "product", "sku",
    ),
    "items": ("items", "products", "productDetails", "contents", "objectIDs", "content_ids", "impression"),
    "category": (
        "categories", "category", "category_path", "categoryPath", "category_code", "category_id", "categoryId",
        "item_category", "product_category", "productCategory",
    ),
    "brand": ("brand", "item_brand", "manufacturer"),
    "timestamp": (
        "timestamp", "time", "ts", "event_time", "eventTime", "Timestamp", "originalTimestamp",
        "timestamp_micros", "occurred_at",
    ),
    "sent_at": ("sent_at", "sentAt"),
    "event_id": ("event_id", "eventId", "messageId", "message_id", "$insert_id", "insert_id", "eventID"),
    "recommendation_id": (
        "recommendation_id", "recommendationId", "rec_id", "recommId", "attribution_token", "attributionToken",
        "queryID", "query_id", "ranking", "request_id",
    ),
    "position": ("position", "rank", "index"),
    "placement": (
        "placement", "scenario", "list_id", "item_list_id", "item_list_name", "serving_config", "slot", "widget",
    ),
    "quantity": ("quantity", "qty", "amount", "count"),
    "price": ("price", "unit_price", "unitPrice", "item_price"),
    "value": ("value", "revenue", "total", "eventValue", "Value"),
    "currency": ("currency", "currencyCode", "currency_code"),
    "order_id": ("order_id", "orderId", "transaction_id", "transactionId"),
    "rating": ("rating", "stars", "score"),
    "duration_ms": ("duration_ms", "dwell_ms", "durationMs", "engagement_time_msec", "duration"),
    "portion": ("portion", "scroll_depth", "scrollDepth", "percent_scrolled"),
    "query": ("query", "search_term", "searchTerm", "searchQuery", "search_query", "search_string"),
    "traits": ("traits",),
    "user_agent": ("user_agent", "userAgent"),
}  # fmt: skip

# Names of who, when and which event it is. Protocols that have these beside an event's properties leave a shop free to
# use the same names, such as `user`, for something else within them.
IDENTIFYING = frozenset(
    name
    for field in ("user_id", "anonymous_id", "previous_id", "timestamp", "sent_at", "event_id", "traits")
    for name in ALIASES[field]
)

# Objects inside an event whose members count as its own; `""` is the event itself.
CONTAINERS = ("properties", "props", "params", "additionalData", "fields", "context", "ecommerce", "userInfo")
_NESTED_ONLY = {"purchaseTransaction": {"id": "orderId", "revenue": "revenue", "currencyCode": "currencyCode"}}
# Names that only carry the kind of message, not the type of event.
_METHODS = frozenset({"track", "event", "interaction", "feedback"})

# Algolia's `index` is the name of a search index, Google's a position.
_NUMBERS_ONLY = frozenset({"index"})

# Left out of properties at any depth, compared as names of types are: what tells who is behind a visitor's id.
PRIVATE = frozenset(
    {
        "ip", "ipaddress", "ipaddr", "ipv4", "ipv6", "clientip", "userip", "remoteip", "remoteaddr", "remoteaddress",
        "xforwardedfor", "xrealip", "useragent", "httpuseragent", "fingerprint", "devicefingerprint",
        "browserfingerprint", "canvasfingerprint",
    }
)  # fmt: skip

_CANONICAL = {name: (field, rank) for field, names in ALIASES.items() for rank, name in enumerate(names)}
_SCALES: dict[str, Callable[[float], float]] = {
    "duration": lambda seconds: seconds * 1000.0,
    "percent_scrolled": lambda percent: percent / 100.0,
    "index": lambda zero_based: zero_based + 1.0,
}


class Fields:
    """The fields of one raw event by canonical name, and what is left over (`properties`)."""

    def __init__(self, raw: Mapping[str, object]) -> None:
        self._found: dict[str, tuple[int, str, object]] = {}  # rank, name and value by canonical field
        self.properties: dict[str, object] = {}
        self._collect(raw, level=0)

    def _collect(self, raw: Mapping[str, object], level: int) -> None:
        nested = []
        for name, value in raw.items():
            if value is None:
                continue
            canonical = _CANONICAL.get(name)
            if canonical is not None:
                self._offer(canonical, name, value, level)
            elif name in CONTAINERS and isinstance(value, dict) and level == 0:
                nested.append(value)
            elif name in _NESTED_ONLY and isinstance(value, dict):
                nested.append({new: value[old] for old, new in _NESTED_ONLY[name].items() if old in value})
            else:
                self.properties.setdefault(name, value)
        for value in nested:
            self._collect(value, level + 1)

    def _offer(self, canonical: tuple[str, int], name: str, value: object, level: int) -> None:
        field, rank = canonical
        if name == "type" and isinstance(value, str) and value in _METHODS:
            return
        if name in _NUMBERS_ONLY and isinstance(value, str):
            self.properties.setdefault(name, value)
            return
        rank += 100 * level
        known = self._found.get(field)
        if known is not None:
            if rank >= known[0]:
                self.properties.setdefault(name, value)
                return
            self.properties.setdefault(known[1], known[2])
        self._found[field] = (rank, name, value)

    def __iter__(self) -> Iterator[str]:
        """Canonical fields that are there."""
        return iter(self._found)

    def get(self, field: str) -> object:
        """The raw value of a canonical field, None when it is absent."""
        found = self._found.get(field)
        return found[2] if found is not None else None

    def name(self, field: str) -> str:
        """The name that a canonical field was sent under, empty when it is absent."""
        found = self._found.get(field)
        return found[1] if found is not None else ""

    def number(self, field: str, low: float, high: float) -> float | None:
        """A number within bounds, in the canonical unit.

        Raises:
            FieldError: it is there and is not such a number.
        """
        found = self._found.get(field)
        if found is None:
            return None
        _, name, value = found
        scale = _SCALES.get(name)
        if scale is None:
            return parse_number(value, field, low, high)
        scaled = scale(parse_number(value, field))
        return parse_number(scaled, field, low, high)

    def whole(self, field: str, low: int, high: int) -> int | None:
        """A number as in `number`, cut to a whole one."""
        number = self.number(field, low, high)
        return None if number is None else int(number)


def parse_properties(properties: dict[str, object]) -> dict[str, object]:
    """The left-over fields without those in `PRIVATE`: at most 255 of them, nested at most three deep.

    Raises:
        FieldError: there are more, or they are nested deeper.
    """
    if len(properties) > 255:
        raise FieldError("too_many_properties", "properties", "an event may have at most 255 other properties")
    if properties and _depth(properties, 4) > 3:
        raise FieldError("properties_too_deep", "properties", "properties may be nested at most 3 deep")
    return {name: _without_private(value) for name, value in properties.items() if squash(name) not in PRIVATE}


def claimed_id(raw: object) -> str:
    """The event id of a raw event as sent, for an error report; empty when there is none to speak of."""
    if isinstance(raw, dict):
        for name in ALIASES["event_id"]:
            if isinstance(raw.get(name), str):
                return str(raw[name])[:128]
    return ""


def _without_private(value: object) -> object:
    if isinstance(value, dict):
        return {name: _without_private(item) for name, item in value.items() if squash(name) not in PRIVATE}
    return [_without_private(item) for item in value] if isinstance(value, list) else value


def _depth(value: object, limit: int) -> int:
    if limit == 0 or not isinstance(value, dict | list):
        return 0
    children = value.values() if isinstance(value, dict) else value
    return 1 + max((_depth(child, limit - 1) for child in children), default=0)
