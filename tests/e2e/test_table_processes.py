"""Tables between real processes: one writes, others read, and any of them may be killed."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recommender.table_files import TableReader, TableWriter, open_for_reading, open_for_writing
from recommender.table_schema import Arrays, Schema, Table, TableError
from tests.processes import wait_until
from tests.servers import ROOT, clean_environment

SCHEMA = Schema(1, (Table("views", "int64", ("products",), 0), Table("clicks", "int32", ("products", 2), -1)))
# Evaluates what it is sent, line by line, with the names of this file and those that it was told to keep by `:=`.
CHILD = """
import json, sys
from tests.e2e import test_table_processes
names = vars(test_table_processes)
for line in sys.stdin:
    print(json.dumps(eval(line, names), default=str), flush=True)
"""
StartChild = Callable[[], "Child"]


class Child:
    """Another process that can be asked for the value of an expression."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", CHILD],
            cwd=ROOT,
            env=clean_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def tell(self, expression: str) -> None:
        assert self.process.stdin is not None
        print(expression, file=self.process.stdin, flush=True)

    def answer(self) -> Any:
        assert self.process.stdout is not None
        return json.loads(self.process.stdout.readline())

    def ask(self, expression: str) -> Any:
        self.tell(expression)
        return self.answer()

    def kill(self) -> None:
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            pipe.close()


@pytest.fixture
def start_child() -> Iterator[StartChild]:
    started: list[Child] = []

    def start() -> Child:
        started.append(Child())
        return started[-1]

    yield start
    for child in started:
        if child.process.returncode is None:
            child.kill()


def open_here(folder: str) -> TableReader:
    return open_for_reading(Path(folder), SCHEMA)


def write_here(folder: str) -> TableWriter | str:
    """The writer of a folder, or why there is none."""
    try:
        return open_for_writing(Path(folder), SCHEMA, {"products": 4})
    except TableError as error:
        return str(error)


def wait_forever(_old: Arrays, _new: Arrays) -> None:
    time.sleep(600.0)


def fill_with_size(_old: Arrays, new: Arrays) -> None:
    new["views"][:] = len(new["views"])


def count_generations(folder: str, products: int) -> int:
    """Open tables over and over until they have so many products; every one of them must be whole."""
    seen: set[int] = set()
    while True:
        reader = open_here(folder)
        views = reader.arrays["views"]
        assert len(views) == len(reader.arrays["clicks"]) == reader.sizes["products"]
        assert (views == len(views)).all()
        seen.add(reader.generation)
        if len(views) == products:
            return len(seen)


def private_megabytes() -> dict[str, float]:
    """This process's own memory: dirty pages that nobody shares, and pages of no file."""
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()[1:]
    kilobytes = {line.split(":")[0]: int(line.split()[1]) for line in lines}
    return {name: kilobytes[name] / 1024 for name in ("Private_Dirty", "Anonymous", "Rss")}


def gather(reader: TableReader) -> int:
    """The sum of all cells, a thousand random ones at a time."""
    views = reader.arrays["views"]
    places = np.random.default_rng(0).permutation(len(views) // 1000)
    return sum(int(views[place :: len(views) // 1000].sum()) for place in places)


def test_a_reader_sees_changes_in_place(tmp_path: Path, start_child: StartChild) -> None:
    child = start_child()
    with closing(open_for_writing(tmp_path, SCHEMA, {"products": 4})) as writer:
        child.ask(f"(reader := open_here({str(tmp_path)!r}))")
        for value in range(20):
            writer.arrays["views"][3] = value
            writer.arrays["clicks"][2, 1] = -value
            assert child.ask("[int(reader.arrays['views'][3]), int(reader.arrays['clicks'][2, 1])]") == [value, -value]
        assert child.ask("reader.is_current()")


def test_a_reader_keeps_its_generation_until_it_opens_again(tmp_path: Path, start_child: StartChild) -> None:
    child = start_child()
    with closing(open_for_writing(tmp_path, SCHEMA, {"products": 100_000})) as writer:
        writer.arrays["views"][:] = range(100_000)
        # Mapped, but no cell of it has been read when its files go.
        child.ask(f"(reader := open_here({str(tmp_path)!r}))")
        writer.grow({"products": 100_001})
        assert sorted(path.name for path in tmp_path.glob("generation-*")) == ["generation-000002"]
        writer.arrays["views"][0] = 7
        assert not child.ask("reader.is_current()")
        assert child.ask("int(reader.arrays['views'].sum())") == sum(range(100_000))
        child.ask(f"(reader := open_here({str(tmp_path)!r}))")
        assert child.ask("reader.is_current()")
        assert child.ask("len(reader.arrays['views'])") == 100_001
        assert child.ask("int(reader.arrays['views'].sum())") == sum(range(100_000)) + 7


def test_readers_open_whole_tables_while_the_writer_switches(tmp_path: Path, start_child: StartChild) -> None:
    children = [start_child(), start_child()]
    last = 150
    with closing(open_for_writing(tmp_path, SCHEMA, {"products": 1})) as writer:
        fill_with_size({}, writer.arrays)
        for child in children:
            assert child.ask(f"count_generations({str(tmp_path)!r}, 1)") == 1
            child.tell(f"count_generations({str(tmp_path)!r}, {last})")
        for products in range(2, last + 1):
            writer.grow({"products": products}, fill_with_size)
        # Several were opened between the first and the last, so that the two did run at once.
        assert all(child.answer() > 5 for child in children)


def test_a_writer_is_alone_until_it_is_killed(tmp_path: Path, start_child: StartChild) -> None:
    first, second = start_child(), start_child()
    first.ask(f"(writer := write_here({str(tmp_path)!r}))")
    first.ask("writer.arrays['views'].put(2, 5)")
    refused = second.ask(f"write_here({str(tmp_path)!r})")
    advice = "stop that one first, or give this one a folder of its own"
    assert refused == f"{tmp_path} is being written by process {first.process.pid}: {advice}"
    assert first.ask("writer.generation") == 1
    first.kill()
    second.ask(f"(writer := write_here({str(tmp_path)!r}))")
    assert second.ask("writer.arrays['views'].tolist()") == [0, 0, 5, 0]
    assert str(second.process.pid) in str(write_here(str(tmp_path)))


def test_a_writer_that_is_killed_as_it_grows_changes_nothing(tmp_path: Path, start_child: StartChild) -> None:
    child = start_child()
    child.ask(f"(writer := write_here({str(tmp_path)!r}))")
    child.ask("writer.arrays['views'].put(2, 5)")
    child.tell("writer.grow({'products': 8}, wait_forever)")
    wait_until(lambda: (tmp_path / "generation-000002" / "clicks.npy").exists())
    child.kill()
    assert open_for_reading(tmp_path, SCHEMA).arrays["views"].tolist() == [0, 0, 5, 0]
    with closing(open_for_writing(tmp_path, SCHEMA, {"products": 4})) as writer:
        assert sorted(path.name for path in tmp_path.glob("generation-*")) == ["generation-000001"]
        writer.grow({"products": 5})
        assert open_for_reading(tmp_path, SCHEMA).arrays["views"].tolist() == [0, 0, 5, 0, 0]


def test_readers_share_the_memory_of_tables(tmp_path: Path, start_child: StartChild) -> None:
    child = start_child()
    products = 25 * 2**20
    with closing(open_for_writing(tmp_path, SCHEMA, {"products": products})) as writer:
        writer.arrays["views"][:] = 1
        before = child.ask("private_megabytes()")
        child.ask(f"(reader := open_here({str(tmp_path)!r}))")
        assert child.ask("gather(reader)") == products
        after = child.ask("private_megabytes()")
    assert after["Rss"] - before["Rss"] > 190.0, "all of the 200 MB were to be looked at"
    assert after["Private_Dirty"] - before["Private_Dirty"] < 10.0
    assert after["Anonymous"] - before["Anonymous"] < 10.0
