"""From a profile and a question to a slate of products, each with its reason. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from operator import itemgetter

import msgspec

from profiles.profile import Profile
from recommender.catalogue import Catalogue, Facts
from recommender.interests import Evidence, category_shares
from recommender.product import PATH_SEPARATOR
from recommender.ranked import Ranked
from recommender.scoring import merge_heads

# Interests beyond the strongest few change no answer, but each would cost a list to merge.
MAX_INTERESTS = 16
MAX_BECAUSE = 3


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked. `context` is the product on the page, which counts as just viewed."""

    limit: int
    exclude: frozenset[str] = frozenset()
    exclude_purchased: bool = False
    exclude_seen: bool = False
    category: str = ""
    context: str = ""


class Interest(msgspec.Struct, frozen=True):
    """A category with products, and the visitor's share of interest in it."""

    category: str
    share: float
    ranked: Ranked


class Reason(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why a product is shown: a stable code, a sentence, and the products or category it is because of."""

    code: str
    text: str
    category: str = ""
    because: tuple[str, ...] = ()


class Pick(msgspec.Struct, frozen=True):
    """One product of a slate. `share` is the visitor's interest in its category, 0 for a fallback."""

    facts: Facts
    score: float
    popularity: float
    share: float
    reason: Reason


class Slate(msgspec.Struct, frozen=True):
    """What to show, best first. `fallback` is set when nothing in it is personal."""

    picks: tuple[Pick, ...]
    fallback: str | None


def recommend(question: Question, profile: Profile, catalogue: Catalogue, exponent: float) -> Slate:
    """Products of the visitor's categories by popularity x (share of interest)^exponent, then popular ones.

    The answer is never empty while the catalogue has a product that is not excluded.
    """
    history = find_met(profile, catalogue, question.context)
    interests = _interests(question, profile, catalogue, history)
    excluded = _excluded(question, profile, catalogue)
    picks = _personal(interests, excluded, (question.limit, exponent), catalogue, history)
    fallback = None if picks else "popular"
    if len(picks) < question.limit:
        excluded |= {pick.facts.index for pick in picks}
        picks += _popular(question, excluded, question.limit - len(picks), catalogue)
    return Slate(tuple(picks), fallback)


def find_met(profile: Profile, catalogue: Catalogue, context: str = "") -> list[Facts]:
    """Known products that the visitor met, newest first: the page's (`context`), then the profile's."""
    met = (product for _, _, product in profile.recent)
    known = map(catalogue.find, (context, *met))
    return [facts for facts in known if facts is not None]


def share_interests(profile: Profile, met: Sequence[Facts]) -> dict[str, float]:
    """The visitor's share of interest by category."""
    return category_shares(Evidence(profile.interests, profile.session, [facts.categories for facts in met]))


def _interests(question: Question, profile: Profile, catalogue: Catalogue, history: Sequence[Facts]) -> list[Interest]:
    """The strongest categories that have products, within the category asked for."""
    shares = share_interests(profile, history)
    if question.category:
        below = question.category + PATH_SEPARATOR
        shares = {c: s for c, s in shares.items() if c == question.category or c.startswith(below)}
    strongest = sorted(shares.items(), key=itemgetter(1, 0), reverse=True)
    found = ((category, share, catalogue.lists.get(category)) for category, share in strongest)
    return [Interest(name, share, ranked) for name, share, ranked in found if ranked is not None][:MAX_INTERESTS]


def _excluded(question: Question, profile: Profile, catalogue: Catalogue) -> set[int]:
    ids: set[str] = {product for product, (_, hidden) in profile.marked("hidden").items() if hidden}
    ids.update(question.exclude)
    if question.context:
        ids.add(question.context)
    if question.exclude_purchased:
        ids.update(product for product, (_, bought) in profile.marked("purchase").items() if bought)
    if question.exclude_seen:
        ids.update(product for _, _, product in profile.recent)
    return {facts.index for product in ids if (facts := catalogue.find(product)) is not None}


def _personal(
    interests: list[Interest],
    excluded: set[int],
    bounds: tuple[int, float],
    catalogue: Catalogue,
    history: Sequence[Facts],
) -> list[Pick]:
    if not interests:
        return []
    limit, exponent = bounds
    weights = [interest.share**exponent for interest in interests]
    indices, scores, origins = merge_heads([interest.ranked for interest in interests], weights, limit, excluded)
    met = group_by_category(history)
    reasons = {origin: _affinity(interests[origin].category, met) for origin in set(origins)}
    picks = []
    for index, score, origin in zip(indices, scores, origins, strict=True):
        popularity = score / weights[origin] if weights[origin] else 0.0
        picks.append(Pick(catalogue.facts[index], score, popularity, interests[origin].share, reasons[origin]))
    return picks


def group_by_category(history: Iterable[Facts]) -> dict[str, list[Facts]]:
    """The newest few products that the visitor met in each category; `history` is newest first."""
    met: dict[str, list[Facts]] = {}
    for facts in history:
        for category in facts.categories:
            newest = met.setdefault(category, [])
            if len(newest) < MAX_BECAUSE and facts not in newest:
                newest.append(facts)
    return met


def _affinity(category: str, met: Mapping[str, Sequence[Facts]]) -> Reason:
    leaf = category.rsplit(PATH_SEPARATOR, 1)[-1]
    because = tuple([facts.product_id for facts in met.get(category, ())])
    return Reason("category_affinity", f"Because you are interested in {leaf}", category, because)


def _popular(question: Question, excluded: set[int], limit: int, catalogue: Catalogue) -> list[Pick]:
    ranked: Ranked | None = catalogue.lists.get(question.category) if question.category else catalogue.popular
    if ranked is None or not len(ranked):
        return []
    indices, scores, _ = merge_heads([ranked], [1.0], limit, excluded)
    where = question.category.rsplit(PATH_SEPARATOR, 1)[-1]
    reason = Reason("popular", f"Popular in {where}" if where else "Popular right now", question.category)
    return [
        Pick(catalogue.facts[index], score, score, 0.0, reason) for index, score in zip(indices, scores, strict=True)
    ]
