"""Sources that ask the session index: each of what is gathered alone, and the hybrid of all of it."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.catalogue import Facts
from recommender.hybrid import Ranker
from recommender.model_reader import ModelView
from recommender.scratch import CO_VISIT, COLUMNS, KNN, NEXT, PRODUCTS, RULES, TOGETHER, TWO_HOP
from recommender.slate import Admission, Pick, Proposal, Reason, propose_nothing
from recommender.tuned import Tuned

# Sources that are columns of what is gathered.
COLUMN_OF = {
    "session_knn": KNN,
    "co_visit": CO_VISIT,
    "co_view": TOGETHER,
    "sequential_rules": RULES,
    "markov": NEXT,
    "two_hop": TWO_HOP,
}
# The name of the source that is matrix factorisation.
FACTORS = "factors"
# Where features hold what each of them says, as a share of the best.
PARTS = [2 * column for column in COLUMN_OF.values()]
# The names of the columns that speak for a product, by the sum of their bits.
SPEAKERS = [tuple(name for name, column in COLUMN_OF.items() if mask >> column & 1) for mask in range(2**COLUMNS)]
FOLLOWING = frozenset({"sequential_rules", "markov"})
# Below so many sessions of others that share a product, categories say more than they.
ENOUGH_SESSIONS = 10


class Visit(NamedTuple):
    """A session that asks: its products, their numbers int32 (n,), a hash of whose it is, when, Unix seconds, and
    whether the parts of scores are wanted.
    """

    products: list[str]
    clicks: NDArray[np.int32]
    own: int
    now: float
    explains: bool = False

    @property
    def is_known(self) -> bool:
        """Whether the tables know any of its products."""
        return max(self.clicks.tolist(), default=-1) >= 0


class Expert(NamedTuple):
    """The tables, a thread's own ranker over them, and the weights of the blend."""

    view: ModelView
    ranker: Ranker
    tuned: Tuned


def propose_hybrid(
    expert: Expert, visit: Visit, admission: Admission, limit: int, enough: int = ENOUGH_SESSIONS
) -> Proposal:
    """What the visitor will want next, by everything that other visitors' sessions say. Scores sum to at most 1.

    Abstains while fewer than `enough` sessions of others share a product with this one.
    """
    if not visit.is_known:
        return propose_nothing()
    ranked = expert.ranker.ask(visit.clicks, visit.own, visit.now, expert.tuned.blend, enough)
    numbers, shares = ranked.products.tolist(), ranked.shares.tolist()
    products, places = admission.first(expert.view.products.texts(numbers), limit)
    if not products:
        return propose_nothing()
    speaking = ranked.speaking.tolist()
    sources = [SPEAKERS[speaking[place]] for place in places]
    parts = ranked.features[ranked.rows[places]][:, PARTS].tolist() if visit.explains else None
    because = _find_because(expert, visit, ranked.products[places])

    def pick(place: int) -> Pick:
        reason = _explain(visit, admission, (products[place], because[place]), sources[place])
        said = dict(zip(COLUMN_OF, parts[place], strict=True)) if parts is not None else {}
        return Pick(products[place], shares[places[place]], reason, sources[place] or ("category_top",), said)

    return Proposal(products, [shares[place] for place in places], pick)


def propose_source(expert: Expert, visit: Visit, admission: Admission, limit: int, source: str) -> Proposal:
    """What one of the gathered sources says alone, or the factors of what is gathered. Scores are the source's own."""
    if not visit.is_known:
        return propose_nothing()
    expert.ranker.gather(visit.clicks, visit.own)
    # All that there are: others than those known to be left out may be sold out, or of another category.
    wanted = int(expert.ranker.scratch.counts[PRODUCTS])
    if source == FACTORS:
        numbers, shares = expert.ranker.by_factors(visit.clicks, wanted)
    else:
        numbers, shares = expert.ranker.by_column(COLUMN_OF[source], wanted)
    products, places = admission.first(expert.view.products.texts(numbers.tolist()), limit)
    because = _find_because(expert, visit, numbers[places])
    scored = shares[places].tolist()

    def pick(place: int) -> Pick:
        reason = _explain(visit, admission, (products[place], because[place]), (source,))
        return Pick(products[place], scored[place], reason, (source,))

    return Proposal(products, scored, pick)


def _find_because(expert: Expert, visit: Visit, numbers: NDArray[np.int32]) -> list[str]:
    """The product of the session that each of these is nearest to."""
    return [visit.products[place] for place in expert.ranker.nearest(visit.clicks, numbers)]


def _explain(visit: Visit, admission: Admission, shown: tuple[Facts, str], sources: tuple[str, ...]) -> Reason:
    """Why a product is shown, with the product of the session that it is nearest to."""
    facts, because = shown
    if facts.product_id in visit.products:
        return Reason("viewed_before", "You looked at this before", because=(facts.product_id,))
    if not sources:
        return Reason("popular", "Popular right now")
    is_next = FOLLOWING.issuperset(sources)
    because = visit.products[-1] if is_next else because
    known = admission.catalogue.find(because)
    name = known.name if known is not None and known.name else because
    if is_next:
        return Reason("viewed_next", f"Often viewed after {name}", because=(because,))
    return Reason("viewed_together", f"Because you viewed {name}", because=(because,))
