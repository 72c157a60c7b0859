"""Listeners, debouncing, resuming and merges, with a store and a web server made up."""

import asyncio
from collections.abc import Awaitable, Callable

import msgspec

from app.push import topic as topics
from app.push.asker import AskFailed
from app.push.frames import read_answer
from app.push.handover import Listening
from app.push.hub import Hub
from app.push.listener import STUCK_SECONDS, Listener

USER, BROWSER = "u:1", "a:b"


def answer(*ids: str, degraded: bool = False) -> bytes:
    return msgspec.json.encode({"degraded": degraded, "recommendations": [{"product_id": name} for name in ids]})


TOKEN = read_answer(answer("old")).token


class Client(asyncio.Transport):
    """A connection whose client reads everything, or nothing while it is `full`."""

    def __init__(self) -> None:
        super().__init__()
        self.got: list[bytes] = []
        self.full = self.aborted = self.closed = False
        self.listener: Listener | None = None

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        assert high == 0

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.got.append(bytes(data))
        if self.full and self.listener:
            self.listener.pause_writing()

    def abort(self) -> None:
        self.aborted = True

    def close(self) -> None:
        self.closed = True


class World:
    """A hub, what it watches, what it asked, and what the next answers are."""

    def __init__(self, capacity: int = 10) -> None:
        self.asked: list[str] = []
        self.answers: list[bytes | Exception] = [answer("old")]  # the last one again and again
        self.watched: list[str] = []
        self.forgotten: list[str] = []
        self.targets: dict[str, str] = {}
        self.hub = Hub(self, self.ask, capacity)

    def watch(self, key: str) -> None:
        self.watched.append(key)
        asyncio.get_running_loop().call_soon(self.hub.on_watching, key)

    def forget(self, key: str) -> None:
        self.forgotten.append(key)

    async def find_target(self, key: str) -> str:
        return self.targets.get(key, "")

    async def ask(self, question: str) -> bytes:
        self.asked.append(question)
        await asyncio.sleep(0)
        given = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(given, Exception):
            raise given
        return given

    def listen(self, visitor: str = USER, question: str = "q", last_token: str = "") -> Client:
        client = Client()
        client.listener = Listener(Listening(visitor, question, last_token, chunked=False), self.hub.leave)
        client.listener.connection_made(client)
        self.hub.join(client.listener)
        return client

    async def settle(self) -> None:
        await asyncio.sleep(3 * topics.DEBOUNCE_SECONDS)


def in_world(story: Callable[[World], Awaitable[None]], capacity: int = 10) -> None:
    async def run() -> None:
        await story(World(capacity))

    asyncio.run(run())


def test_a_listener_gets_the_answer_of_now() -> None:
    async def story(world: World) -> None:
        client = world.listen()
        await world.settle()
        assert [b"old" in frame for frame in client.got] == [True]
        assert (world.asked, world.watched) == (["q"], [USER])

    in_world(story)


def test_who_comes_back_with_the_newest_list_gets_nothing_until_it_changes() -> None:
    async def story(world: World) -> None:
        client, other = world.listen(last_token=TOKEN), world.listen(last_token="stale")
        await world.settle()
        assert (len(client.got), len(other.got)) == (0, 1)
        world.answers = [answer("new")]
        world.hub.on_changed(USER, "")
        await world.settle()
        assert (len(client.got), len(other.got)) == (1, 2)

    in_world(story)


def test_a_burst_of_changes_is_asked_for_once() -> None:
    async def story(world: World) -> None:
        world.listen()
        await world.settle()
        for _ in range(20):
            world.hub.on_changed(USER, "")
        await world.settle()
        assert len(world.asked) == 2

    in_world(story)


def test_a_change_while_asking_is_asked_for_again() -> None:
    async def story(world: World) -> None:
        client = world.listen()
        while not world.asked:
            await asyncio.sleep(0)
        world.answers = [answer("old"), answer("new")]
        world.hub.on_changed(USER, "")  # the answer under way may be from before it
        await world.settle()
        assert len(world.asked) == 2
        assert b"new" in client.got[-1]

    in_world(story)


def test_other_visitors_changes_are_no_reason_to_ask() -> None:
    async def story(world: World) -> None:
        world.listen()
        await world.settle()
        world.hub.on_changed("u:2", "")
        await world.settle()
        assert len(world.asked) == 1

    in_world(story)


def test_listeners_of_one_question_share_its_answer() -> None:
    async def story(world: World) -> None:
        clients = [world.listen(), world.listen()]
        await world.settle()
        world.answers = [answer("new")]
        before = len(world.asked)
        world.hub.on_changed(USER, "")
        await world.settle()
        assert len(world.asked) == before + 1
        assert all(b"new" in client.got[-1] for client in clients)
        assert world.hub.take_messages() == 4
        assert world.hub.take_messages() == 0

    in_world(story)


def test_no_answer_and_one_without_the_profile_are_tried_again() -> None:
    async def story(world: World) -> None:
        world.answers = [AskFailed("down"), answer("popular", degraded=True), b"nonsense", answer("new")]
        client = world.listen()
        for _ in range(100):
            await asyncio.sleep(topics.AGAIN_SECONDS / 10)
            if client.got:
                break
        assert len(world.asked) == 4
        assert [b"new" in frame for frame in client.got] == [True]

    usual, topics.AGAIN_SECONDS = topics.AGAIN_SECONDS, 0.02
    try:
        in_world(story)
    finally:
        topics.AGAIN_SECONDS = usual


def test_when_the_store_is_back_the_next_try_is_not_waited_for() -> None:
    async def story(world: World) -> None:
        world.answers = [answer("popular", degraded=True), answer("new")]
        client = world.listen()
        await world.settle()
        assert (len(world.asked), client.got) == (1, [])
        world.hub.on_watching(USER)
        await world.settle()
        assert b"new" in client.got[-1]

    in_world(story)


def test_a_merge_makes_the_target_the_listeners_concern_too() -> None:
    async def story(world: World) -> None:
        client = world.listen(BROWSER)
        await world.settle()
        world.answers = [answer("new")]
        world.hub.on_changed(BROWSER, USER)
        await world.settle()
        assert world.watched == [BROWSER, USER]
        assert b"new" in client.got[-1]
        world.answers = [answer("newer")]
        world.hub.on_changed(USER, "")
        await world.settle()
        assert b"newer" in client.got[-1]

    in_world(story)


def test_a_merge_from_before_is_found_out() -> None:
    async def story(world: World) -> None:
        world.targets[BROWSER] = USER
        client = world.listen(BROWSER)
        await world.settle()
        assert (world.watched, len(client.got)) == ([BROWSER, USER], 1)

    in_world(story)


def test_after_an_outage_of_the_store_all_is_asked_again() -> None:
    async def story(world: World) -> None:
        client = world.listen()
        await world.settle()
        world.answers = [answer("new")]
        world.hub.on_watching(USER)
        await world.settle()
        assert b"new" in client.got[-1]

    in_world(story)


def test_nothing_is_kept_of_who_is_gone() -> None:
    async def story(world: World) -> None:
        clients = [world.listen(BROWSER), world.listen(BROWSER)]
        await world.settle()
        for client in clients:
            assert world.forgotten == []
            assert client.listener
            client.listener.connection_lost(None)
        assert (world.forgotten, world.hub.listeners) == ([BROWSER], set())
        asked = len(world.asked)
        world.hub.on_changed(BROWSER, "")
        world.hub.on_watching(BROWSER)  # the subscription was under way
        await world.settle()
        assert len(world.asked) == asked
        world.listen(BROWSER)
        await world.settle()
        assert world.watched == [BROWSER, BROWSER]

    in_world(story)


def test_there_is_room_up_to_the_capacity() -> None:
    async def story(world: World) -> None:
        world.listen()
        assert world.hub.has_room
        world.hub.reserved = 1
        assert not world.hub.has_room

    in_world(story, capacity=2)


def test_of_what_a_slow_client_has_no_room_for_the_newest_waits() -> None:
    async def story(world: World) -> None:
        client = world.listen()
        client.full = True
        await world.settle()
        for name in ("second", "third"):
            world.answers = [answer(name)]
            world.hub.on_changed(USER, "")
            await world.settle()
        assert len(client.got) == 1
        client.full = False
        assert client.listener
        client.listener.resume_writing()
        assert len(client.got) == 2
        assert b"third" in client.got[-1]

    in_world(story)


def test_heartbeats_go_to_the_quiet_and_who_takes_nothing_is_cut_off() -> None:
    async def story(world: World) -> None:
        quiet, stuck = world.listen(), world.listen()
        stuck.full = True
        await world.settle()
        now = asyncio.get_running_loop().time()
        world.hub.keep_alive(now)
        assert (len(quiet.got), len(stuck.got)) == (1, 1)
        world.hub.keep_alive(now + 16)
        assert (quiet.got[-1], len(stuck.got), stuck.aborted) == (b":\n\n", 1, False)
        world.hub.keep_alive(now + STUCK_SECONDS + 1)
        assert (quiet.aborted, stuck.aborted) == (False, True)

    in_world(story)


def test_ending_closes_every_connection() -> None:
    async def story(world: World) -> None:
        clients = [world.listen(), world.listen(), world.listen(question="other")]
        await world.settle()
        world.hub.end()
        assert all(client.closed for client in clients)
        for client in clients:
            assert client.listener
            client.listener.connection_lost(None)
        assert world.hub.listeners == set()

    in_world(story)
