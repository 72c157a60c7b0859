"""The request path's arithmetic: merge the heads of sorted lists. Arrays in, arrays out.

Cost follows the answer: `k` lists are read to a depth of `limit` plus the number of excluded products, whatever the
size of the catalogue. Every product that belongs into the answer is within that depth, because at most the excluded
ones can stand before it.
"""

from collections.abc import Collection, Sequence

import numpy as np

from recommender.ranked import Indices, Ranked, Scores


def merge_heads(
    lists: Sequence[Ranked], weights: Sequence[float], limit: int, excluded: Collection[int] = ()
) -> tuple[Indices, Scores, Indices]:
    """The `limit` best products by weight times score over all lists.

    Args:
        lists: k lists, each sorted by falling score.
        weights: k factors, one for each list, not negative.
        limit: number of products wanted.
        excluded: product indices to leave out.

    Returns:
        Product indices int32 (n,), their scores float64 (n,) by falling score, and the list each came from
        int32 (n,), n <= limit. A product in several lists counts once, with its best score.
    """
    depth = limit + len(excluded)
    heads = [ranked.indices[:depth] for ranked in lists]
    indices = np.concatenate(heads)
    scores = np.concatenate([ranked.scores[:depth] * weight for ranked, weight in zip(lists, weights, strict=True)])
    order = np.argsort(-scores, kind="stable")
    seen = set(excluded)
    picked = []
    for position, index in zip(order.tolist(), indices[order].tolist(), strict=True):
        if index not in seen:
            seen.add(index)
            picked.append(position)
            if len(picked) == limit:
                break
    ends = np.cumsum([len(head) for head in heads])
    origins = np.searchsorted(ends, picked, side="right").astype(np.int32)
    return indices[picked], scores[picked], origins
