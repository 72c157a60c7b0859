"""The hybrid: the sources that count where the list will stand, by what came of them so far."""

from collections.abc import Callable
from typing import NamedTuple

from profiles.profile import Profile
from recommender.mix import DEPTH, Part, mix, reweigh, weigh_history
from recommender.model_reader import ModelView
from recommender.outcomes import has_outcomes, product_factors, source_factors
from recommender.placements import SHIPPED, Placements
from recommender.popularity_tables import LONG, faded
from recommender.slate import Proposal

# What a source, by its name, proposes of so many products.
Ask = Callable[[str, int], Proposal]


class Context(NamedTuple):
    """Where the list will stand, for whom, what is known of outcomes (None: no model), and `now` in Unix seconds."""

    placement: str
    profile: Profile
    view: ModelView | None
    now: float


def propose_placed(context: Context, ask: Ask, limit: int, placements: Placements = SHIPPED) -> Proposal:
    """What the sources of the placement propose together, the best `limit`.

    Where sessions alone count, and nothing is known of outcomes, this is what they propose, and costs no more.
    """
    view, weights = context.view, placements.weights_of(context.placement)
    known = view if view is not None and has_outcomes(view.outcomes) else None
    wanted = limit if known is None else DEPTH * limit
    if len(weights) == 1:
        proposal = ask(next(iter(weights)), wanted)
    else:
        proposal = mix(_ask_parts((context, placements, known), ask, DEPTH * limit), wanted)
    if known is None:
        return proposal
    numbers = [known.products.find(facts.product_id) for facts in proposal.products]
    return reweigh(proposal, product_factors(known.outcomes, numbers, _fallen(known, context)).tolist(), limit)


def _ask_parts(asked: tuple[Context, Placements, ModelView | None], ask: Ask, wanted: int) -> list[Part]:
    context, placements, known = asked
    factors: dict[str, float] = {}
    if known is not None:
        number = placements.number_of(context.placement)
        factors = source_factors(known.outcomes, number, _fallen(known, context))
    weights = {**placements.weights_of(context.placement)}
    if "interests" in weights:
        weights["interests"] *= weigh_history(context.profile)
    return [Part(source, weight, ask(source, wanted), factors.get(source)) for source, weight in weights.items()]


def _fallen(view: ModelView, context: Context) -> float:
    return faded(view.tables.popularity.half_lives, LONG, context.now)
