"""Products by category, words, brand and price, in an order that somebody chose, for pages that list them."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from recommender.catalogue import Catalogue, Change, Facts
from recommender.listed import Columns, name_order
from recommender.ranked import EMPTY, Indices
from recommender.words import Words, split_words

SORTS = ("popular", "price", "-price", "new", "name")
# Changes of products whose words are taken over at a time: about a tenth of a second.
STEP = 10_000
# Before a brand it makes a word that no text has.
BRAND = "="


class Wanted(msgspec.Struct, frozen=True):
    """What to list. Empty fields ask for nothing; `ids` says which products at most, in their order if there is no
    `sort`.
    """

    category: str = ""
    words: str = ""
    brands: tuple[str, ...] = ()
    low: float = 0.0
    high: float = math.inf
    ids: tuple[str, ...] = ()
    sort: str = ""

    @property
    def is_plain(self) -> bool:
        """Whether it asks for all that there is, or all of a category."""
        return not (self.words or self.brands or self.ids or self.low > 0.0 or self.high < math.inf)


class Facets(msgspec.Struct, frozen=True):
    """What may be chosen among: products by brand, most first, and the lowest and highest price, None without any."""

    brands: dict[str, int]
    low: float | None
    high: float | None


class Found(msgspec.Struct, frozen=True):
    """How many products there are, and those of the window."""

    total: int
    products: list[Facts]


class Finder:
    """Reads a catalogue and follows its changes; `catch_up` belongs to the thread that writes it, the rest to any."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._columns = Columns()
        self._words = Words()
        self._waiting: list[Change] = []
        catalogue.watch(self._note)

    def find(self, wanted: Wanted, window: slice) -> Found:
        """The products of a window of what is wanted. The heads of lists cost what is shown, all else what is found."""
        head = self._head(wanted)
        if head is not None and window.stop <= len(head[1]):
            return Found(head[0], self._facts(head[1][window]))
        found = self._of_brands(self._select(wanted), wanted.brands)
        return Found(len(found), self._facts(self._rank(found, wanted, window)))

    def facets(self, wanted: Wanted) -> Facets:
        """What to choose among: all that is wanted, of whatever brand and price."""
        found = self._select(msgspec.structs.replace(wanted, low=0.0, high=math.inf))
        codes, counts = np.unique(self._columns.brand.take(found), return_counts=True)
        by_count = sorted(zip(codes.tolist(), counts.tolist(), strict=True), key=lambda pair: -pair[1])
        names = self._columns.brands
        prices = self._columns.price.take(found)
        prices = prices[np.isfinite(prices)]
        bounds = (float(prices.min()), float(prices.max())) if len(prices) else (None, None)
        return Facets({names[code]: count for code, count in by_count if names[code]}, *bounds)

    def catch_up(self) -> bool:
        """Take over the words of up to STEP changes; returns whether more are waiting."""
        changes, self._waiting = self._waiting[:STEP], self._waiting[STEP:]
        gone: dict[str, list[int]] = defaultdict(list)
        came: dict[str, list[int]] = defaultdict(list)
        for index, (before, now) in _by_product(changes).items():
            old, new = _words_of(before), _words_of(now)
            for word in old - new:
                gone[word].append(index)
            for word in new - old:
                came[word].append(index)
        self._words.change(gone, came)
        return bool(self._waiting)

    def _head(self, wanted: Wanted) -> tuple[int, Sequence[int] | Indices] | None:
        """How many products there are, and those first in line, where a list of these is kept."""
        if not wanted.is_plain or wanted.sort not in ("", "popular", "new"):
            return None
        listed = self._catalogue.lists.get(wanted.category, EMPTY).indices
        total = len(listed) if wanted.category else self._columns.count
        if wanted.sort == "new":
            return total, self._catalogue.newest(wanted.category)
        return total, listed if wanted.category else self._catalogue.popular.indices

    def _select(self, wanted: Wanted) -> Indices:
        """All that is wanted but for brands; in the order of ids, or else of a category, or else of no meaning."""
        found: Indices | None = None
        if wanted.ids:
            known = (self._catalogue.find(product_id) for product_id in dict.fromkeys(wanted.ids))
            found = np.array([f.index for f in known if f and self._catalogue.is_available(f)], np.int32)
        if wanted.category:
            found = _both(found, self._catalogue.lists.get(wanted.category, EMPTY).indices)
        if wanted.words:
            found = _both(found, self._words.find(wanted.words))
        if found is None:
            found = self._all(wanted)
        if wanted.low > 0.0 or wanted.high < math.inf:
            prices = self._columns.price.take(found)
            found = found[(prices >= wanted.low) & (prices <= wanted.high)]
        return found

    def _all(self, wanted: Wanted) -> Indices:
        having = [self._words.having(BRAND + brand) for brand in wanted.brands]
        return np.concatenate(having) if having else self._columns.available()

    def _of_brands(self, found: Indices, brands: Sequence[str]) -> Indices:
        if not brands:
            return found
        return found[np.isin(self._columns.brand.take(found), self._columns.codes_of(brands))]

    def _rank(self, found: Indices, wanted: Wanted, window: slice) -> Indices:
        """A window of `found`, in the order that is wanted, without sorting what is far behind it."""
        if wanted.ids and not wanted.sort:
            return found[window]
        popularity = -self._catalogue.popularity_of(found)
        keys = self._keys(found, wanted.sort, popularity)
        if 0 < window.stop < len(found):
            near = np.flatnonzero(keys <= np.partition(keys, window.stop - 1)[window.stop - 1])
            found, keys, popularity = found.take(near), keys.take(near), popularity.take(near)
        ranked = found.take(np.lexsort((popularity, keys)))
        if wanted.sort == "name":
            facts = self._catalogue.facts
            ranked = np.array(sorted(ranked.tolist(), key=lambda index: name_order(facts[index].name)), np.int32)
        return ranked[window]

    def _keys(self, found: Indices, sort: str, popularity: NDArray[np.float64]) -> NDArray[np.float64]:
        if sort == "name":
            return self._columns.name.take(found)
        if sort == "new":
            return -self._catalogue.added_of(found)
        if sort not in ("price", "-price"):
            return popularity
        prices = self._columns.price.take(found)
        return np.where(np.isnan(prices), np.inf, prices if sort == "price" else -prices)

    def _facts(self, indices: Sequence[int] | Indices) -> list[Facts]:
        return [self._catalogue.facts[index] for index in indices]

    def _note(self, changes: Sequence[Change]) -> None:
        """Take over columns at once, for lists name these products in a moment; words can wait."""
        self._columns.change(changes)
        self._waiting += changes


def _both(found: Indices | None, others: Indices) -> Indices:
    """Those that are in both, in the order of the first; the second where there is no first."""
    return others if found is None else found[np.isin(found, others)]


def _by_product(changes: Iterable[Change]) -> dict[int, Change]:
    """By dense index: what a product was before the first of its changes, and is after the last."""
    merged: dict[int, Change] = {}
    for before, now in changes:
        index = (now or before).index  # type: ignore[union-attr]  # a change has one of them
        first = merged.get(index)
        merged[index] = (first[0] if first else before, now)
    return merged


def _words_of(facts: Facts | None) -> set[str]:
    if facts is None:
        return set()
    words = {*split_words(" ".join((facts.name, facts.brand, *facts.categories)))}
    return words | {BRAND + facts.brand} if facts.brand else words
