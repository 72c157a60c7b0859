"""The id of an answer, which also says where each of its first products came from, so that nobody has to keep slates.

`rec_`, 11 hexadecimal digits of milliseconds, 16 of chance; then characters of base64url: one for the placement, three
for each place, which are the number of its source (6 bits) and a hash of its product (12 bits). 92 characters at most.
Why it is so: docs/adr/0014-outcomes-in-the-recommendation-id.md.
"""

import re
import zlib
from collections.abc import Iterable
from itertools import islice

import msgspec

# Places that an id tells of; those further down are seldom seen.
PLACES = 20
# Of an id, the part that tells nothing.
PLAIN_LENGTH = len("rec_") + 11 + 16
# Sources and placements have numbers below this.
NUMBERS = 64
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_VALUES = {character: value for value, character in enumerate(_ALPHABET)}
_SHAPE = re.compile(rf"rec_[0-9a-f]{{11}}([0-9a-f]{{16}})([\w-])((?:[\w-]{{3}}){{0,{PLACES}}})", re.ASCII)
_CHANCE = 2**64
# How each hash of a product is written.
_PRODUCTS = tuple([high + low for high in _ALPHABET for low in _ALPHABET])


class Shown(msgspec.Struct, frozen=True):
    """What an id tells: its random part of 64 bits, the placement's number, and `told`, three characters a place."""

    chance: int
    placement: int
    told: str

    def find(self, product_id: str) -> int | None:
        """The place of a product, from 0; None when it was not shown.

        Of 20 places, one in 200 products that were not shown is taken for one that was.
        """
        wanted = _PRODUCTS[hash_product(product_id)]
        return next((at // 3 for at in range(0, len(self.told), 3) if self.told.startswith(wanted, at + 1)), None)

    def source_of(self, place: int) -> int:
        """The number of the source that a place came from."""
        return _VALUES[self.told[3 * place]]


def hash_product(product_id: str) -> int:
    """12 bits, the same in every process."""
    return zlib.crc32(product_id.encode()) & 0xFFF


def encode_id(now: float, chance: int, placement: int, places: Iterable[tuple[int, str]]) -> str:
    """The id of an answer of `now` (Unix seconds, from 1970 on) with a random number of 64 bits.

    `places`: number of the source and id of the product, of the first place first; those beyond PLACES are left out.
    """
    told = "".join([_tell(source, product_id) for source, product_id in islice(places, PLACES)])
    return f"rec_{int(now * 1000) & 0xFFFFFFFFFFF:011x}{chance % _CHANCE:016x}{_ALPHABET[placement]}{told}"


def _tell(source: int, product_id: str) -> str:
    return _ALPHABET[source] + _PRODUCTS[hash_product(product_id)]


def decode_id(text: str) -> Shown | None:
    """What the id of an answer tells; None for any other text, and for ids that tell nothing."""
    found = _SHAPE.fullmatch(text)
    if found is None:
        return None
    chance, placement, told = found.groups()
    return Shown(int(chance, 16), _VALUES[placement], told)
