"""Profiles of many visitors as tables, made from a file or read from the service, and so comparable."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

DIMENSIONS = ("category", "brand", "price_band")
# Purchases by product, which are compared as interests are.
BOUGHT = "bought"
MEASURES = ("long_term", "session", "long_term_negative", "session_negative")
# Lists of products in a profile, and whether they give a value beside the time.
PRODUCT_LISTS = {
    "cart": False,
    "wishlist": False,
    "hidden": False,
    "purchases": True,
    "ratings": True,
    "likes": True,
}


class VerifyError(ValueError):
    """Raised when a file cannot be verified; the message says why."""


@dataclass(frozen=True)
class ProfileTables:
    """Times (`_ms`) are whole milliseconds since 1970, as in profiles; `visitor` is such as `users/42`, `anonymous/x1`.

    | table | columns |
    |---|---|
    | interests | visitor, dimension (or BOUGHT), name, and each of MEASURES, decayed to the visitor's last event |
    | counts | visitor, type, count |
    | products | visitor, list, product_id, time_ms, value (1 where the list gives none) |
    | recent | visitor, type, product_id, time_ms |
    | seen | visitor, first_ms, last_ms |

    The reference's `products` and `recent` have a column `required` as well: False for rows that share the time at
    which a bounded list ends, any of which may be in it.
    """

    interests: "pd.DataFrame"
    counts: "pd.DataFrame"
    products: "pd.DataFrame"
    recent: "pd.DataFrame"
    seen: "pd.DataFrame"
