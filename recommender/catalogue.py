"""All products as dense tables, with every category's list kept sorted by popularity, and its newest products.

One thread writes (`apply`, `apply_engagement`), any number read without locks: lists are immutable and replaced as a
whole, rows are only ever added. A product keeps its dense index for good, also when it is deleted and comes back.
"""

import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from sys import intern

import msgspec
import numpy as np
from numpy.typing import NDArray

from profiles.decay import EPOCH
from recommender.newest import Newest
from recommender.product import PATH_SEPARATOR, SHOWN, Product, ancestors
from recommender.ranked import EMPTY, Indices, Ranked, Scores, build_ranked
from recommender.standing import NOWHERE, Standing, changes_by_list
from recommender.traits import Traits

# Products of equal popularity are ordered by a hash of their id, the same in every process.
TIE_BREAK = 1e-9
# Length of the overall list: enough for the largest answer behind everything one visitor may have excluded.
POPULAR_LENGTH = 500
# Lists that one product may stand in (its categories and those above them), for sizing only.
OVERLAP = 8


class Facts(msgspec.Struct, frozen=True, gc=False):
    """What is looked up of a product: its dense index, as `payload` the JSON that answers show, the `lists` that it
    stands in while it is available (its categories and those above them), and its packed `traits`.
    """

    index: int
    product_id: str
    name: str
    categories: tuple[str, ...]
    brand: str
    price: float | None
    payload: msgspec.Raw
    lists: tuple[str, ...]
    traits: bytes = b""


# What a product was while it was available, None where it was not; and what it is.
Change = tuple[Facts | None, Facts | None]


@lru_cache(maxsize=100_000)
def shared(categories: tuple[str, ...]) -> tuple[str, ...]:
    """The same categories, the same object each time: most products are in those of others."""
    return categories


@lru_cache(maxsize=100_000)
def list_names(categories: tuple[str, ...]) -> tuple[str, ...]:
    """Lists for products of `categories`, the same object each time; `""` is the list of those without any."""
    return tuple(dict.fromkeys(path for name in categories for path in ancestors(name))) or ("",)


class PopularityRule(msgspec.Struct, frozen=True):
    """popularity = given score + gain * n / (n + midpoint), n the engagement decayed by `half_life` seconds."""

    half_life: float
    gain: float
    midpoint: float


class Catalogue:
    """The tables. `version` grows with every change."""

    def __init__(self, rule: PopularityRule) -> None:
        self._rule = rule
        self.version = 0
        self.facts: list[Facts] = []
        self._facts_of: dict[str, Facts] = {}
        self.lists: dict[str, Ranked] = {}
        self.popular: Ranked = EMPTY
        self._available: list[bool] = []
        self._given = np.zeros(0)
        self._log_engagement = np.zeros(0)
        self._tie_break = np.zeros(0)
        self._rank_score = np.zeros(0)
        self._dates = np.zeros(0)
        self._newest = Newest()
        self.traits = Traits()
        self._watchers: list[Callable[[Sequence[Change]], None]] = []

    def __len__(self) -> int:
        return sum(self._available)

    def ids(self) -> set[str]:
        """Every product that is there, or was."""
        return set(self._facts_of)

    def find(self, product_id: str) -> Facts | None:
        """The facts of a product that is there and available, or was."""
        return self._facts_of.get(product_id)

    def is_available(self, facts: Facts) -> bool:
        """Whether a product that `find` gave is there and available."""
        return self._available[facts.index]

    def newest(self, category: str = "") -> Sequence[int]:
        """Dense indices of up to `newest.NEWEST` available products, newest first: overall, or of a category's list.

        Products of which nobody knows when they were added are not among them.
        """
        if not category:
            return self._newest.find_overall()
        return self._newest.find(category, self.lists.get(category, EMPTY).indices)

    def popularity_of(self, indices: Indices) -> Scores:
        """Popularity float64 (n,) of products by dense index, with the tie break that lists are sorted by."""
        return self._rank_score.take(indices)

    def added_of(self, indices: Indices) -> Scores:
        """When products were added, Unix seconds float64 (n,); -inf where that is unknown or one is not available."""
        return self._dates.take(indices)

    def watch(self, watcher: Callable[[Sequence[Change]], None]) -> None:
        """Tell `watcher` of every change of products, on the thread that makes it, before any list shows it."""
        self._watchers.append(watcher)

    def apply(self, changed: Iterable[Product], deleted: Iterable[str], now: float) -> None:
        """Take over new and changed products, drop deleted ones. `now` is Unix seconds."""
        before: dict[int, Standing] = {}
        were: dict[int, Facts | None] = {}
        products = list(changed)
        self._grow(len(self.facts) + len(products))
        for product in products:
            facts = self.find(product.product_id)
            known = NOWHERE if facts is None else self._standing(facts.index)
            shown = self._shown(facts)
            before.setdefault(index := self._write(product), known)
            were.setdefault(index, shown)
        for product_id in deleted:
            if (facts := self.find(product_id)) is not None:
                before.setdefault(facts.index, self._standing(facts.index))
                were.setdefault(facts.index, self._shown(facts))
                self._available[facts.index] = False
                self._dates[facts.index] = -np.inf
        if before:
            self._tell(were)
            self._score(np.array(list(before), np.int64), now)
            self._move(before)

    def apply_engagement(self, log_sums: Mapping[str, float], now: float) -> None:
        """Take over decayed engagement (log sums as in `profiles/decay.py`) by product id."""
        self._refresh(self._note(log_sums), now)

    def replace_engagement(self, log_sums: Mapping[str, float], now: float) -> None:
        """Take over the engagement of all products, as `apply_engagement` does of some: others have none any more."""
        had = np.flatnonzero(np.isfinite(self._log_engagement[: len(self.facts)]))
        self._log_engagement[:] = -np.inf
        self._refresh(np.union1d(had, self._note(log_sums)), now)

    def fade(self, now: float) -> None:
        """Let engagement decay: bring every product's popularity up to `now`. For a timer, not for requests."""
        self._refresh(np.flatnonzero(np.isfinite(self._log_engagement[: len(self.facts)])), now)

    def _note(self, log_sums: Mapping[str, float]) -> NDArray[np.int64]:
        """Write down engagement; returns the indices of those products that are known."""
        known = [(facts.index, value) for key, value in log_sums.items() if (facts := self.find(key)) is not None]
        indices = np.array([index for index, _ in known], np.int64)
        self._log_engagement[indices] = [value for _, value in known]
        return indices

    def _refresh(self, indices: NDArray[np.int64], now: float) -> None:
        """Recompute popularity of `indices`, which stay in their lists, and re-sort these."""
        if not len(indices):
            return
        self._score(indices, now)
        for name in set().union(*map(self._listed_in, indices.tolist())):
            self._relist(name, (), ())
        self._finish_change()

    def _write(self, product: Product) -> int:
        shown = {field: value for field in SHOWN if (value := getattr(product, field)) not in ("", (), None)}
        known = self.find(product.product_id)
        index = len(self.facts) if known is None else known.index
        facts = Facts(
            index,
            product.product_id,
            product.name,
            shared(product.categories),
            intern(product.brand),
            product.price,
            msgspec.Raw(msgspec.json.encode(shown)),
            list_names(product.categories),
            self.traits.pack(product.tags, product.attributes),
        )
        if known is None:
            self._log_engagement[index] = -np.inf
            self._tie_break[index] = TIE_BREAK * zlib.crc32(product.product_id.encode()) / 2.0**32
            self.facts.append(facts)
            self._available.append(product.available)
        else:
            self.facts[index] = facts
            self._available[index] = product.available
        self._facts_of[product.product_id] = facts
        self._given[index] = product.popularity
        self._dates[index] = product.added if product.available and product.added is not None else -np.inf
        return index

    def _grow(self, size: int) -> None:
        capacity = len(self._given)
        if size > capacity:
            extra = max(size, capacity * 2, 1024) - capacity
            for name in ("_given", "_log_engagement", "_tie_break", "_rank_score", "_dates"):
                setattr(self, name, np.concatenate([getattr(self, name), np.full(extra, -np.inf)]))
            self._newest.grow(self._dates, self._tie_break)

    def _shown(self, facts: Facts | None) -> Facts | None:
        return facts if facts is not None and self._available[facts.index] else None

    def _tell(self, were: Mapping[int, Facts | None]) -> None:
        changes = [(known, self._shown(self.facts[index])) for index, known in were.items()]
        for watcher in self._watchers:
            watcher([change for change in changes if change != (None, None)])

    def _listed_in(self, index: int) -> tuple[str, ...]:
        return self.facts[index].lists if self._available[index] else ()

    def _standing(self, index: int) -> Standing:
        return Standing(self._listed_in(index), float(self._dates[index]))

    def _score(self, indices: NDArray[np.int64], now: float) -> None:
        engagement = np.exp2(np.minimum(self._log_engagement[indices] - (now - EPOCH) / self._rule.half_life, 500.0))
        score = self._given[indices] + self._rule.gain * engagement / (engagement + self._rule.midpoint)
        self._rank_score[indices] = score + self._tie_break[indices]

    def _move(self, before: Mapping[int, Standing]) -> None:
        """Re-sort the lists of products that changed, where `before` is how they stood."""
        for name, change in changes_by_list(before, self._standing).items():
            self._relist(name, change.left, change.joined)
            self._newest.change_list(name, change, self.lists.get(name, EMPTY).indices)
        self._newest.change_overall([index for index, known in before.items() if known.added != self._dates[index]])
        self._finish_change()

    def _finish_change(self) -> None:
        self._rank_popular()
        self.version += 1

    def _relist(self, category: str, left: Sequence[int], joined: Sequence[int]) -> None:
        indices = self.lists.get(category, EMPTY).indices
        if left:
            indices = indices[np.isin(indices, np.array(left, np.int32), invert=True)]
        if joined:
            indices = np.concatenate([indices, np.array(joined, np.int32)])
        if len(indices):
            self.lists[category] = build_ranked(indices, self._rank_score.take(indices))
        else:
            self.lists.pop(category, None)

    def _rank_popular(self) -> None:
        """The overall list, from the heads of the topmost categories, whose lists hold all that is below them."""
        heads = [ranked.head(POPULAR_LENGTH) for name, ranked in self.lists.items() if PATH_SEPARATOR not in name]
        if not heads:
            self.popular = EMPTY
            return
        indices = np.concatenate([head.indices for head in heads])
        scores = np.concatenate([head.scores for head in heads])
        if len(scores) > OVERLAP * POPULAR_LENGTH:
            best = np.argpartition(-scores, OVERLAP * POPULAR_LENGTH)[: OVERLAP * POPULAR_LENGTH]
            indices, scores = indices[best], scores[best]
        unique, first = np.unique(indices, return_index=True)
        self.popular = build_ranked(unique, scores[first]).head(POPULAR_LENGTH)
