"""Products to buy again: what the visitor bought often and lately, by their own profile alone.

The score of a product is the decayed number of its purchases less that of its refunds. Frequency by itself is known to
be hard to beat (Hu, He, Gao and Zhang, "Modeling Personalized Item Frequency Information for Next-basket
Recommendation", SIGIR 2020); that it fades makes room for new habits. What a product's usual interval says besides, by
the time since its last purchase, was measured and did not pay (docs/evaluation.md).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from profiles.profile import BOUGHT, Profile
from recommender.interests import decayed_weights


class BuyAgain(NamedTuple):
    """Product ids and their scores float64 (n,), aligned, the best first; 1 is about the most bought one's."""

    products: list[str]
    scores: NDArray[np.float64]


def propose_again(profile: Profile, limit: int) -> BuyAgain:
    """At most `limit` products that the visitor may want again; none for one who bought nothing. Pure, needs no clock.

    Of equal scores the smaller product id comes first. A product that was returned as often as bought is left out.
    """
    weights = decayed_weights(profile.interests, BOUGHT)
    best = sorted(weights.items(), key=lambda item: (-item[1], item[0]))[:limit]
    return BuyAgain([product for product, _ in best], np.array([score for _, score in best], np.float64))
