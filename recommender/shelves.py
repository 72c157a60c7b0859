"""Sources that are lists: what is trending, popular, or new, overall or in a category, and what goes with a product."""

from collections.abc import Sequence

import numpy as np

from profiles.profile import Profile
from recommender.baskets import gather_baskets
from recommender.buy_again import propose_again as buy_again
from recommender.catalogue import Facts
from recommender.content import POPULAR, ContentVectors, similar_by_content
from recommender.from_sessions import Expert
from recommender.model_reader import ModelView
from recommender.newest import NEWEST
from recommender.popularity_tables import LONG, SHORT, faded
from recommender.scoring import merge_heads
from recommender.scratch import PRODUCTS, TOGETHER
from recommender.slate import Admission, Pick, Proposal, Reason, leaf_of, propose_nothing
from recommender.visit import number_clicks

# All that content has an opinion of: what may not be shown is only known afterwards.
MOST_SIMILAR = POPULAR + NEWEST


def propose_popular(admission: Admission, limit: int) -> Proposal:
    """The most popular products. Scores are popularities."""
    catalogue, category = admission.catalogue, admission.category
    ranked = catalogue.lists.get(category) if category else catalogue.popular
    if ranked is None or not len(ranked):
        return propose_nothing()
    indices, scores, _ = merge_heads([ranked], [1.0], limit, admission.excluded)
    reason = Reason("popular", f"Popular in {leaf_of(category)}" if category else "Popular right now", category)
    return _alike([catalogue.facts[index] for index in indices], scores, reason, "popular")


def propose_trending(view: ModelView, admission: Admission, limit: int, now: float) -> Proposal:
    """Products that visitors want more than they usually do. `now`: Unix seconds.

    Scores are the weight of what happened lately times how many times more that is than usual (`rate`).
    """
    popularity, category = view.tables.popularity, admission.category
    number = view.categories.find(category) if category else -1
    if category and not 0 <= number < len(popularity.category_hot):  # or not in these tables yet
        return propose_nothing()
    # While the learner moves a product, the list may for a moment show another one twice.
    hot = np.array([*dict.fromkeys((popularity.category_hot[number] if category else popularity.overall_hot).tolist())])
    hot = hot[(hot >= 0) & (hot < len(view.products))]
    short = np.exp2(popularity.trend[hot] - faded(popularity.half_lives, SHORT, now))
    long = np.exp2(popularity.engagement[hot] - faded(popularity.half_lives, LONG, now))
    rates = short / long * (popularity.half_lives[LONG] / popularity.half_lives[SHORT])
    known = [admission.find(view.products.text(product)) for product in hot.tolist()]
    shown = [place for place, facts in enumerate(known) if facts is not None and rates[place] > 1.0][:limit]
    reason = Reason("trending", f"Trending in {leaf_of(category)}" if category else "Trending now", category)
    heats = (short * rates).tolist()

    def pick(place: int) -> Pick:
        at = shown[place]
        return Pick(products[place], heats[at], reason, ("trending",), {"rate": float(rates[at])})

    products = [facts for place in shown if (facts := known[place]) is not None]
    return Proposal(products, [heats[place] for place in shown], pick)


def propose_bought_together(
    expert: Expert, products: Sequence[str], own: int, admission: Admission, limit: int
) -> Proposal:
    """What others bought together with these products. Scores are shares of the best; `own` is left out, 0 for none."""
    view, ranker = expert.view, expert.ranker
    asked = number_clicks(products, view)
    gather_baskets(view.baskets, asked, own, ranker.scratch)
    # All that there are: some of the best may be sold out, or of another category.
    numbers, shares = ranker.by_column(TOGETHER, int(ranker.scratch.counts[PRODUCTS]))
    shown, places = admission.first(view.products.texts(numbers.tolist()), limit)
    with_what = [admission.catalogue.find(product) for product in products[:1]]
    name = with_what[0].name if with_what and with_what[0] is not None else ""
    reason = Reason("bought_together", f"Often bought with {name or products[0]}", because=tuple(products))
    return _alike(shown, shares[places].tolist(), reason, "bought_together")


def propose_again(profile: Profile, admission: Admission, limit: int) -> Proposal:
    """What the visitor buys again and again. Scores are shares of the most bought."""
    again = buy_again(profile, len(profile.interests))
    shown, places = admission.first(again.products, limit)
    reason = Reason("buy_again", "You bought this before")
    return _alike(shown, again.scores[places].tolist(), reason, "buy_again")


def propose_new(admission: Admission, limit: int) -> Proposal:
    """The newest products. Scores are when they were added, Unix seconds."""
    catalogue, category = admission.catalogue, admission.category
    newest = [catalogue.facts[index] for index in catalogue.newest(category) if index not in admission.excluded][:limit]
    added = catalogue.added_of(np.array([facts.index for facts in newest], np.int32)).tolist()
    reason = Reason("new_arrival", f"New in {leaf_of(category)}" if category else "New in the shop", category)
    return _alike(newest, added, reason, "new")


def propose_by_content(
    vectors: ContentVectors, product_id: str, admission: Admission, limit: int, now: float
) -> Proposal:
    """What is like a product by category, brand, price and words: for those that nobody has looked at yet, too."""
    anchor = admission.catalogue.find(product_id)
    if anchor is None:
        return propose_nothing()
    indices, scores = similar_by_content(vectors, anchor, MOST_SIMILAR, now)
    every = admission.catalogue.facts
    shown, places = admission.first((every[index].product_id for index in indices.tolist()), limit)
    reason = Reason("similar", f"Similar to {anchor.name or product_id}", because=(product_id,))
    return _alike(shown, scores[places].tolist(), reason, "similar_content")


def _alike(products: list[Facts], scores: list[float], reason: Reason, source: str) -> Proposal:
    """A proposal of which every product has the same reason."""
    return Proposal(products, scores, lambda place: Pick(products[place], scores[place], reason, (source,)))
