"""The source that knows a visitor by categories: score = popularity x (share of interest)^exponent."""

from collections.abc import Iterable, Mapping, Sequence
from operator import itemgetter

import msgspec

from profiles.profile import Profile
from recommender.catalogue import Catalogue, Facts
from recommender.interests import Evidence, category_shares
from recommender.product import PATH_SEPARATOR
from recommender.ranked import Ranked
from recommender.scoring import merge_heads
from recommender.slate import Admission, Pick, Proposal, Reason, leaf_of, propose_nothing

# Interests beyond the strongest few change no answer, but each would cost a list to merge.
MAX_INTERESTS = 16
MAX_BECAUSE = 3


class Interest(msgspec.Struct, frozen=True):
    """A category with products, and the visitor's share of interest in it."""

    category: str
    share: float
    ranked: Ranked


def propose_by_interest(profile: Profile, context: str, admission: Admission, limit: int, exponent: float) -> Proposal:
    """Popular products of the categories that the visitor is interested in; `context` is the product on the page."""
    history = find_met(profile, admission.catalogue, context)
    interests = _find_interests(profile, history, admission)
    if not interests:
        return propose_nothing()
    weights = [interest.share**exponent for interest in interests]
    ranked = [interest.ranked for interest in interests]
    indices, scores, origins = merge_heads(ranked, weights, limit, admission.excluded)
    met = group_by_category(history)
    reasons = {origin: _affinity(interests[origin].category, met) for origin in set(origins)}
    products = [admission.catalogue.facts[index] for index in indices]

    def pick(place: int) -> Pick:
        origin = origins[place]
        popularity = scores[place] / weights[origin] if weights[origin] else 0.0
        parts = {"popularity": popularity, "interest_share": interests[origin].share, "exponent": exponent}
        return Pick(products[place], scores[place], reasons[origin], ("category_popularity",), parts)

    return Proposal(products, scores, pick)


def find_met(profile: Profile, catalogue: Catalogue, context: str = "") -> list[Facts]:
    """Known products that the visitor met, newest first: the page's (`context`), then the profile's."""
    met = (product for _, _, product in profile.recent)
    known = map(catalogue.find, (context, *met))
    return [facts for facts in known if facts is not None]


def share_interests(profile: Profile, met: Sequence[Facts]) -> dict[str, float]:
    """The visitor's share of interest by category."""
    return category_shares(Evidence(profile.interests, profile.session, [facts.categories for facts in met]))


def group_by_category(history: Iterable[Facts]) -> dict[str, list[Facts]]:
    """The newest few products that the visitor met in each category; `history` is newest first."""
    met: dict[str, list[Facts]] = {}
    for facts in history:
        for category in facts.categories:
            newest = met.setdefault(category, [])
            if len(newest) < MAX_BECAUSE and facts not in newest:
                newest.append(facts)
    return met


def _find_interests(profile: Profile, history: Sequence[Facts], admission: Admission) -> list[Interest]:
    """The strongest categories that have products, within the category asked for."""
    shares, asked = share_interests(profile, history), admission.category
    if asked:
        below = asked + PATH_SEPARATOR
        shares = {c: s for c, s in shares.items() if c == asked or c.startswith(below)}
    strongest = sorted(shares.items(), key=itemgetter(1, 0), reverse=True)
    lists = admission.catalogue.lists
    found = ((category, share, lists.get(category)) for category, share in strongest)
    return [Interest(name, share, ranked) for name, share, ranked in found if ranked is not None][:MAX_INTERESTS]


def _affinity(category: str, met: Mapping[str, Sequence[Facts]]) -> Reason:
    because = tuple([facts.product_id for facts in met.get(category, ())])
    return Reason("category_affinity", f"Because you are interested in {leaf_of(category)}", category, because)
