"""Work in several threads at once, with as much of it in memory as they need."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from threading import local
from typing import TypeVar

from app.commands.client import ServiceClient

Item = TypeVar("Item")
Result = TypeVar("Result")


def ask_all(
    items: Iterable[Item], ask: Callable[[ServiceClient, Item], Result], url: str, clients: int
) -> Iterator[Result]:
    """`ask` for every item, over `clients` connections at once; results come as they are ready.

    Items are begun in order; with one client they are also finished in order. The first error ends it all.
    """
    connections = local()
    opened: list[ServiceClient] = []

    def work(item: Item) -> Result:
        if not hasattr(connections, "client"):
            connections.client = ServiceClient(url)
            opened.append(connections.client)
        return ask(connections.client, item)

    with ThreadPoolExecutor(clients) as pool:
        pending: set[Future[Result]] = set()
        try:
            for item in items:
                if len(pending) >= 2 * clients:
                    done, pending = wait(pending, return_when=FIRST_COMPLETED)
                    yield from (future.result() for future in done)
                pending.add(pool.submit(work, item))
            while pending:
                done, pending = wait(pending, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in done)
        finally:
            pool.shutdown(cancel_futures=True)
            for client in opened:
                with suppress(OSError):
                    client.close()
