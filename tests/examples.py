"""Inputs that several tests share: the documents' bodies and products, and a normaliser around fixed surroundings."""

from typing import Any

from config import Settings
from events.event import Event, EventProblem, Visitor
from events.normalise import Arrival, Rules, normalise
from events.taxonomy import load_taxonomy

NOW = 1_795_176_000.0  # 2026-11-20T12:00:00Z
COOKIE = Visitor("anonymous", "cookie-1")
TAXONOMY = load_taxonomy()
PLACEHOLDERS = frozenset(Settings().placeholder_user_ids.split(","))
RULES = Rules(TAXONOMY, PLACEHOLDERS)
ARRIVAL = Arrival(NOW, lambda: "new-id", COOKIE)

# The bodies of the documents that the service implements, as they stand.
DOCUMENTS: tuple[dict[str, Any], ...] = (
    {"eventType": "view", "productId": 101},
    {"eventType": "purchase", "productId": 101},
    {"user_id": 1, "product_id": 103, "interaction_type": "view"},
    {
        "user_id": 1,
        "item_id": 101,
        "action_type": "rating",
        "rating": 4,
        "timestamp": "2026-11-20T12:00:00Z",
    },
)
# Their catalogue: id, category, popularity.
SEVEN: tuple[tuple[str, str, float], ...] = (
    ("101", "Electronics", 0.9),
    ("102", "Home", 0.7),
    ("103", "Clothing", 0.4),
    ("104", "Electronics", 0.6),
    ("105", "Toys", 0.5),
    ("106", "Electronics", 0.8),
    ("107", "Home", 0.3),
)
SEVEN_PRODUCTS: list[dict[str, Any]] = [
    {"product_id": product, "category": category, "popularity": popularity} for product, category, popularity in SEVEN
]


def understand(raw: object, arrival: Arrival = ARRIVAL, rules: Rules = RULES) -> list[Event]:
    """The canonical events of one raw event that makes sense."""
    result = normalise([raw], arrival, rules)
    assert result.problems == []
    return result.events


def understand_one(raw: object, arrival: Arrival = ARRIVAL, rules: Rules = RULES) -> Event:
    """The one canonical event of a raw one."""
    (event,) = understand(raw, arrival, rules)
    return event


def problem_of(raw: object, arrival: Arrival = ARRIVAL, rules: Rules = RULES) -> EventProblem:
    """Why a raw event is refused."""
    result = normalise([raw], arrival, rules)
    assert result.events == []
    (problem,) = result.problems
    return problem
