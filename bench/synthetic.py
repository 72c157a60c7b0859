"""Made-up shops and visitors, the same for the same seed."""

import random
from collections.abc import Iterator, Sequence

import numpy as np

from recommender.product import PATH_SEPARATOR, Product, parse_product
from recommender.ranked import Indices, Ranked, Scores, build_ranked
from recommender.sample import generate_products

DAY_SECONDS = 86400.0
SESSION_SECONDS = 600.0
SAMPLE_CATEGORIES = 40
SHELVES = 25
CATEGORIES = SAMPLE_CATEGORIES * SHELVES
EVENT_TYPES = {
    "view": 60, "click": 12, "dwell": 6, "scroll": 4, "hover": 3, "add_to_cart": 5, "remove_from_cart": 1,
    "add_to_wishlist": 3, "purchase": 2, "rating": 1, "like": 1, "search": 2,
}  # fmt: skip


def build_products(count: int) -> list[Product]:
    """Products like the sample catalogue's, taking turns through 1,000 leaf categories."""
    products = []
    for position, raw in enumerate(generate_products(count)):
        path = raw["categories"][0]  # type: ignore[index]  # a list, see generate_products
        raw["categories"] = [f"{path}{PATH_SEPARATOR}Shelf {position // SAMPLE_CATEGORIES % SHELVES + 1}"]
        products.append(parse_product(raw))
    return products


def build_lists(count: int, categories: int) -> tuple[list[Ranked], Indices, Scores]:
    """Sorted lists of a numeric catalogue, and its category and popularity by product."""
    rng = np.random.default_rng(count)
    category = rng.integers(0, categories, count).astype(np.int32)
    popularity = rng.random(count)
    members = np.argsort(category, kind="stable").astype(np.int32)
    ends = np.searchsorted(category[members], np.arange(categories + 1))
    lists = [build_ranked(members[a:b], popularity[members[a:b]]) for a, b in zip(ends, ends[1:], strict=False)]
    return lists, category, popularity


def build_events(
    user: int, count: int, products: Sequence[Product], categories: int, now: float
) -> Iterator[dict[str, object]]:
    """Raw events of one user, as a front end sends them: about ten a session, sessions over 30 days, one just now.

    Two leaf categories are the user's own (load.lua knows them, too); each session adds one. An event is about the
    product of the one before it as often as not. `products` take turns through the `categories`.
    """
    rng = random.Random(user)
    favourites = (2 * user % categories, (2 * user + 1) % categories)
    sessions = [now - rng.uniform(SESSION_SECONDS, 30 * DAY_SECONDS) for _ in range(count // 10 - 1)]
    sessions = [*sorted(sessions), now - SESSION_SECONDS]
    kinds = rng.choices(list(EVENT_TYPES), list(EVENT_TYPES.values()), k=count)
    product = products[favourites[0]]
    for position, kind in enumerate(kinds):
        start = sessions[position * len(sessions) // count]
        if rng.random() < 0.5:
            category = rng.choice([*favourites, int(start) % categories])
            product = products[category + categories * rng.randrange(len(products) // categories)]
        event: dict[str, object] = {
            "event_id": f"{rng.getrandbits(128):032x}",
            "user_id": f"u{user:06d}",
            "event_type": kind,
            "timestamp": round(min(now, start + 50.0 * (position % 10) + rng.random()), 3),
        }
        yield {**event, **_details(kind, product, rng)}


def _details(kind: str, product: Product, rng: random.Random) -> dict[str, object]:
    if kind == "search":
        return {"query": product.name.split()[-1]}
    extra: dict[str, dict[str, object]] = {
        "dwell": {"duration_ms": rng.randrange(1000, 90_000)},
        "hover": {"duration_ms": rng.randrange(200, 4000)},
        "scroll": {"portion": round(rng.random(), 2)},
        "purchase": {"order_id": f"o{rng.getrandbits(40):010x}", "quantity": rng.randrange(1, 4)},
        "rating": {"rating": rng.randrange(1, 6)},
    }
    return {"product_id": product.product_id, **extra.get(kind, {})}
