"""The words that everything between a question and its answer is said in."""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

import msgspec

from recommender.catalogue import Catalogue, Facts
from recommender.product import PATH_SEPARATOR


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked. `context` is the product on the page, which counts as just viewed; `strategy` names a source, or
    the hybrid of all; `diversity` is a dial from 0, the best whatever they are, to 1; `explain` asks for the parts of
    scores.
    """

    limit: int
    strategy: str = "hybrid"
    diversity: float = 0.0
    explain: bool = False
    exclude: frozenset[str] = frozenset()
    exclude_purchased: bool = False
    exclude_seen: bool = False
    category: str = ""
    context: str = ""
    placement: str = ""


class Reason(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why a product is shown: a stable code, a sentence, and the products or category it is because of."""

    code: str
    text: str
    category: str = ""
    because: tuple[str, ...] = ()


class Pick(msgspec.Struct, frozen=True):
    """One product of a slate, the sources that speak for it, and `parts` of its score by name."""

    facts: Facts
    score: float
    reason: Reason
    sources: tuple[str, ...]
    parts: Mapping[str, float] = {}


class Slate(msgspec.Struct, frozen=True):
    """What to show, best first. `fallback` is set when nothing in it is what was asked for."""

    picks: tuple[Pick, ...]
    fallback: str | None


class Proposal(NamedTuple):
    """What a source proposes: products with their scores, best first, and how to make a pick of one by its place.

    Only what is shown is made a pick, because reasons cost more than scores.
    """

    products: list[Facts]
    scores: list[float]
    pick: Callable[[int], Pick]


class Admission(NamedTuple):
    """Which products may be shown: available ones, in the category asked for ("" for any), that are not `excluded`."""

    catalogue: Catalogue
    excluded: set[int]
    category: str

    def first(self, product_ids: Iterable[str], limit: int) -> tuple[list[Facts], list[int]]:
        """The first `limit` products that may be shown, and their places among `product_ids`."""
        products, places = list[Facts](), list[int]()
        find, is_available, excluded, category = (
            self.catalogue.find,
            self.catalogue.is_available,
            self.excluded,
            self.category,
        )
        for place, product_id in enumerate(product_ids):
            facts = find(product_id)
            if facts is None or facts.index in excluded or not is_available(facts):
                continue
            if category and category not in facts.lists:
                continue
            products.append(facts)
            places.append(place)
            if len(products) == limit:
                break
        return products, places

    def find(self, product_id: str) -> Facts | None:
        """The product of an id, if it may be shown."""
        facts = self.catalogue.find(product_id)
        if facts is None or facts.index in self.excluded or not self.catalogue.is_available(facts):
            return None
        return facts if not self.category or self.category in facts.lists else None


def propose_nothing() -> Proposal:
    """A source that abstains."""

    def pick(place: int) -> Pick:
        raise IndexError(place)

    return Proposal([], [], pick)


def leaf_of(category: str) -> str:
    """The last part of a path."""
    return category.rsplit(PATH_SEPARATOR, 1)[-1]
