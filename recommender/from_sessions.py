"""Sources that ask the session index: each of what is gathered alone, and the hybrid of all of it."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.because import nearest_click
from recommender.catalogue import Facts
from recommender.hybrid import Ranker
from recommender.model_reader import ModelView
from recommender.scratch import CO_VISIT, KNN, NEXT, POSTINGS, RULES, TOGETHER, TWO_HOP
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
FOLLOWING = frozenset({"sequential_rules", "markov"})
# Below so many sessions of others that share a product, categories say more than they.
ENOUGH_SESSIONS = 10


class Visit(NamedTuple):
    """A session that asks: its products, their numbers int32 (n,), a hash of whose it is, and when, Unix seconds."""

    products: list[str]
    clicks: NDArray[np.int32]
    own: int
    now: float


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
    if not _gather(expert, visit, enough):
        return propose_nothing()
    numbers, scores, features = expert.ranker.rank(visit.clicks, visit.now, expert.tuned.blend)
    shares = np.exp(scores - scores[0])
    shares /= shares.sum()
    products, places = _admitted(expert, numbers, admission, limit)

    def pick(place: int) -> Pick:
        at = places[place]
        parts = {name: float(features[at, 2 * column]) for name, column in COLUMN_OF.items()}
        sources = sorted((name for name in parts if parts[name] > 0.0), key=parts.__getitem__, reverse=True)
        reason = _explain(expert, visit, admission, (int(numbers[at]), sources[0] if sources else ""))
        return Pick(products[place], float(shares[at]), reason, tuple(sources) or ("category_top",), parts)

    return Proposal(products, shares[places].tolist(), pick)


def propose_column(expert: Expert, visit: Visit, admission: Admission, limit: int, source: str) -> Proposal:
    """What one of the gathered sources says alone. Scores are shares of its best."""
    if not _gather(expert, visit, 1):
        return propose_nothing()
    numbers, shares = expert.ranker.by_column(COLUMN_OF[source], limit + len(admission.excluded))
    products, places = _admitted(expert, numbers, admission, limit)

    def pick(place: int) -> Pick:
        at = places[place]
        reason = _explain(expert, visit, admission, (int(numbers[at]), source))
        return Pick(products[place], float(shares[at]), reason, (source,))

    return Proposal(products, shares[places].tolist(), pick)


def _gather(expert: Expert, visit: Visit, enough: int) -> bool:
    """Ask the index; False when fewer than `enough` sessions of others share a product with this one."""
    if not (visit.clicks >= 0).any():
        return False
    expert.ranker.gather(visit.clicks, visit.own)
    return int(expert.ranker.scratch.counts[POSTINGS]) >= enough


def _admitted(
    expert: Expert, numbers: NDArray[np.int32], admission: Admission, limit: int
) -> tuple[list[Facts], list[int]]:
    """The first products that may be shown, and their places among `numbers`."""
    products, places, names = [], [], expert.view.products
    known = len(names)
    for place, number in enumerate(numbers.tolist()):
        facts = admission.find(names.text(number)) if number < known else None
        if facts is not None:
            products.append(facts)
            places.append(place)
            if len(products) == limit:
                break
    return products, places


def _explain(expert: Expert, visit: Visit, admission: Admission, shown: tuple[int, str]) -> Reason:
    """Why a product (its number, and the source that speaks most for it) is shown."""
    number, source = shown
    product_id = expert.view.products.text(number)
    if product_id in visit.products:
        return Reason("viewed_before", "You looked at this before", because=(product_id,))
    if not source:
        return Reason("popular", "Popular right now")
    place = len(visit.clicks) - 1
    if source not in FOLLOWING:
        place = nearest_click(expert.view.tables.products, visit.clicks, number)
    because = visit.products[place]
    known = admission.catalogue.find(because)
    name = known.name if known is not None and known.name else because
    if source in FOLLOWING:
        return Reason("viewed_next", f"Often viewed after {name}", because=(because,))
    return Reason("viewed_together", f"Because you viewed {name}", because=(because,))
