"""What makes two events the same event: 64-bit hashes (BLAKE2b), remembered per visitor."""

import hashlib

from events.event import Event
from events.taxonomy import EventType


def dedupe_hashes(event: Event, name: str, row: EventType) -> tuple[int, ...]:
    hashes = [_hash64(name)]
    if row.by_quantity and event.order_id:
        hashes.append(_hash64(f"{row.type}\0{event.order_id}\0{event.product_id}"))
    return tuple(hashes)


def derived_id(event: Event, stamp: str) -> str:
    parts = (event.type, stamp, event.product_id, event.order_id, event.query, *event.categories)
    return hashlib.blake2b("\0".join(parts).encode(), digest_size=8).hexdigest()


def _hash64(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big", signed=True)
