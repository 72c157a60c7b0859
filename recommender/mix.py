"""Several sources as one: a weighted sum of what each says, as a share of its own best. Pure."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from profiles.profile import Profile
from recommender.slate import Pick, Proposal, propose_nothing

# Of so many times as many products as are wanted, what sources say is added up, and factors change the order.
DEPTH = 2
# Events of a visitor after which their interests count half.
HALF_HISTORY = 20.0


class Part(NamedTuple):
    """A source, how much it counts, and what it proposes; `factor`: what came of it so far, None while nothing has."""

    source: str
    weight: float
    proposal: Proposal
    factor: float | None = None

    def scale(self) -> float:
        """What the source's best product adds to its score; 0 for a source that counts nothing."""
        weight = self.weight * (1.0 if self.factor is None else self.factor)
        return weight if max(self.proposal.scores, default=0.0) > 0.0 else 0.0


class _Said(NamedTuple):
    """What a part says of a product: the part's number, the product's place in it, and what that adds to its score."""

    part: int
    place: int
    score: float


def weigh_history(profile: Profile) -> float:
    """How much a visitor's interests count, from 0 to below 1: h / (h + 20) of h events."""
    events = float(sum(profile.counts.values()))
    return events / (events + HALF_HISTORY)


def mix(parts: Sequence[Part], limit: int) -> Proposal:
    """The products with the largest sums; equal ones in the order of the parts.

    A pick has the reason of the part that says most of it, the sources of all, and as parts of its score besides those
    of that reason what each source adds. Scores are not negative; a part that says nothing above 0 counts nothing.
    """
    said: dict[int, list[_Said]] = {}
    for number, part in enumerate(parts):
        scale = part.scale()
        if scale > 0.0:
            products, scores = part.proposal.products, part.proposal.scores
            best = max(scores)
            for place, (facts, score) in enumerate(zip(products, scores, strict=True)):
                said.setdefault(facts.index, []).append(_Said(number, place, scale * (score / best)))
    ranked = [(sum(each.score for each in every), every) for every in said.values()]
    ranked.sort(key=lambda pair: -pair[0])
    ranked = ranked[:limit]
    if not ranked:
        return propose_nothing()

    def pick(place: int) -> Pick:
        return _merge_picks(parts, *ranked[place])

    products = [parts[every[0].part].proposal.products[every[0].place] for _, every in ranked]
    return Proposal(products, [score for score, _ in ranked], pick)


def _merge_picks(parts: Sequence[Part], score: float, said: Sequence[_Said]) -> Pick:
    """One pick of what several parts say of the same product."""
    strongest = sorted(said, key=lambda each: -each.score)
    picks = [parts[each.part].proposal.pick(each.place) for each in strongest]
    sources = dict.fromkeys(name for found in picks for name in found.sources)
    added = {parts[each.part].source: each.score for each in strongest}
    spoken = [parts[each.part] for each in strongest]
    factors = {f"{part.source}_factor": part.factor for part in spoken if part.factor is not None}
    told = {**picks[0].parts, **added, **factors}
    return msgspec.structs.replace(picks[0], score=score, sources=tuple(sources), parts=told)


def reweigh(proposal: Proposal, factors: Sequence[float], limit: int) -> Proposal:
    """The best by score times factor, one for each product, which stands in the parts of the score as `product_factor`.

    Equal ones keep their order.
    """
    scores = [score * factor for score, factor in zip(proposal.scores, factors, strict=True)]
    order = sorted(range(len(scores)), key=lambda place: -scores[place])[:limit]

    def pick(place: int) -> Pick:
        at = order[place]
        found = proposal.pick(at)
        parts = {**found.parts, "product_factor": factors[at]}
        return msgspec.structs.replace(found, score=scores[at], parts=parts)

    return Proposal([proposal.products[at] for at in order], [scores[at] for at in order], pick)
