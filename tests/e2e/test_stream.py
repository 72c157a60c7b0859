"""Pushing: the real stream process beside the shared service, and clients that listen."""

import os
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
import requests

from tests.listeners import Listening, StreamProcess
from tests.processes import children_of, wait_until
from tests.servers import RunningService

CAPACITY = 6
CATEGORIES = 4


@pytest.fixture(scope="module")
def shop(service: RunningService) -> RunningService:
    """The shared service, with two products in each of this module's categories."""
    products = [
        {"product_id": f"push-{n}-{which}", "category": f"Push {n}", "popularity": 0.5}
        for n in range(CATEGORIES)
        for which in "ab"
    ]
    assert requests.post(f"{service.url}/v1/products/batch", json=products, timeout=10).json()["accepted"] == 8
    return service


@pytest.fixture(scope="module")
def process(shop: RunningService) -> Iterator[StreamProcess]:
    running = StreamProcess(shop, SHELFLIFE_STREAM_LISTENERS=str(CAPACITY))
    running.start()
    yield running
    running.stop()


@pytest.fixture
def stream(process: StreamProcess) -> StreamProcess:
    """The module's stream process, running and without listeners."""
    process.start()
    wait_until(lambda: process.listeners == 0)
    return process


def track(service: RunningService, who: dict[str, str], product: str, kind: str = "hide") -> None:
    event = {"event_type": kind, "product_id": product, **who}
    # On a connection of its own, so that any worker may take it.
    assert requests.post(f"{service.url}/track-event", json=event, timeout=10).status_code == 200


def asking(number: int, **who: str) -> dict[str, str]:
    """A question that is about the two products of one category: which of them are hidden is all that matters."""
    return {**who, "category": f"Push {number}"}


def test_an_event_changes_what_the_listener_sees(shop: RunningService, stream: StreamProcess) -> None:
    who = {"user_id": "push-ann"}
    with Listening(shop.url, asking(0, **who, placement="home")) as listening:
        assert listening.answer.headers["Content-Type"].startswith("text/event-stream")
        first = listening.next()
        assert first is not None
        assert (first.event, first.data["user_id"], first.data["placement"]) == ("recommendations", "push-ann", "home")
        assert {*first.products} == {"push-0-a", "push-0-b"}
        for _ in range(5):
            track(shop, who, "push-0-a")
            hidden = listening.next()
            assert hidden is not None
            assert hidden.products == ["push-0-b"]
            track(shop, who, "push-0-a", "unhide")
            shown = listening.next()
            assert shown is not None
            assert {*shown.products} == {"push-0-a", "push-0-b"}
    text = requests.get(f"{shop.url}/metrics", timeout=10).text
    assert "shelflife_stream_messages_total" in text


def test_who_comes_back_misses_nothing_and_gets_nothing_twice(shop: RunningService, stream: StreamProcess) -> None:
    who = {"user_id": "push-bob"}
    with Listening(shop.url, asking(1, **who)) as listening:
        first = listening.next()
    assert first is not None
    track(shop, who, "push-1-a")
    with Listening(shop.url, asking(1, **who), last_id=first.id) as listening:
        missed = listening.next()
    assert missed is not None
    assert missed.products == ["push-1-b"]
    with Listening(shop.url, {**asking(1, **who), "last_event_id": missed.id}) as listening:
        track(shop, who, "push-1-b")
        following = listening.next()
    assert following is not None
    assert following.products == []


def test_an_identified_browser_listens_on_as_the_user(shop: RunningService, stream: StreamProcess) -> None:
    user, browser = {"user_id": "push-cleo"}, {"anonymous_id": "push-browser"}
    with (
        Listening(shop.url, asking(2, **user)) as signed_in,
        Listening(shop.url, asking(2, **browser)) as anonymous,
    ):
        assert signed_in.next() and anonymous.next()
        track(shop, browser, "push-2-a")
        assert anonymous.next()
        requests.post(f"{shop.url}/v1/identify", json={**user, **browser}, timeout=10)
        merged = signed_in.next()
        assert merged is not None
        assert merged.products == ["push-2-b"]
        track(shop, user, "push-2-b")
        message = anonymous.next()
        assert message is not None
        assert message.products == []
    with Listening(shop.url, asking(2, **browser)) as late:
        assert late.next()
        track(shop, user, "push-2-b", "unhide")
        shown = late.next()
        assert shown is not None
        assert shown.products == ["push-2-b"]


def test_a_browser_that_was_never_seen_listens_on_as_the_user(shop: RunningService, stream: StreamProcess) -> None:
    user, browser = {"user_id": "push-gus"}, {"anonymous_id": "push-new-browser"}
    with Listening(shop.url, asking(2, **browser)) as anonymous:
        assert anonymous.next()
        requests.post(f"{shop.url}/v1/identify", json={**user, **browser}, timeout=10)
        track(shop, user, "push-2-a")
        message = anonymous.next()
        assert message is not None
        assert message.products == ["push-2-b"]


def test_above_the_cap_it_is_a_problem_and_places_come_free_again(shop: RunningService, stream: StreamProcess) -> None:
    files = stream.open_files()
    with ExitStack() as places:
        listening = [places.enter_context(Listening(shop.url, {"user_id": f"push-cap-{n}"})) for n in range(CAPACITY)]
        with Listening(shop.url, {"user_id": "push-cap-late"}) as refused:
            assert refused.answer.status == 503
            assert refused.problem["code"] == "too_many_listeners"
            assert int(refused.answer.headers["Retry-After"]) > 1
        assert all(one.next() for one in listening)
    wait_until(lambda: stream.listeners == 0)
    with Listening(shop.url, {"user_id": "push-cap-late"}) as taken:
        assert taken.next()
    wait_until(lambda: stream.open_files() <= files + 4)  # of connections to the web server


def test_listeners_are_no_connections_of_the_workers(shop: RunningService, stream: StreamProcess) -> None:
    gunicorn = next(child for child in shop.children if "gunicorn" in str(child.args))

    def sockets() -> int:
        found = 0
        for worker in children_of(gunicorn.pid):
            for name in os.listdir(f"/proc/{worker}/fd"):
                try:
                    found += os.readlink(f"/proc/{worker}/fd/{name}").startswith("socket:")
                except FileNotFoundError:
                    continue
        return found

    listening = [Listening(shop.url, {"user_id": f"push-idle-{n}"}) for n in range(CAPACITY)]
    for one in listening:
        assert one.next()  # the stream process has asked by now, over the connections that it keeps
    before = sockets()
    for one in listening:
        one.__exit__()
    wait_until(lambda: stream.listeners == 0)
    assert abs(sockets() - before) < CAPACITY


def test_a_killed_process_is_a_problem_and_a_new_one_goes_on(shop: RunningService, stream: StreamProcess) -> None:
    who = {"user_id": "push-dora"}
    with Listening(shop.url, asking(3, **who)) as listening:
        seen = listening.next()
        assert seen is not None
        stream.kill()
        assert listening.is_cut_off()
    with Listening(shop.url, asking(3, **who)) as refused:
        assert (refused.answer.status, refused.problem["code"]) == (503, "stream_unavailable")
        assert int(refused.answer.headers["Retry-After"]) > 1
    track(shop, who, "push-3-a")
    stream.start()
    with Listening(shop.url, asking(3, **who), last_id=seen.id) as again:
        missed = again.next()
        assert missed is not None
        assert missed.products == ["push-3-b"]


def test_sigterm_ends_streams_as_http_does(shop: RunningService, stream: StreamProcess) -> None:
    with Listening(shop.url, {"user_id": "push-eve"}) as listening:
        assert listening.next()
        assert stream.stop() == 0
        assert listening.next() is None  # http.client raises when a chunked body is cut off


def test_a_second_process_on_the_same_folder_is_refused(shop: RunningService, stream: StreamProcess) -> None:
    second = shop.flask("stream")
    assert (second.returncode, second.stderr.count("another stream process")) == (1, 1)
    with Listening(shop.url, {"user_id": "push-fay"}) as listening:
        assert listening.next()


@pytest.mark.parametrize("asked", [{}, {"user_id": "u", "limit": "0"}, {"user_id": "null"}])
def test_a_question_that_makes_no_sense_is_refused(shop: RunningService, asked: dict[str, str]) -> None:
    with Listening(shop.url, asked) as refused:
        assert refused.answer.status == 422


def test_a_head_request_takes_no_place(shop: RunningService) -> None:
    answer = requests.head(f"{shop.url}/v1/stream?user_id=u", timeout=10)
    assert (answer.status_code, answer.headers["Content-Type"].partition(";")[0]) == (200, "text/event-stream")
