"""What tells products apart besides name, category, brand and price: tags, and attributes that take few values.

Kept as hashes, 8 bytes for each, because every web worker holds them for every product.
"""

from array import array
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from zlib import crc32

# An attribute with more values than this is a measure or a number of its own, and says little of what is alike.
FEW = 64
# Names of attributes that are looked at; what a catalogue has beyond these is left out.
NAMES = 1000
TAG = crc32(b"tag")


@lru_cache(maxsize=65_536)
def hash_text(text: str) -> int:
    """32 bits, the same in every process; case does not matter."""
    return crc32(text.casefold().encode())


@lru_cache(maxsize=65_536, typed=True)
def hash_value(value: str | float | bool) -> int:
    """32 bits of an attribute's value."""
    return hash_text(value if isinstance(value, str) else repr(value))


class Traits:
    """Packs the traits of products, and knows which attributes have few values. Written by one thread.

    `version` grows when an attribute is found to have many values: what was made of traits before is out of date.
    """

    def __init__(self) -> None:
        self._values: dict[int, set[int] | None] = {}  # None: more than FEW
        self.version = 0

    def pack(self, tags: Sequence[str], attributes: Mapping[str, str | float | bool]) -> bytes:
        """Pairs of uint32: hash of the attribute's name, or TAG, and hash of the value."""
        pairs: list[int] = []
        for tag in tags:
            pairs += (TAG, hash_text(tag))
        for name, value in attributes.items():
            field, hashed = hash_text(name), hash_value(value)
            known = self._values.get(field)
            if (known is not None and hashed in known) or self._note(field, hashed):
                pairs += (field, hashed)
        return array("I", pairs).tobytes()

    def unpack(self, packed: bytes) -> Iterator[tuple[int, int]]:
        """The pairs again, but those of attributes that were found to have many values since."""
        pairs = iter(array("I", packed))
        for field, value in zip(pairs, pairs, strict=True):
            if field == TAG or self._values.get(field) is not None:
                yield field, value

    def _note(self, field: int, value: int) -> bool:
        """Remember a new value of an attribute; False when it has too many."""
        if field not in self._values and len(self._values) >= NAMES:
            return False
        known = self._values.setdefault(field, set())
        if known is None:
            return False
        if len(known) < FEW:
            known.add(value)
            return True
        self._values[field] = None
        self.version += 1
        return False
