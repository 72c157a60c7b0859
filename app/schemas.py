"""Bodies of answers. Views fill them; `openapi.py` documents them."""

import msgspec

from events.event import Event, EventProblem
from events.ga4 import ValidationMessage
from recommender.slate import Reason


class TrackedOne(msgspec.Struct):
    """Answer to a single event."""

    status: str
    event_id: str
    duplicate: bool


class TrackedMany(msgspec.Struct):
    """Answer to several events; `errors` say which were refused and why, the others were applied."""

    accepted: int
    duplicates: int
    rejected: int
    errors: list[EventProblem]


class Success(msgspec.Struct):
    """Answer to messages of Segment's libraries."""

    success: bool = True


class Validated(msgspec.Struct, rename="camel"):
    """Answer of the Measurement Protocol's dry run: empty when all events are understood."""

    validation_messages: list[ValidationMessage]


class Understood(msgspec.Struct):
    """How one event was understood, and what may surprise its sender."""

    index: int
    event: Event
    warnings: list[str]


class Validation(msgspec.Struct):
    """Answer of the dry run."""

    valid: int
    invalid: int
    events: list[Understood]
    errors: list[EventProblem]


class LoggedEvent(msgspec.Struct):
    """One entry of the event log."""

    id: str
    partition: int
    event: Event


class RecentEvents(msgspec.Struct):
    """The newest events of the log, newest first."""

    events: list[LoggedEvent]


class Recommended(msgspec.Struct, omit_defaults=True):
    """One recommended product; `product` holds what the catalogue shows of it, `explanation` parts of the score."""

    product_id: str
    rank: int
    score: float
    reason: Reason
    sources: tuple[str, ...]
    product: msgspec.Raw
    explanation: dict[str, float] | None = None


class Recommendations(msgspec.Struct):
    """Answer of /recommend. `fallback` is null when the list is personal; `degraded` tells of an outage."""

    recommendation_id: str
    user_id: str | None
    anonymous_id: str | None
    placement: str | None
    strategy: str
    degraded: bool
    fallback: str | None
    recommendations: list[Recommended]
    warnings: list[EventProblem]


class ProductsWritten(msgspec.Struct):
    """Answer to a batch of products; good ones are kept."""

    accepted: int
    created: int
    rejected: int
    errors: list[EventProblem]


class Counted(msgspec.Struct):
    """A category or brand, and how many available products it has."""

    name: str
    products: int


class Choices(msgspec.Struct):
    """What a list may be narrowed by: brands, most products first, and the lowest and highest price."""

    brands: list[Counted]
    min_price: float | None
    max_price: float | None


class ProductList(msgspec.Struct, omit_defaults=True):
    """A page of products, each as the catalogue shows it; `total` counts those of all pages."""

    total: int
    products: list[msgspec.Raw]
    facets: Choices | None = None
    warnings: list[EventProblem] = []


class Categories(msgspec.Struct):
    """All categories that have available products, also those above, by name."""

    categories: list[Counted]


class Health(msgspec.Struct, omit_defaults=True):
    """State of this process and what it depends on."""

    status: str
    checks: dict[str, str] = {}


class Version(msgspec.Struct):
    """What is running."""

    name: str
    version: str
