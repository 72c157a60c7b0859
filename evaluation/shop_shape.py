"""What made-up shops are like: drawn at random within bounds that real ones keep to.

Weights that are learnt in one shop alone are that shop's. Those shipped with the service must do anywhere, so they are
learnt in many shops that differ in all that the weights depend on (domain randomisation: Tobin et al., "Domain
randomization for transferring deep neural networks", IROS 2017). The bounds are wide guesses, not measured on any data.
"""

from typing import Literal

import msgspec
import numpy as np

Shelves = Literal["none", "leaf", "brand", "price"]


class ShopShape(msgspec.Struct, frozen=True):
    """One shop. `days`: how long it is watched. `shelves`: what its categories are, from none over the leaf category to
    leaf, brand and price.

    Lists are what a search or a landing page shows: `lists_each` for every product, of `list_size` (median) products.
    Shares of clicks after the first, each of what those before leave: `again` on the same product, `back` on an
    earlier one of the session, `onward` on what stands next to the last one in its list, `nearby` on a neighbour that
    the last product's page shows, `elsewhere` on another list, `banners` on what the whole shop wants. The rest is
    anything of the list, the higher the likelier: place^-`steepness`.
    `skew`: exponent of popularity. `drift`: how far popularity moves, in natural logarithms. `length`: median clicks
    of a session of at least two; `length_sigma`: deviation of its logarithm. `loyalty`: share of sessions that begin
    where the visitor's last one was.
    """

    products: int
    sessions: int
    days: float
    shelves: Shelves
    lists_each: float
    list_size: float
    steepness: float
    again: float
    back: float
    onward: float
    nearby: float
    elsewhere: float
    banners: float
    skew: float
    drift: float
    length: float
    length_sigma: float
    loyalty: float


def draw_shape(generator: np.random.Generator, sessions: int) -> ShopShape:
    """A shop of so many sessions. The same generator gives the same."""

    def between(low: float, high: float) -> float:
        return low + (high - low) * float(generator.random())

    def scale(low: float, high: float) -> float:
        return float(low * (high / low) ** generator.random())

    shelves: tuple[Shelves, ...] = ("none", "leaf", "brand", "price", "price")
    return ShopShape(
        # 8 to 40 clicks on each product.
        products=round(sessions * 4.5 / scale(8.0, 40.0)),
        sessions=sessions,
        days=scale(8.0, 120.0),
        shelves=shelves[int(generator.random() * len(shelves))],
        lists_each=scale(0.2, 1.0),
        list_size=scale(6.0, 30.0),
        steepness=between(0.3, 1.0),
        again=between(0.0, 0.1),
        back=between(0.05, 0.24),
        onward=between(0.05, 0.35),
        nearby=between(0.1, 0.5),
        elsewhere=between(0.05, 0.3),
        banners=between(0.0, 0.12),
        skew=between(0.5, 1.0),
        drift=between(0.3, 1.5),
        length=between(3.0, 4.0),
        length_sigma=between(0.65, 0.95),
        loyalty=between(0.05, 0.4),
    )
