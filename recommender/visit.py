"""From a profile to the session that the session index is asked with."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from profiles.decay import to_ms
from profiles.profile import Profile
from recommender.model_reader import ModelView
from recommender.session_tables import MAX_CLICKS

# A pause of so many milliseconds ends a session, as in the learner.
GAP_MS = 1_800_000


def last_visit(profile: Profile, context: str, now: float) -> list[str]:
    """Products that the visitor met in their newest session, oldest first, none twice in a row.

    The product on the page (`context`), if any, is met `now` (Unix seconds), and so is the newest of them.
    """
    products, latest = ([context], to_ms(now)) if context else ([], None)
    for time, _, product in profile.recent:
        if latest is not None and latest - time > GAP_MS or len(products) == MAX_CLICKS:
            break
        latest = time
        if not products or products[-1] != product:
            products.append(product)
    return products[::-1]


def number_clicks(products: Sequence[str], view: ModelView) -> NDArray[np.int32]:
    """Numbers of products in the tables, int32 (n,), -1 for those that the tables do not know.

    Names go on in larger tables (`Names.follow`) while a question is still answered from these. What came since has no
    row here, and kernels do not check bounds.
    """
    find, rows = view.products.find, len(view.tables.products.category)
    numbers = [find(product) for product in products]
    return np.array([number if number < rows else -1 for number in numbers], np.int32)
