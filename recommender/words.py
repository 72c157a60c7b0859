"""An index of the words of products: which products have a word, or one that begins so.

One thread changes it, any number read without locks: postings are immutable and replaced as a whole.
"""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from recommender.ranked import EMPTY, Indices

# Words that one beginning may stand for; of more, the first in the alphabet.
MAX_ENDINGS = 64
# Words of a query that are looked up; what is behind them is left out.
MAX_WORDS = 12
# Shorter ones begin too many words to mean any of them.
SHORTEST_BEGINNING = 2
_WORD = re.compile(r"\w+")


def plain(text: str) -> str:
    """A text in lower case and without accents: `Crème brûlée` is `creme brulee`."""
    if not text.isascii():
        decomposed = unicodedata.normalize("NFKD", text)
        text = "".join(character for character in decomposed if not unicodedata.combining(character))
    return text.casefold()


def split_words(text: str) -> list[str]:
    """The different words of a text as `plain` has them, in their order."""
    return list(dict.fromkeys(_WORD.findall(plain(text))))


class Words:
    """Postings by word: dense indices of products, int32, rising."""

    def __init__(self) -> None:
        self._postings: dict[str, Indices] = {}
        self._sorted: list[str] = []

    def change(self, gone: Mapping[str, Sequence[int]], came: Mapping[str, Sequence[int]]) -> None:
        """Products that lost a word, and that got one. Costs the postings of these words, not the catalogue."""
        known = len(self._postings)
        for word in gone.keys() | came.keys():
            postings = self._postings.get(word, EMPTY.indices)
            if lost := gone.get(word):
                postings = postings[np.isin(postings, np.array(lost, np.int32), invert=True)]
            if got := came.get(word):
                postings = np.union1d(postings, np.array(got, np.int32))
            self._postings[word] = postings
        if len(self._postings) > known:
            self._sorted = sorted(self._postings)

    def having(self, word: str) -> Indices:
        """Products that have exactly this word."""
        return self._postings.get(word, EMPTY.indices)

    def find(self, text: str) -> Indices:
        """Products that have, for every word of `text`, that word or one that begins with it; none for no word."""
        found: Indices | None = None
        for postings in sorted(map(self._beginning, split_words(text)[:MAX_WORDS]), key=len):
            found = postings if found is None else found[np.isin(found, postings)]
        return EMPTY.indices if found is None else found

    def _beginning(self, word: str) -> Indices:
        if len(word) < SHORTEST_BEGINNING:
            return self.having(word)
        return _unite(self.having(ending) for ending in self._endings(word))

    def _endings(self, word: str) -> Iterable[str]:
        words = self._sorted  # as it is now: another one may take its place
        for ending in words[(start := bisect_left(words, word)) : start + MAX_ENDINGS]:
            if not ending.startswith(word):
                return
            yield ending


def _unite(postings: Iterable[Indices]) -> Indices:
    several = list(postings)
    if not several:
        return EMPTY.indices
    return several[0] if len(several) == 1 else np.unique(np.concatenate(several))
