"""A visitor's profile as a value, and the one operation on it: merge.

Every part merges commutatively and associatively, so applying an event is merging the small profile that the event
alone would make (`delta.py`), and joining two identities is merging theirs. The only part that is not idempotent is
sums and counts, which is why events are deduplicated first.

| part | merge |
|---|---|
| interests and purchases by product, session (decayed log sums by key) | logaddexp2 |
| counts (by code of the event type) | addition |
| marks (cart, wishlist, ... by product; traits) | later time wins; at equal times the smaller value |
| recent (time, type, product), bounded | newest of both |
| first_seen, last_seen | minimum, maximum |

Session interests that have faded to 2^-48 of the strongest are dropped: they cannot be told from nothing.
"""

import hashlib
from collections.abc import Mapping

import msgspec

from profiles.decay import logaddexp2

# First character of an interest's key. Upper case holds the negative evidence of the same dimension.
DIMENSIONS = {"category": "c", "brand": "b", "price_band": "p"}
# First character of the key of a product's purchases, which are kept among the interests; upper case holds refunds.
BOUGHT = "o"
# First character of a mark's key.
MARKS = {
    "cart": "k",
    "wishlist": "w",
    "hidden": "h",
    "like": "l",
    "rating": "r",
    "purchase": "o",
    "trait": "t",
}

# Binary orders of magnitude below the strongest session interest: 24 hours at a half-life of 30 minutes.
SESSION_HORIZON = 48.0

Mark = tuple[int, float | str]
Interaction = tuple[int, int | str, str]


class Bounds(msgspec.Struct, frozen=True):
    """How much a profile keeps: strongest interests, newest marks, newest interactions."""

    interests: int
    marks: int
    recent: int


class Profile(msgspec.Struct, kw_only=True):
    """All that is known of one visitor.

    Times are milliseconds since `decay.EPOCH`, log sums as in `decay.py`, event types as `Taxonomy.code_of` gives them.
    """

    interests: dict[str, float] = {}
    session: dict[str, float] = {}
    counts: dict[int | str, int] = {}
    marks: dict[str, Mark] = {}
    recent: list[Interaction] = []
    first_seen: int | None = None
    last_seen: int | None = None

    @property
    def is_empty(self) -> bool:
        """True for a visitor nobody has heard of."""
        return self.last_seen is None

    def marked(self, kind: str) -> dict[str, Mark]:
        """Marks of one kind (a key of `MARKS`) by product id or trait name, with time and value."""
        prefix = MARKS[kind]
        return {key[1:]: mark for key, mark in self.marks.items() if key[0] == prefix}


def merge(a: Profile, b: Profile, bounds: Bounds) -> Profile:
    """The profile of a visitor to whom both happened. Pure; neither argument is changed."""
    interests = _bounded(merge_sums(a.interests, b.interests), bounds.interests)
    return Profile(
        interests=interests,
        session=_unfaded(merge_sums(a.session, b.session), interests),
        counts={key: a.counts.get(key, 0) + b.counts.get(key, 0) for key in {**a.counts, **b.counts}},
        marks=_newest_marks(_merge_marks(a.marks, b.marks), bounds.marks),
        recent=sorted([*a.recent, *b.recent], key=_recency)[: bounds.recent],
        first_seen=min(_present(a.first_seen, b.first_seen), default=None),
        last_seen=max(_present(a.last_seen, b.last_seen), default=None),
    )


def merge_sums(a: Mapping[str, float], b: Mapping[str, float]) -> dict[str, float]:
    merged = dict(a)
    for key, value in b.items():
        merged[key] = logaddexp2(merged[key], value) if key in merged else value
    return merged


def _bounded(sums: dict[str, float], limit: int) -> dict[str, float]:
    if len(sums) <= limit:
        return sums
    return dict(sorted(sums.items(), key=lambda item: (-item[1], _tie(item[0])))[:limit])


def _unfaded(session: dict[str, float], interests: Mapping[str, float]) -> dict[str, float]:
    """Session interests that still count, of those that are long-term interests too."""
    floor = max(session.values(), default=0.0) - SESSION_HORIZON
    return {key: value for key, value in session.items() if value > floor and key in interests}


def _merge_marks(a: Mapping[str, Mark], b: Mapping[str, Mark]) -> dict[str, Mark]:
    merged = dict(a)
    for key, mark in b.items():
        known = merged.get(key)
        if known is None or supersedes(mark, known):
            merged[key] = mark
    return merged


def supersedes(mark: Mark, known: Mark) -> bool:
    """Whether `mark` replaces `known`. Traits are text; at equal times the smaller SHA-1 wins."""
    if mark[0] != known[0]:
        return mark[0] > known[0]
    if isinstance(mark[1], str) or isinstance(known[1], str):
        return _tie(str(mark[1])) < _tie(str(known[1]))
    return mark[1] < known[1]


def _newest_marks(marks: dict[str, Mark], limit: int) -> dict[str, Mark]:
    if len(marks) <= limit:
        return marks
    return dict(sorted(marks.items(), key=lambda item: (-item[1][0], _tie(item[0])))[:limit])


def _recency(interaction: Interaction) -> tuple[int, str]:
    """Newest first. Equal times are ordered by hash: any fixed order will do, but all must use the same."""
    return -interaction[0], _tie(f"{interaction[1]}{interaction[2]}")


def _tie(text: str) -> str:
    # SHA-1 because Redis offers it to scripts; comparing text itself would depend on the server's locale.
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


def _present(*values: int | None) -> list[int]:
    return [value for value in values if value is not None]
