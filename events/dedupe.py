"""What makes two events the same event: 64-bit hashes (BLAKE2b), remembered per visitor."""

import hashlib

from events.event import Event

# Sent by browser and server alike, so the order and product say more than the event id.
ORDER_TYPES = frozenset({"purchase", "refund"})


def dedupe_hashes(event: Event) -> tuple[int, ...]:
    """Signed 64-bit hashes of the event; it is a duplicate when its visitor already has one of them."""
    hashes: tuple[int, ...] = (_hash64(event.event_id),)
    if event.order_id and event.type in ORDER_TYPES:
        hashes += (_hash64(f"{event.type}\0{event.order_id}\0{event.product_id}"),)
    return hashes


def derived_id(event: Event, stamp: str) -> str:
    """An id for an event that has a time (`stamp`, as it was sent) but no id of its own."""
    parts = (event.type, stamp, event.product_id, event.order_id, event.query, *event.categories)
    return hashlib.blake2b("\0".join(parts).encode(), digest_size=8).hexdigest()


def _hash64(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big", signed=True)
