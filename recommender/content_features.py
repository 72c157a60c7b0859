"""Products that are alike in what they are, for those that nobody has touched yet.

A product becomes a vector of `DIMENSIONS` by signed feature hashing (Weinberger, Dasgupta, Langford, Smola, Attenberg,
"Feature Hashing for Large Scale Multitask Learning", ICML 2009): category path, brand, price, tags, attributes and
words of the name. Each kind has a share of its own in the vector, however many features it has, so that two products'
product of vectors is near to the sum of the shares in which they agree.
"""

import math
import re
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from recommender.catalogue import Facts
from recommender.product import ancestors
from recommender.traits import TAG, Traits, hash_text

DIMENSIONS = 128
# Shares of the squared length. What a product is comes first; price alone makes nothing alike.
CATEGORY, NAME, TAGS, ATTRIBUTES, BRAND, PRICE = 1.0, 0.6, 0.5, 0.5, 0.4, 0.3
# A path counts this much more than the one above it.
DEEPER = 2.0
# Prices share a band within a factor of 1.5.
LOG_BAND = math.log(1.5)
LOWEST_BAND = 10_000  # makes the number of any price's band positive
# Words of a name beyond this many are left out.
WORDS = 16
_BRAND, _WORD, _PATH, _BAND = (hash_text(f"\0{kind}") for kind in ("brand", "word", "path", "band"))
_find_words = re.compile(r"\w+").findall

Feature = tuple[int, int, float]
# Knuth, TAOCP 6.4: after a multiplication with these the topmost bits depend on all of those below.
_MIX = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)


def make_vectors(products: Sequence[Facts], traits: Traits) -> NDArray[np.float32]:
    """Vectors float32 (n, DIMENSIONS) of length 1; 0 throughout for a product of which nothing is known."""
    features: list[Feature] = []
    ends = []
    for facts in products:
        features += find_features(facts, traits)
        ends.append(len(features))
    fields, values, weights = zip(*features, strict=True) if features else ((), (), ())
    hashes = np.array(fields, np.uint64) * _MIX[0] ^ np.array(values, np.uint64)
    hashes *= _MIX[1]
    rows = np.repeat(np.arange(len(products)), np.diff(ends, prepend=0))
    cells = rows * DIMENSIONS + (hashes >> np.uint64(57)).astype(np.int64)
    signed = np.array(weights) * np.where(hashes & np.uint64(1 << 56), 1.0, -1.0)
    vectors = np.bincount(cells, signed, len(products) * DIMENSIONS).reshape(-1, DIMENSIONS)
    lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    unit: NDArray[np.float32] = (vectors / np.maximum(lengths, 1e-12)[:, None]).astype(np.float32)
    return unit


def find_features(facts: Facts, traits: Traits) -> list[Feature]:
    """Hash of the kind, hash of the value, and weight; the squared weights of a kind sum to its share."""
    features = [feature for name in facts.categories for feature in _path_features(name, len(facts.categories))]
    words = dict.fromkeys(_find_words(facts.name.casefold()))
    features += _alike(NAME, [(_WORD, hash_text(word)) for word in words][:WORDS])
    pairs = list(traits.unpack(facts.traits))
    features += _alike(TAGS, [pair for pair in pairs if pair[0] == TAG])
    features += _alike(ATTRIBUTES, [pair for pair in pairs if pair[0] != TAG])
    if facts.brand:
        features.append((_BRAND, hash_text(facts.brand), math.sqrt(BRAND)))
    if facts.price:
        features += _price_features(facts.price)
    return features


def _alike(share: float, pairs: list[tuple[int, int]]) -> list[Feature]:
    weight = math.sqrt(share / len(pairs)) if pairs else 0.0
    return [(field, value, weight) for field, value in pairs]


@lru_cache(maxsize=65_536)
def _path_features(category: str, among: int) -> list[Feature]:
    """Each level of one of so many paths; a deeper one weighs more, so that sharing the leaf is most of the share."""
    paths = ancestors(category)
    weights = [DEEPER ** (len(paths) - above) for above in range(len(paths))]
    share = CATEGORY / among / sum(weights)
    return [(_PATH, hash_text(path), math.sqrt(share * weight)) for path, weight in zip(paths, weights, strict=True)]


def _price_features(price: float) -> list[Feature]:
    """A price lies between the middles of two bands and is in both, more in the nearer one."""
    band, part = divmod(math.log(price) / LOG_BAND, 1.0)
    angle, first, size = part * math.pi / 2, int(band) + LOWEST_BAND, math.sqrt(PRICE)
    return [(_BAND, first, size * math.cos(angle)), (_BAND, first + 1, size * math.sin(angle))]
