"""What is like a product of which nobody's behaviour says anything yet: similarity x recency x engagement.

No question looks at more than `POPULAR + NEWEST` products, however large the catalogue is.
"""

import threading
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from recommender.catalogue import Catalogue, Facts
from recommender.content_features import DIMENSIONS, make_vectors
from recommender.newest import NEWEST
from recommender.product import PATH_SEPARATOR
from recommender.ranked import EMPTY, Indices, Scores

# Candidates: this many by popularity, and the newest (`newest.NEWEST`), of the most specific lists that have them.
POPULAR = 200
# 512 bytes for each in every process: 10 MB.
VECTORS = 20_000
HALF_LIFE_SECONDS = 30 * 86_400.0
# What is left of a score by great age alone, and by no popularity at all: similarity stays the most of it.
OLD, UNPOPULAR = 0.6, 0.5


class ContentVectors:
    """Vectors of the products that were asked for last, made when they are first needed. For any number of threads."""

    def __init__(self, catalogue: Catalogue, capacity: int = VECTORS) -> None:
        self.catalogue, self._capacity = catalogue, capacity
        self._lock = threading.Lock()
        self._vectors = np.zeros((capacity, DIMENSIONS), np.float32)
        self._used = np.zeros(capacity, np.int64)  # number of the question that last needed it
        self._questions = 0
        self._forget()

    def similarity(self, anchor: Facts, candidates: Indices) -> NDArray[np.float32]:
        """Cosine of every candidate's vector with the anchor's, float32 (n,)."""
        every = self.catalogue.facts
        products = [anchor, *[every[index] for index in candidates.tolist()]]
        if len(products) > self._capacity:
            vectors = make_vectors(products, self.catalogue.traits)
        else:
            with self._lock:
                vectors = self._vectors.take(self._find(products), axis=0)
        # Not @: the linear algebra library would start threads for so little, and wait for them.
        similarity: NDArray[np.float32] = np.einsum("ij,j->i", vectors[1:], vectors[0])
        return similarity

    def _forget(self) -> None:
        self._version = self.catalogue.traits.version
        self._slots: dict[int, int] = {}
        self._held: list[Facts | None] = [None] * self._capacity  # by slot; a product that changed has other facts
        self._free = list(range(self._capacity))

    def _find(self, products: list[Facts]) -> NDArray[np.int64]:
        """The slots of these products, once all of them have a vector."""
        if self._version != self.catalogue.traits.version:
            self._forget()
        self._questions += 1
        known, held = self._slots, self._held
        slots = [known.get(facts.index, -1) for facts in products]
        missing = {
            facts.index: facts
            for facts, slot in zip(products, slots, strict=True)
            if slot < 0 or held[slot] is not facts
        }
        self._used[[slot for slot in slots if slot >= 0]] = self._questions
        if missing:
            self._add(missing)
            slots = [known[facts.index] for facts in products]
        return np.array(slots)

    def _add(self, missing: dict[int, Facts]) -> None:
        self._make_room(sum(index not in self._slots for index in missing))
        for index, facts in missing.items():
            if index not in self._slots:
                self._slots[index] = self._free.pop()
            self._held[self._slots[index]] = facts
        slots = [self._slots[index] for index in missing]
        self._vectors[slots] = make_vectors(list(missing.values()), self.catalogue.traits)
        self._used[slots] = self._questions

    def _make_room(self, needed: int) -> None:
        """Let go of what was needed longest ago, an eighth at once, but of nothing that this question needs."""
        if needed <= len(self._free):
            return
        count = max(needed - len(self._free), self._capacity // 8)
        for slot in np.argsort(self._used, kind="stable").tolist():
            facts = self._held[slot]
            if count == 0 or self._used[slot] == self._questions:
                break
            if facts is not None:
                del self._slots[facts.index]
                self._held[slot] = None
                self._free.append(slot)
                count -= 1


def similar_by_content(vectors: ContentVectors, anchor: Facts, limit: int, now: float) -> tuple[Indices, Scores]:
    """The products most like `anchor`, best first: dense indices int32 (n,) and scores float64 (n,), n <= limit.

    score = similarity x recency x engagement, all of them at most 1; what is not alike at all is left out.
    """
    candidates = find_candidates(vectors.catalogue, anchor)
    scores = score_candidates(vectors, anchor, candidates, now)
    best = np.argsort(-scores, kind="stable")[:limit]
    best = best[scores[best] > 0.0]
    return candidates[best], scores[best]


def find_candidates(catalogue: Catalogue, anchor: Facts) -> Indices:
    """The heads of the anchor's lists by popularity and by date, of the most specific ones first, int32 (n,)."""
    popular: dict[int, None] = {}
    fresh: dict[int, None] = {}
    for name in sorted(anchor.lists, key=lambda name: -name.count(PATH_SEPARATOR)):
        if len(popular) <= POPULAR:
            popular.update(dict.fromkeys(catalogue.lists.get(name, EMPTY).indices[: POPULAR + 1].tolist()))
        if len(fresh) <= NEWEST:
            fresh.update(dict.fromkeys(catalogue.newest(name)))
    popular.pop(anchor.index, None)
    fresh.pop(anchor.index, None)
    chosen = dict.fromkeys(islice(popular, POPULAR))
    chosen.update(dict.fromkeys(islice(fresh, NEWEST)))
    return np.fromiter(chosen, np.int32, len(chosen))


def score_candidates(vectors: ContentVectors, anchor: Facts, candidates: Indices, now: float) -> Scores:
    """Scores float64 (n,) of any candidates.

    recency = OLD + (1 - OLD) x 2^(-age / half-life), engagement = UNPOPULAR + (1 - UNPOPULAR) x popularity as a share
    of the most popular candidate's.
    """
    if not len(candidates):
        return np.zeros(0)
    ages = np.maximum(now - vectors.catalogue.added_of(candidates), 0.0)
    recency = OLD + (1.0 - OLD) * np.exp2(-ages / HALF_LIFE_SECONDS)
    popularity = np.maximum(vectors.catalogue.popularity_of(candidates), 0.0)
    engagement = UNPOPULAR + (1.0 - UNPOPULAR) * popularity / max(float(popularity.max()), 1e-300)
    similarity = np.maximum(vectors.similarity(anchor, candidates), 0.0)
    return similarity.astype(np.float64) * recency * engagement
