"""The catalogue in Redis and the stream of its changes, on both kinds of server."""

from collections.abc import Iterable
from pathlib import Path

import msgspec
import pytest
import redis

from events.values import FieldError
from profiles.errors import StoreUnavailable
from recommender.product import Product, patch_product
from recommender.redis_catalogue import CHANGES_KEPT, LOAD_CHUNK, Overrun, RedisCatalogue
from tests.examples import NOW

CHANGES = "test:{catalogue}:changes"
KETTLE = Product(
    product_id="größe/1",
    name="Kettle",
    categories=("Home > Kitchen",),
    popularity=0.1,
    price=12.5,
    available=False,
    tags=("a",),
    attributes={"colour": "red", "size": 2.5, "new": True},
)


@pytest.fixture
def client(any_store: str) -> redis.Redis:
    return redis.Redis.from_url(any_store)


@pytest.fixture
def catalogue(client: redis.Redis) -> RedisCatalogue:
    return RedisCatalogue(client, "test")


def product(number: int) -> Product:
    return Product(product_id=f"p{number}", popularity=number / 7)


def seen(item: Product, at: float = NOW) -> Product:
    """A product as it is read when its shop does not say when it was added, and the service first saw it then."""
    return msgspec.structs.replace(item, added=at)


def added(catalogue: RedisCatalogue, *names: str) -> list[float | None]:
    """When products were added, the same by every way of reading them."""
    loaded = {p.product_id: p.added for chunk in catalogue.load() for p in chunk}
    followed = {p.product_id: p.added for p in catalogue.follow("0-0", 1).products}
    found = [catalogue.get(name) for name in names]
    assert all(p is None or p.added == loaded[p.product_id] == followed[p.product_id] for p in found)
    return [p.added for p in found if p is not None]


def announce(client: redis.Redis, ids: Iterable[str]) -> None:
    """Many changes at once, of one product each."""
    with client.pipeline(transaction=False) as pipeline:
        for name in ids:
            pipeline.xadd(CHANGES, {"p": msgspec.json.encode([name])}, maxlen=CHANGES_KEPT, approximate=True)
        pipeline.execute()


def test_a_product_comes_back_as_it_was(catalogue: RedisCatalogue) -> None:
    assert catalogue.get(KETTLE.product_id) is None
    assert [catalogue.put([KETTLE], NOW), catalogue.put([KETTLE], NOW), catalogue.put([], NOW)] == [1, 0, 0]
    assert catalogue.get(KETTLE.product_id) == seen(KETTLE)
    assert catalogue.count() == 1


def test_of_two_of_one_id_the_last_counts(catalogue: RedisCatalogue) -> None:
    assert catalogue.put([product(1), product(2), msgspec.structs.replace(product(1), name="last")], NOW) == 2
    found = catalogue.get("p1")
    assert found is not None and found.name == "last"


def test_an_update_changes_what_is_there(catalogue: RedisCatalogue) -> None:
    catalogue.put([KETTLE], NOW)
    changed = catalogue.update(KETTLE.product_id, lambda known: patch_product(known, {"price": 3}))
    assert changed == catalogue.get(KETTLE.product_id) == seen(msgspec.structs.replace(KETTLE, price=3.0))
    before = catalogue.position()
    assert catalogue.update("none", lambda known: known) is None
    with pytest.raises(FieldError):
        catalogue.update(KETTLE.product_id, lambda known: patch_product(known, {"price": "much"}))
    assert (catalogue.position(), catalogue.count()) == (before, 1)


def test_an_update_is_done_again_when_another_came_between(catalogue: RedisCatalogue) -> None:
    catalogue.put([product(1)], NOW)
    interruptions = iter([{"name": "theirs"}])

    def change(known: Product) -> Product:
        for theirs in interruptions:
            catalogue.put([patch_product(known, theirs)], NOW)
        return patch_product(known, {"price": 1})

    catalogue.update("p1", change)
    found = catalogue.get("p1")
    assert found is not None and (found.name, found.price) == ("theirs", 1.0)


def test_a_deleted_product_is_gone(client: redis.Redis, catalogue: RedisCatalogue) -> None:
    catalogue.put([product(1), product(2)], NOW)
    assert [catalogue.delete("p1"), catalogue.delete("p1")] == [True, False]
    assert (catalogue.get("p1"), catalogue.count()) == (None, 1)
    assert client.hkeys("test:{catalogue}:seen") == [b"p2"]


def test_a_product_is_as_new_as_when_it_was_first_seen(catalogue: RedisCatalogue) -> None:
    catalogue.put([product(1)], NOW)
    catalogue.put([product(1), product(2)], NOW + 5.25)
    catalogue.update("p1", lambda known: patch_product(known, {"price": 1}))
    assert added(catalogue, "p1", "p2") == [NOW, NOW + 5.25]
    catalogue.delete("p1")
    catalogue.put([product(1)], NOW + 9.0)
    assert added(catalogue, "p1", "p2") == [NOW + 9.0, NOW + 5.25]


def test_what_the_shop_says_of_when_it_was_added_comes_first(catalogue: RedisCatalogue) -> None:
    catalogue.put([msgspec.structs.replace(product(1), added=5e8), product(2)], NOW)
    patched = catalogue.update("p2", lambda known: patch_product(known, {"created_at": "2001-09-09T01:46:40Z"}))
    assert patched is not None and patched.added == 1e9
    assert added(catalogue, "p1", "p2") == [5e8, 1e9]
    patched = catalogue.update("p2", lambda known: patch_product(known, {"added": None}))
    catalogue.put([product(1)], NOW + 5.0)
    assert patched is not None and patched.added == NOW
    assert added(catalogue, "p1", "p2") == [NOW, NOW]


def test_a_product_from_before_dates_were_kept_is_not_new(client: redis.Redis, catalogue: RedisCatalogue) -> None:
    client.hset("test:{catalogue}:products", "p1", msgspec.json.encode(product(1)))  # as version 0.1 wrote it
    assert catalogue.put([product(1)], NOW) == 0
    assert added(catalogue, "p1") == [None]


def test_a_follower_sees_every_change_once(catalogue: RedisCatalogue) -> None:
    catalogue.put([product(1), product(2)], NOW)
    start = catalogue.position()
    assert catalogue.follow(start, 1).last_id == start
    catalogue.put([product(3)], NOW)
    catalogue.update("p1", lambda known: patch_product(known, {"name": "new"}))
    catalogue.delete("p2")
    changes = catalogue.follow(start, 1)
    assert sorted(p.product_id for p in changes.products) == ["p1", "p3"]
    assert {p.name for p in changes.products} == {"", "new"}
    assert changes.deleted == ["p2"]
    after = catalogue.follow(changes.last_id, 1)
    assert (after.last_id, after.products, after.deleted) == (changes.last_id, [], [])


def test_a_product_that_came_back_is_not_deleted(catalogue: RedisCatalogue) -> None:
    catalogue.put([product(1)], NOW)
    start = catalogue.position()
    catalogue.delete("p1")
    catalogue.put([product(1)], NOW)
    changes = catalogue.follow(start, 1)
    assert ([p.product_id for p in changes.products], changes.deleted) == (["p1"], [])


def test_a_follower_from_an_empty_start_sees_the_first_change(catalogue: RedisCatalogue) -> None:
    assert catalogue.position() == "0-0"
    catalogue.put([product(1)], NOW)
    assert [p.product_id for p in catalogue.follow("0-0", 1).products] == ["p1"]


def test_a_change_ends_the_waiting(client: redis.Redis, catalogue: RedisCatalogue) -> None:
    catalogue.put([product(1)], NOW)
    assert catalogue.follow("0-0", 60_000).last_id == catalogue.position()


@pytest.mark.parametrize("was_empty", [False, True])
def test_who_was_overtaken_by_the_trimming_is_told(
    client: redis.Redis, catalogue: RedisCatalogue, was_empty: bool
) -> None:
    if not was_empty:
        catalogue.put([product(1)], NOW)
    start = catalogue.position()
    announce(client, (f"p{number}" for number in range(CHANGES_KEPT - 200)))
    assert catalogue.follow(start, 1).products == [] or not was_empty
    announce(client, (f"p{number}" for number in range(500)))
    with pytest.raises(Overrun):
        catalogue.follow(start, 1)


def test_a_load_is_of_all_products_in_chunks(catalogue: RedisCatalogue) -> None:
    assert list(catalogue.load()) == []
    products = [product(number) for number in range(LOAD_CHUNK * 2 + 500)]
    for start in range(0, len(products), 1000):
        catalogue.put(products[start : start + 1000], NOW)
    chunks = list(catalogue.load())
    assert len(chunks) > 1
    assert max(map(len, chunks)) < 2 * LOAD_CHUNK
    # SCAN may name a product twice while the hash grows, and leaves none out.
    assert {p.product_id: p for found in chunks for p in found} == {p.product_id: seen(p) for p in products}


def test_catalogues_of_two_prefixes_are_apart(client: redis.Redis, catalogue: RedisCatalogue) -> None:
    other = RedisCatalogue(client, "other")
    catalogue.put([product(1)], NOW)
    assert (other.get("p1"), other.count(), list(other.load())) == (None, 0, [])
    assert other.delete("p1") is False
    assert catalogue.count() == 1


def test_a_store_that_does_not_answer_says_so(tmp_path: Path) -> None:
    catalogue = RedisCatalogue(redis.Redis.from_url(f"unix://{tmp_path}/nobody.sock"), "test")
    for ask in (
        lambda: catalogue.get("p"),
        catalogue.count,
        lambda: catalogue.put([KETTLE], NOW),
        lambda: catalogue.update("p", lambda known: known),
        lambda: catalogue.delete("p"),
        catalogue.position,
        lambda: list(catalogue.load()),
        lambda: catalogue.follow("1-1", 1),
    ):
        with pytest.raises(StoreUnavailable):
            ask()
