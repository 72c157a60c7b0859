"""From events to what tables learn from, and what is ignored."""

import math
from collections.abc import Sequence

import numpy as np

from events.event import Event
from learner.learn import OTHER, Clicks
from recommender.popularity_tables import CARTS, CLICKS, IMPRESSIONS, PURCHASES, VIEWS
from recommender.session_tables import visitor_hash

# A pause of so many seconds ends a session, as in web analytics and in the published data.
GAP_SECONDS = 1800.0
# More than people do in one session.
MAX_EVENTS_A_SESSION = 300
MAX_QUANTITY = 100.0
# The year 5138: as `events/values.py`, which no entry of another writer has passed.
LATEST = 1e11
# Columns of `PopularityTables.counts` by event type.
KINDS = {"impression": IMPRESSIONS, "click": CLICKS, "view": VIEWS, "add_to_cart": CARTS, "purchase": PURCHASES}


def says_something(event: Event) -> bool:
    """Whether an event says anything of a product: an interest in it, or that it was shown.

    One visitor's dislike is about the visitor, not about the product.
    """
    return bool(event.product_id) and (event.weight > 0.0 or event.type == "impression")


def is_usual(event: Event) -> bool:
    """Whether an event is of a size that people's are, and of a time that there is."""
    return event.quantity <= MAX_QUANTITY and 0.0 <= event.timestamp < LATEST


def build_clicks(events: Sequence[Event], products: Sequence[int]) -> Clicks:
    """For `learn_clicks`: events that say something, and the numbers of their products."""
    n = len(events)
    return Clicks(
        visitor=np.fromiter((visitor_hash(event.visitor) for event in events), np.int64, n),
        product=np.array(products, np.int32),
        time=np.fromiter((event.timestamp for event in events), np.float64, n),
        log_weight=np.fromiter((math.log2(e.weight) if e.weight > 0.0 else 0.0 for e in events), np.float64, n),
        kind=np.fromiter((KINDS.get(event.type, OTHER) for event in events), np.int8, n),
    )
