"""The catalogue's truth in Redis, and the stream of changes that web workers follow.

{prefix}:{catalogue}:products      hash, product id -> JSON
{prefix}:{catalogue}:engagement    hash, product id -> log sum (text), written by the learner
{prefix}:{catalogue}:changes       stream, field `p` (product) or `e` (engagement) = ids as JSON
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, cast

import msgspec
import redis

from profiles.redis_scripts import as_unavailable
from recommender.product import Product

CHANGES_KEPT = 10_000
LOAD_CHUNK = 2000
_decode = msgspec.json.Decoder(Product).decode


class Changes(msgspec.Struct, frozen=True):
    """What changed up to stream position `last_id`: products to take over, ids that are gone, engagement (log sums).

    A product that changed and has no engagement is in `engagement` with minus infinity.
    """

    last_id: str
    products: list[Product]
    deleted: list[str]
    engagement: dict[str, float]


class Overrun(Exception):
    """Raised when changes were trimmed before they were read: the catalogue must be loaded anew."""


class RedisCatalogue:
    """Reads and writes products. Every method raises `StoreUnavailable` when Redis does not answer."""

    def __init__(self, client: redis.Redis, prefix: str) -> None:
        self._client = client
        base = f"{prefix}:{{catalogue}}"
        self._products, self._changes, self._engagement = f"{base}:products", f"{base}:changes", f"{base}:engagement"

    def get(self, product_id: str) -> Product | None:
        """One product, None when there is none of that id."""
        stored = self._ask(lambda: self._client.hget(self._products, product_id))
        return None if stored is None else _decode(stored)

    def count(self) -> int:
        """Number of products, whether available or not."""
        return int(self._ask(lambda: self._client.hlen(self._products)))

    def put(self, products: Sequence[Product]) -> int:
        """Create or replace products, visible to every worker within a second; returns how many are new."""
        if not products:
            return 0
        mapping = {product.product_id: msgspec.json.encode(product) for product in products}

        def write() -> Any:
            pipeline = self._client.pipeline(transaction=True)
            pipeline.hset(self._products, mapping=mapping)  # type: ignore[arg-type]
            self._announce(pipeline, "p", mapping)
            return pipeline.execute()

        return int(self._ask(write)[0])

    def update(self, product_id: str, change: Callable[[Product], Product]) -> Product | None:
        """Replace a product by `change` of it, atomically; None when there is no such product."""

        def step(pipeline: Any) -> Product | None:
            stored = pipeline.hget(self._products, product_id)
            pipeline.multi()
            if stored is None:
                return None
            product = change(_decode(stored))
            pipeline.hset(self._products, product_id, msgspec.json.encode(product))
            self._announce(pipeline, "p", [product_id])
            return product

        transaction: Any = self._client.transaction
        return cast(Product | None, self._ask(lambda: transaction(step, self._products, value_from_callable=True)))

    def delete(self, product_id: str) -> bool:
        """Remove a product; False when there was none of that id."""

        def write() -> Any:
            pipeline = self._client.pipeline(transaction=True)
            pipeline.hdel(self._products, product_id)
            pipeline.hdel(self._engagement, product_id)
            self._announce(pipeline, "p", [product_id])
            return pipeline.execute()

        return bool(self._ask(write)[0])

    def position(self) -> str:
        """Id of the newest change; read it before `load`, and follow from there."""
        newest = self._ask(lambda: self._client.xrevrange(self._changes, count=1))
        return newest[0][0].decode() if newest else "0-0"

    def load(self) -> Iterator[tuple[list[Product], dict[str, float]]]:
        """All products in chunks, each with the engagement known for them."""
        cursor, started = 0, False
        while cursor or not started:
            started = True
            cursor, rows = self._scan(cursor)
            if rows:
                yield [_decode(row) for row in rows.values()], self._read_engagement(list(rows))

    def follow(self, last_id: str, wait_ms: int) -> Changes:
        """Changes since `last_id`; waits up to `wait_ms` for one.

        Raises:
            Overrun: changes were trimmed that had not been read.
        """
        self._check_overrun(last_id)
        reply = self._ask(lambda: self._client.xread({self._changes: last_id}, count=500, block=wait_ms))
        if not reply:
            return Changes(last_id, [], [], {})
        entries = reply[self._changes.encode()][0] if isinstance(reply, dict) else reply[0][1]
        ids: dict[bytes, dict[str, None]] = {b"p": {}, b"e": {}}
        for _, fields in entries:
            for kind, names in fields.items():
                ids[kind].update(dict.fromkeys(msgspec.json.decode(names, type=list[str])))
        products, deleted = self._read_products(list(ids[b"p"]))
        # A product that was deleted and came back has lost its engagement, so what is not there says so.
        engagement = dict.fromkeys(ids[b"p"], -math.inf)
        engagement.update(self._read_engagement([name.encode() for name in {**ids[b"e"], **ids[b"p"]}]))
        return Changes(entries[-1][0].decode(), products, deleted, engagement)

    def announce_engagement(self, pipeline: Any, log_sums: dict[str, float]) -> None:
        """Queue the learner's new log sums, and the change that tells workers of them, on its own transaction."""
        pipeline.hset(self._engagement, mapping={key: repr(value) for key, value in log_sums.items()})
        self._announce(pipeline, "e", log_sums)

    def engagement(self, product_ids: Sequence[str]) -> dict[str, float]:
        """Log sums of engagement by product id, for those that have any."""
        return self._read_engagement([name.encode() for name in product_ids])

    def _announce(self, pipeline: Any, kind: str, ids: Iterable[str]) -> None:
        pipeline.xadd(self._changes, {kind: msgspec.json.encode(list(ids))}, maxlen=CHANGES_KEPT, approximate=True)

    def _check_overrun(self, last_id: str) -> None:
        oldest = self._ask(lambda: self._client.xrange(self._changes, count=1))
        if not oldest:
            return
        if last_id == "0-0":  # before the first change, and so before the oldest one in any case
            stream = self._ask(lambda: self._client.xinfo_stream(self._changes))
            overrun = stream["entries-added"] > stream["length"]
        else:
            overrun = _order(oldest[0][0].decode()) > _order(last_id)
        if overrun:
            raise Overrun

    def _scan(self, cursor: int) -> tuple[int, dict[bytes, bytes]]:
        reply = self._ask(lambda: self._client.hscan(self._products, cursor, count=LOAD_CHUNK))
        return cast(tuple[int, dict[bytes, bytes]], reply)

    def _read_products(self, ids: list[str]) -> tuple[list[Product], list[str]]:
        if not ids:
            return [], []
        rows = self._ask(lambda: self._client.hmget(self._products, ids))
        products = [_decode(row) for row in rows if row is not None]
        return products, [name for name, row in zip(ids, rows, strict=True) if row is None]

    def _read_engagement(self, ids: list[bytes]) -> dict[str, float]:
        if not ids:
            return {}
        rows = self._ask(lambda: self._client.hmget(self._engagement, cast(list[str], ids)))
        return {name.decode(): float(row) for name, row in zip(ids, rows, strict=True) if row is not None}

    @staticmethod
    def _ask(call: Callable[[], Any]) -> Any:
        try:
            return call()
        except redis.RedisError as error:
            raise as_unavailable(error) from error


def _order(stream_id: str) -> tuple[int, ...]:
    return tuple(int(part) for part in stream_id.split("-"))
