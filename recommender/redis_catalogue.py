"""The catalogue's truth in Redis, and the stream of changes that web workers follow.

{prefix}:{catalogue}:products      hash, product id -> JSON
{prefix}:{catalogue}:seen          hash, product id -> Unix seconds at which the service first saw it
{prefix}:{catalogue}:changes       stream, field `p` = ids of products as JSON
"""

from collections.abc import Callable, Iterator, Sequence
from importlib.resources import files
from itertools import chain
from typing import Any, cast

import msgspec
import redis

from profiles.redis_scripts import as_unavailable
from recommender.product import Product

CHANGES_KEPT = 10_000
LOAD_CHUNK = 2000
_decode = msgspec.json.Decoder(Product).decode


class Changes(msgspec.Struct, frozen=True):
    """What changed up to stream position `last_id`: products to take over, and ids that are gone."""

    last_id: str
    products: list[Product]
    deleted: list[str]


class Overrun(Exception):
    """Raised when changes were trimmed before they were read: the catalogue must be loaded anew."""


class RedisCatalogue:
    """Reads and writes products. Every method raises `StoreUnavailable` when Redis does not answer.

    A product that is read says when it was `added`: what the shop says, or else when it was first put here.
    """

    def __init__(self, client: redis.Redis, prefix: str) -> None:
        self._client = client
        base = f"{prefix}:{{catalogue}}"
        self._products, self._seen, self._changes = f"{base}:products", f"{base}:seen", f"{base}:changes"
        self._put = client.register_script(files("recommender").joinpath("put_products.lua").read_text())

    def get(self, product_id: str) -> Product | None:
        """One product, None when there is none of that id."""
        with self._client.pipeline(transaction=True) as pipeline:
            pipeline.hget(self._products, product_id)
            pipeline.hget(self._seen, product_id)
            stored, seen = self._ask(pipeline.execute)
        return None if stored is None else _dated(_decode(stored), seen)

    def count(self) -> int:
        """Number of products, whether available or not."""
        return int(self._ask(lambda: self._client.hlen(self._products)))

    def put(self, products: Sequence[Product], now: float) -> int:
        """Create or replace products, visible to every worker within a second; returns how many are new.

        Those were first seen `now` (Unix seconds), which counts where the shop does not say when they were added.
        """
        if not products:
            return 0
        mapping = {product.product_id: msgspec.json.encode(product) for product in products}
        arguments: list[Any] = [repr(round(now, 3)), CHANGES_KEPT, msgspec.json.encode(list(mapping))]
        for product_id, encoded in mapping.items():
            arguments += (product_id, encoded)
        keys = [self._products, self._seen, self._changes]
        return int(self._ask(lambda: self._put(keys, arguments)))

    def update(self, product_id: str, change: Callable[[Product], Product]) -> Product | None:
        """Replace a product by `change` of it, atomically; None when there is no such product."""

        def step(pipeline: Any) -> Product | None:
            stored, seen = pipeline.hget(self._products, product_id), pipeline.hget(self._seen, product_id)
            pipeline.multi()
            if stored is None:
                return None
            product = change(_decode(stored))
            pipeline.hset(self._products, product_id, msgspec.json.encode(product))
            self._announce(pipeline, product_id)
            return _dated(product, seen)

        transaction: Any = self._client.transaction
        return cast(Product | None, self._ask(lambda: transaction(step, self._products, value_from_callable=True)))

    def delete(self, product_id: str) -> bool:
        """Remove a product; False when there was none of that id."""

        def write() -> Any:
            pipeline = self._client.pipeline(transaction=True)
            pipeline.hdel(self._products, product_id)
            pipeline.hdel(self._seen, product_id)
            self._announce(pipeline, product_id)
            return pipeline.execute()

        return bool(self._ask(write)[0])

    def position(self) -> str:
        """Id of the newest change; read it before `load`, and follow from there."""
        newest = self._ask(lambda: self._client.xrevrange(self._changes, count=1))
        return newest[0][0].decode() if newest else "0-0"

    def load(self) -> Iterator[list[Product]]:
        """All products in chunks."""
        cursor, started = 0, False
        while cursor or not started:
            started = True
            cursor, rows = self._scan(cursor)
            if rows:
                yield self._decode_all(list(rows), list(rows.values()))

    def follow(self, last_id: str, wait_ms: int) -> Changes:
        """Changes since `last_id`; waits up to `wait_ms` for one.

        Raises:
            Overrun: changes were trimmed that had not been read.
        """
        self._check_overrun(last_id)
        reply = self._ask(lambda: self._client.xread({self._changes: last_id}, count=500, block=wait_ms))
        if not reply:
            return Changes(last_id, [], [])
        entries = reply[self._changes.encode()][0] if isinstance(reply, dict) else reply[0][1]
        changed = (msgspec.json.decode(fields[b"p"], type=list[str]) for _, fields in entries)
        products, deleted = self._read_products([*dict.fromkeys(chain.from_iterable(changed))])
        return Changes(entries[-1][0].decode(), products, deleted)

    def _announce(self, pipeline: Any, product_id: str) -> None:
        pipeline.xadd(self._changes, {"p": msgspec.json.encode([product_id])}, maxlen=CHANGES_KEPT, approximate=True)

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
        there = [(name.encode(), row) for name, row in zip(ids, rows, strict=True) if row is not None]
        products = self._decode_all([name for name, _ in there], [row for _, row in there])
        return products, [name for name, row in zip(ids, rows, strict=True) if row is None]

    def _decode_all(self, ids: list[bytes], rows: list[bytes]) -> list[Product]:
        """The products of stored rows; ids are only looked up of those whose date the shop does not say."""
        products = [_decode(row) for row in rows]
        undated = [(name, product) for name, product in zip(ids, products, strict=True) if product.added is None]
        if undated:
            names = cast(list[str], [name for name, _ in undated])
            times = self._ask(lambda: self._client.hmget(self._seen, names))
            for (_, product), seen in zip(undated, times, strict=True):
                _dated(product, seen)
        return products

    @staticmethod
    def _ask(call: Callable[[], Any]) -> Any:
        try:
            return call()
        except redis.RedisError as error:
            raise as_unavailable(error) from error


def _dated(product: Product, seen: bytes | None) -> Product:
    """The same product, `added` when it was first seen if the shop does not say; None if it was there before that was
    kept.
    """
    if product.added is None and seen is not None:
        product.added = float(seen)
    return product


def _order(stream_id: str) -> tuple[int, ...]:
    return tuple(int(part) for part in stream_id.split("-"))
