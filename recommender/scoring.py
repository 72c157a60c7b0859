"""The request path's arithmetic: merge the heads of sorted lists. Arrays in, the few best out.

Cost follows the answer: of k lists, as many entries are looked at as there are products in the answer and excluded
ones before them, whatever the size of the catalogue. A heap of the k next entries does it; for so few of them plain
Python is several times as fast as numpy, whose calls cost about a microsecond each however little they do
(docs/benchmarks.md).
"""

from collections.abc import Collection, Sequence
from heapq import heapify, heappop, heapreplace

from recommender.ranked import Ranked


def merge_heads(
    lists: Sequence[Ranked], weights: Sequence[float], limit: int, excluded: Collection[int] = ()
) -> tuple[list[int], list[float], list[int]]:
    """The `limit` best products by weight times score over all lists.

    Args:
        lists: k lists, each sorted by falling score.
        weights: k factors, one for each list, not negative.
        limit: number of products wanted.
        excluded: product indices to leave out.

    Returns:
        Product indices, their scores by falling score, and the number of the list each came from; three lists of n,
        n <= limit. A product in several lists counts once, with its best score; of equal scores the earlier list's
        comes first.
    """
    heap = [
        (-ranked.scores.item(0) * weight, origin, 0)
        for origin, (ranked, weight) in enumerate(zip(lists, weights, strict=True))
        if ranked.scores.size
    ]
    heapify(heap)
    seen = set(excluded)
    indices: list[int] = []
    scores: list[float] = []
    origins: list[int] = []
    while heap and len(indices) < limit:
        negative, origin, position = heap[0]
        ranked = lists[origin]
        index = ranked.indices.item(position)
        if index not in seen:
            seen.add(index)
            indices.append(index)
            scores.append(-negative)
            origins.append(origin)
        position += 1
        if position < ranked.scores.size:
            heapreplace(heap, (-ranked.scores.item(position) * weights[origin], origin, position))
        else:
            heappop(heap)
    return indices, scores, origins
