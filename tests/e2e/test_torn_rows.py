"""Readers of tables that are being written: never half a row. One writer and three readers, processes of their own.

Sessions go up by one product a click within a family of products, and take each other's places in a few slots all the
time; neighbours are looked up again and again, with the same result each time. So a row that is half old and half new
shows: it jumps, or it is not the row that it always is.
"""

import multiprocessing
import time
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from learner.learn import Limits, learn_clicks, plain_clicks
from learner.product_writer import refresh_neighbours
from recommender.hybrid import Tables
from recommender.jit import kernel
from recommender.model import SCHEMA, Capacity, view_model
from recommender.popularity_tables import PopularityHalfLives
from recommender.product_tables import NEIGHBOUR_LIMIT, ProductTables, read_neighbours
from recommender.scratch import Scratch, build_scratch
from recommender.session_tables import SessionTables, read_clicks
from recommender.table_files import open_for_reading, open_for_writing

FAMILY = 40
PRODUCTS = 8 * FAMILY
CAPACITY = Capacity(sessions=4, products=PRODUCTS, categories=8, pairs=256)
SECONDS = 3.0


def learn_some(tables: Tables, seed: int) -> None:
    """200 sessions, each of 30 products of one family in order."""
    rng, session = np.random.default_rng(seed), np.repeat(np.arange(200), 30)
    family, start, step = rng.integers(0, 8, 200)[session], rng.integers(0, FAMILY, 200)[session], np.arange(6000) % 30
    clicks = (family * FAMILY + (start + step) % FAMILY).astype(np.int32)
    events = plain_clicks(session.astype(np.int64) + 1, clicks, np.zeros(len(session)))
    limits = Limits(np.inf, 30, np.zeros(1, np.int64))
    assert learn_clicks(tables, events, limits, 0, build_scratch()) == len(session)
    assert limits.ignored[0] == 0


@kernel
def refresh_all(tables: Tables, scratch: Scratch) -> None:
    for product in range(PRODUCTS):
        refresh_neighbours(tables.sessions, tables.products, product, scratch)


def write(folder: Path, what: str, ready: Event, stop: Event) -> None:
    """Write rows without a pause."""
    writer = open_for_writing(folder, SCHEMA, CAPACITY.sizes() | {"cells": 2048 * PRODUCTS})
    tables, scratch = view_model(writer.arrays).tables, build_scratch()
    tables.popularity.half_lives[:] = PopularityHalfLives()
    learn_some(tables, 0)
    refresh_all(tables, scratch)
    assert (tables.products.neighbours[:, 0] >= 0).any()
    ready.set()
    seed = 0
    while not stop.is_set():
        seed += 1
        if what == "sessions":
            learn_some(tables, seed)
        else:
            refresh_all(tables, scratch)
    writer.close()


@kernel
def count_jumps(tables: SessionTables, scratch: Scratch) -> tuple[int, int]:
    """Rows that were read, and those that do not go up by one."""
    read = wrong = 0
    for n in range(20_000):
        length = read_clicks(tables, max(tables.next_number[0] - 1 - n % 5, 0), scratch.row)
        read += length > 1
        for at in range(1, length):
            before, product = scratch.row[at - 1], scratch.row[at]
            if product // FAMILY != before // FAMILY or (product - before) % FAMILY != 1:
                wrong += 1
                break
    return read, wrong


@kernel
def count_changed(tables: ProductTables, right: NDArray[np.int32], scratch: Scratch) -> tuple[int, int]:
    """Rows that were read, and those that are not as they were; a reader may come away empty, but not with half."""
    read = wrong = 0
    for n in range(20_000):
        product = n % PRODUCTS
        found = read_neighbours(tables, product, scratch.row, scratch.nearness)
        read += found > 0
        for at in range(NEIGHBOUR_LIMIT if found and right[product, 0] >= 0 else 0):
            if right[product, at] != (scratch.row[at] if at < found else -1):
                wrong += 1
                break
    return read, wrong


def watch(folder: Path, what: str, found: "Queue[tuple[int, int]]") -> None:
    """Read rows for some seconds; tell how many, and how many were not whole."""
    tables, scratch = view_model(open_for_reading(folder, SCHEMA).arrays).tables, build_scratch()
    right = np.full((PRODUCTS, NEIGHBOUR_LIMIT), -1, np.int32)
    for product in range(PRODUCTS):
        for _ in range(100):  # one that is being written may come away empty
            count = read_neighbours(tables.products, product, scratch.row, scratch.nearness)
            if count:
                break
        right[product, :count] = scratch.row[:count]
    totals = np.zeros(2, np.int64)
    until = None
    while until is None or time.monotonic() < until:
        by_session = what == "sessions"
        more = count_jumps(tables.sessions, scratch) if by_session else count_changed(tables.products, right, scratch)
        until = until or time.monotonic() + SECONDS  # the first call compiles
        totals += more
    found.put((int(totals[0]), int(totals[1])))


@pytest.mark.timeout(180)
@pytest.mark.parametrize("what", ["sessions", "neighbours"])
def test_readers_never_see_half_a_row(tmp_path: Path, what: str) -> None:
    context = multiprocessing.get_context("spawn")
    ready, stop, found = context.Event(), context.Event(), context.Queue()
    writer = context.Process(target=write, args=(tmp_path, what, ready, stop))
    writer.start()
    assert ready.wait(120)
    readers = [context.Process(target=watch, args=(tmp_path, what, found)) for _ in range(3)]
    for reader in readers:
        reader.start()
    outcomes = [found.get(timeout=120) for _ in readers]
    stop.set()
    for process in (*readers, writer):
        process.join(30)
        assert process.exitcode == 0
    assert min(read for read, _ in outcomes) > 10_000
    assert [wrong for _, wrong in outcomes] == [0, 0, 0]
