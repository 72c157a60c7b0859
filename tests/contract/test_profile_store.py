"""One suite for every `ProfileStore`. Expected profiles come from the algebra, computed here event by event."""

import math
import random
from collections.abc import Callable, Iterable

import msgspec
import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events.event import Event, Visitor
from events.memory_log import MemoryEventLog
from events.taxonomy import Measures, load_taxonomy, weigh
from profiles.delta import HalfLives, build_delta
from profiles.keys import Keyspace
from profiles.memory_store import MemoryProfileStore
from profiles.profile import Bounds, Profile, merge
from profiles.redis_store import RedisProfileStore, Retention
from profiles.store import ProfileStore
from tests.servers import STORE_KINDS

NOW = 1_795_000_000.0
TAXONOMY = load_taxonomy()
HALF_LIVES = HalfLives(14 * 86400.0, 1800.0)
BOUNDS = Bounds(interests=100, marks=6, recent=5)
KEYSPACE = Keyspace("test", 8, 86400)
RETENTION = Retention(profile_seconds=3600, session_seconds=600, log_seconds=86400 * 365, log_entries=10_000)
USER, BROWSER = Visitor("user", "u1"), Visitor("anonymous", "b1")
VIEW, PURCHASE = TAXONOMY.code_of("view"), TAXONOMY.code_of("purchase")


def make_event(number: int, kind: str = "view", visitor: Visitor = USER, **values: object) -> Event:
    row = TAXONOMY.find(kind)
    weight = weigh(row, Measures(rating=values.get("rating"), quantity=values.get("quantity", 1.0))) if row else 0.0  # type: ignore[arg-type]
    fields: dict[str, object] = {"timestamp": NOW - number, "product_id": f"p{number % 7}", **values}
    return Event(event_id=str(number), type=kind, visitor=visitor, weight=weight, **fields)  # type: ignore[arg-type]


def expect(events: Iterable[Event], bounds: Bounds = BOUNDS) -> Profile:
    profile = Profile()
    for event in events:
        profile = merge(profile, build_delta(event, HALF_LIVES, TAXONOMY), bounds)
    return profile


def assert_equal(actual: Profile, expected: Profile) -> None:
    for part in ("interests", "session"):
        left, right = getattr(actual, part), getattr(expected, part)
        assert left.keys() == right.keys()
        for key in left:
            assert math.isclose(left[key], right[key], rel_tol=1e-9, abs_tol=1e-9), key
    assert actual.counts == expected.counts
    assert actual.marks == expected.marks
    assert actual.recent == expected.recent
    assert (actual.first_seen, actual.last_seen) == (expected.first_seen, expected.last_seen)


@pytest.fixture(params=["memory", *STORE_KINDS])
def make_store(request: pytest.FixtureRequest) -> Callable[[], ProfileStore]:
    if request.param == "memory":
        return lambda: MemoryProfileStore(BOUNDS, HALF_LIVES, TAXONOMY, MemoryEventLog(8, lambda: NOW))
    client = redis.Redis.from_url(request.getfixturevalue("store_urls")(request.param))

    def build() -> ProfileStore:
        client.flushall()
        return RedisProfileStore((client, client), KEYSPACE, RETENTION, BOUNDS, (HALF_LIVES, TAXONOMY))

    return build


def some_events() -> list[Event]:
    kinds = ["view", "add_to_cart", "purchase", "remove_from_cart", "hide", "like", "dislike", "refund", "search"]
    rng = random.Random(5)
    events = [
        make_event(
            number,
            rng.choice(kinds),
            categories=tuple(rng.sample(["A", "B > C", "Größe"], rng.randint(0, 2))),
            brand=rng.choice(["", "x", "y"]),
            price=rng.choice([None, 0.0, 3.5, 100.0]),
            timestamp=NOW - rng.choice([0, 1, 1, 50.25, 4000, 1e6]),
        )
        for number in range(60)
    ]
    return [*events, make_event(90, "rating", rating=0.5), make_event(91, "identify", traits={"vip": True, "n": "Ann"})]


def test_stranger_has_an_empty_profile(make_store: Callable[[], ProfileStore]) -> None:
    assert make_store().read(USER).is_empty


def test_profile_is_the_merge_of_its_events(make_store: Callable[[], ProfileStore]) -> None:
    store = make_store()
    events = some_events()
    assert all(store.apply([event], NOW) == [True] for event in events)
    assert_equal(store.read(USER), expect(events))


def test_order_batching_and_repetition_do_not_matter(make_store: Callable[[], ProfileStore]) -> None:
    store = make_store()
    events = some_events()
    shuffled = random.Random(3).sample(events * 2, len(events) * 2)
    applied = store.apply(shuffled[:70], NOW) + store.apply(shuffled[70:], NOW)
    assert sum(applied) == len(events)
    assert_equal(store.read(USER), expect(events))


def test_duplicate_is_recognised_by_either_hash(make_store: Callable[[], ProfileStore]) -> None:
    store = make_store()
    assert store.apply([_purchase(1, "o1"), _purchase(2, "o1"), _purchase(2, "o2")], NOW) == [True, False, False]
    assert store.read(USER).counts == {PURCHASE: 1}


def test_the_strongest_interests_are_kept(make_store: Callable[[], ProfileStore]) -> None:
    store = make_store()
    events = [make_event(n, categories=(f"C{n}",), timestamp=NOW - (n * 37 % 150) * 9000.0) for n in range(150)]
    store.apply(events, NOW)
    profile = store.read(USER)
    assert_equal(profile, expect(events))
    assert len(profile.interests) == BOUNDS.interests
    assert profile.interests.keys() == {f"cC{n}" for n in range(150) if n * 37 % 150 < BOUNDS.interests}


def _purchase(number: int, order: str) -> Event:
    return make_event(number, "purchase", order_id=order, product_id="p1")


def test_duplicate_is_remembered_into_the_next_period(make_store: Callable[[], ProfileStore]) -> None:
    store = make_store()
    store.apply([make_event(1)], NOW)
    assert store.apply([make_event(1)], NOW + KEYSPACE.dedupe_seconds) == [False]


def test_merge_gives_the_profile_of_the_union(make_store: Callable[[], ProfileStore]) -> None:
    store = make_store()
    events = some_events()
    mine, theirs = events[::2], [_by(BROWSER, event) for event in events[1::2]]
    store.apply([*theirs, *mine], NOW)
    store.merge(BROWSER, USER, NOW)
    assert_equal(store.read(USER), expect(events))
    assert_equal(store.read(BROWSER), expect(events))


def test_events_after_a_merge_go_to_the_user(make_store: Callable[[], ProfileStore]) -> None:
    store = make_store()
    before, after = make_event(1, visitor=BROWSER), make_event(2, "like", visitor=BROWSER)
    store.apply([before], NOW)
    store.merge(BROWSER, USER, NOW)
    assert store.apply([after, before], NOW) == [True, False]
    assert_equal(store.read(USER), expect([before, after]))


def test_merge_may_be_repeated_and_repointed(make_store: Callable[[], ProfileStore]) -> None:
    store = make_store()
    store.apply([make_event(1, visitor=BROWSER)], NOW)
    for target in (USER, USER, Visitor("user", "u2")):
        store.merge(BROWSER, target, NOW)
    store.apply([make_event(2, visitor=BROWSER)], NOW)
    assert store.read(USER).counts == {VIEW: 1}
    assert store.read(Visitor("user", "u2")).counts == {VIEW: 1}


def test_merge_of_strangers_is_harmless(make_store: Callable[[], ProfileStore]) -> None:
    store = make_store()
    store.merge(BROWSER, USER, NOW)
    assert store.read(USER).is_empty


def _by(visitor: Visitor, event: Event) -> Event:
    return msgspec.structs.replace(event, visitor=visitor)


EVENTS = st.builds(
    make_event,
    number=st.integers(0, 2**40),
    kind=st.sampled_from(["view", "purchase", "refund", "hide", "unhide", "dislike", "click", "custom"]),
    categories=st.lists(st.sampled_from(["A", "B", "C"]), max_size=2, unique=True).map(tuple),
    brand=st.sampled_from(["", "x"]),
    price=st.one_of(st.none(), st.floats(0, 1e6)),
    quantity=st.integers(1, 9).map(float),
    timestamp=st.one_of(st.integers(1_441_000_000, 1_795_000_000), st.floats(1.4e9, 1.795e9)).map(float),
    product_id=st.sampled_from(["", *"pqrstuvwxyz"]),
)


@given(st.lists(EVENTS, max_size=40, unique_by=lambda e: e.event_id), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_order_of_any_events(
    make_store: Callable[[], ProfileStore], events: list[Event], rng: random.Random
) -> None:
    store = make_store()
    shuffled = events * 2
    rng.shuffle(shuffled)
    store.apply(shuffled, NOW)
    assert_equal(store.read(USER), expect(events))
