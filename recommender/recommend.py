"""From a profile and a question to a slate of products, each with its reason. Pure."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from profiles.profile import Profile
from recommender.catalogue import Catalogue
from recommender.content import ContentVectors
from recommender.diversity import DiversityRule, diversify
from recommender.from_interests import propose_by_interest
from recommender.from_sessions import COLUMN_OF, FACTORS, Expert, Visit, propose_hybrid, propose_source
from recommender.placed import Context, propose_placed
from recommender.shelves import (
    propose_again,
    propose_bought_together,
    propose_by_content,
    propose_new,
    propose_popular,
    propose_trending,
)
from recommender.slate import Admission, Pick, Proposal, Question, Slate, propose_nothing
from recommender.visit import last_visit, number_clicks

# With diversity, a slate is chosen from so many times as many products, and at most 1 - dial x CAP of it may be of one
# category or brand.
POOL = 4
CAP = 0.7
# Products of a cart that are looked at.
MAX_CART = 20
# Placements beside a cart, which show what is not in it.
CARTS = frozenset({"cart", "checkout"})


class Asking(NamedTuple):
    """A question, and everything that it is answered from.

    `expert` is None while there is no model; `own` is a hash of the asking visitor, 0 for none; `now` Unix seconds;
    `exponent` that of the share of interest.
    """

    question: Question
    profile: Profile
    vectors: ContentVectors
    expert: Expert | None
    own: int
    now: float
    exponent: float


Source = Callable[[Asking, Admission, int], Proposal]


def recommend(asking: Asking) -> Slate:
    """Products by the strategy that was asked for; where one source has too few, the next of its chain fills up.

    The answer is never empty while the catalogue has a product that is not excluded.
    """
    question, catalogue = asking.question, asking.vectors.catalogue
    admission = Admission(catalogue, _find_excluded(question, asking.profile, catalogue), question.category)
    picks: list[Pick] = []
    fallback: str | None = "popular"
    for source in CHAINS[question.strategy]:
        if len(picks) == question.limit:
            break
        chosen = _choose(source, asking, admission, question.limit - len(picks))
        if chosen and (source is not _popular or question.strategy == "popular"):
            fallback = None
        picks += chosen
    return Slate(tuple(picks), fallback)


def _choose(source: Source, asking: Asking, admission: Admission, limit: int) -> list[Pick]:
    """Picks of what a source proposes; they are not to be proposed again."""
    dial = asking.question.diversity
    proposal = source(asking, admission, POOL * limit if dial else limit)
    places: Sequence[int] = range(len(proposal.products))
    if dial:
        share = 1.0 - dial * CAP
        rule = DiversityRule(dial=dial, category_share=share, brand_share=share, category=asking.question.category)
        places = diversify(proposal.products, proposal.scores, limit, rule)
    picks = [proposal.pick(place) for place in places]
    admission.excluded.update(pick.facts.index for pick in picks)
    return picks


def _hybrid(asking: Asking, admission: Admission, limit: int) -> Proposal:
    visit = _visit_of(asking)
    return propose_nothing() if visit is None else propose_hybrid(*visit, admission, limit)


def _source(source: str) -> Source:
    def propose(asking: Asking, admission: Admission, limit: int) -> Proposal:
        visit = _visit_of(asking)
        return propose_nothing() if visit is None else propose_source(*visit, admission, limit, source)

    return propose


def _visit_of(asking: Asking) -> tuple[Expert, Visit] | None:
    if asking.expert is None:
        return None
    products = last_visit(asking.profile, asking.question.context, asking.now)
    clicks = number_clicks(products, asking.expert.view)
    return asking.expert, Visit(products, clicks, asking.own, asking.now, asking.question.explain)


def _by_interest(asking: Asking, admission: Admission, limit: int) -> Proposal:
    return propose_by_interest(asking.profile, asking.question.context, admission, limit, asking.exponent)


def _similar(asking: Asking, admission: Admission, limit: int) -> Proposal:
    """What goes with the product on the page, whoever asks."""
    if asking.expert is None or not asking.question.context:
        return propose_nothing()
    products = [asking.question.context]
    clicks = number_clicks(products, asking.expert.view)
    visit = Visit(products, clicks, asking.own, asking.now, asking.question.explain)
    return propose_hybrid(asking.expert, visit, admission, limit, enough=1)


def _bought_together(asking: Asking, admission: Admission, limit: int) -> Proposal:
    """What is bought with the product on the page; without one, with what is in the visitor's cart."""
    context = asking.question.context
    products = [context] if context else _in_cart(asking.profile)[:MAX_CART]
    if asking.expert is None or not products:
        return propose_nothing()
    return propose_bought_together(asking.expert, products, asking.own, admission, limit)


def _in_cart(profile: Profile) -> list[str]:
    """What is in the visitor's cart, the newest first."""
    marks = sorted(profile.marked("cart").items(), key=lambda item: -item[1][0])
    return [product for product, (_, there) in marks if there]


def _buy_again(asking: Asking, admission: Admission, limit: int) -> Proposal:
    return propose_again(asking.profile, admission, limit)


def _like_it(asking: Asking, admission: Admission, limit: int) -> Proposal:
    """What is like the product on the page by what is known of it."""
    return propose_by_content(asking.vectors, asking.question.context, admission, limit, asking.now)


def _new(asking: Asking, admission: Admission, limit: int) -> Proposal:
    return propose_new(admission, limit)


def _trending(asking: Asking, admission: Admission, limit: int) -> Proposal:
    if asking.expert is None:
        return propose_nothing()
    return propose_trending(asking.expert.view, admission, limit, asking.now)


def _popular(asking: Asking, admission: Admission, limit: int) -> Proposal:
    return propose_popular(admission, limit)


def _placed(asking: Asking, admission: Admission, limit: int) -> Proposal:
    """What counts where the list will stand, all together."""
    view = None if asking.expert is None else asking.expert.view
    context = Context(asking.question.placement, asking.profile, view, asking.now)
    return propose_placed(context, lambda source, wanted: MIXABLE[source](asking, admission, wanted), limit)


# What can count in a placement, under the names of `outcome_tables.MIXED`.
MIXABLE: dict[str, Source] = {
    "sessions": _hybrid,
    "interests": _by_interest,
    "trending": _trending,
    "bought_together": _bought_together,
    "buy_again": _buy_again,
}
# What is asked, source after source, until there are enough products.
CHAINS: dict[str, tuple[Source, ...]] = {
    "hybrid": (_placed, _by_interest, _popular),
    "category_popularity": (_by_interest, _popular),
    "similar": (_similar, _like_it, _popular),
    "similar_content": (_like_it, _popular),
    "bought_together": (_bought_together, _like_it, _popular),
    "buy_again": (_buy_again, _by_interest, _popular),
    "trending": (_trending, _popular),
    "new": (_new, _popular),
    "popular": (_popular,),
    **{name: (_source(name), _by_interest, _popular) for name in (*COLUMN_OF, FACTORS)},
}


def _find_excluded(question: Question, profile: Profile, catalogue: Catalogue) -> set[int]:
    ids: set[str] = {product for product, (_, hidden) in profile.marked("hidden").items() if hidden}
    ids.update(question.exclude)
    if question.context:
        ids.add(question.context)
    if question.exclude_purchased:
        ids.update(product for product, (_, bought) in profile.marked("purchase").items() if bought)
    if question.strategy == "bought_together" or question.placement in CARTS:
        ids.update(_in_cart(profile))
    if question.exclude_seen:
        ids.update(product for _, _, product in profile.recent)
    return {facts.index for product in ids if (facts := catalogue.find(product)) is not None}
