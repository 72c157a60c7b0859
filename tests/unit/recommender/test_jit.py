"""Kernels add in the order that is written, and are compiled once for all processes."""

import sys
from collections.abc import Iterator
from importlib import import_module, invalidate_caches
from pathlib import Path
from threading import Thread
from types import ModuleType
from typing import Any

import numba
import numpy as np
import pytest
from numpy.typing import NDArray

from recommender.jit import FOLDER, kernel
from recommender.kernel_cache import alone

NAME = "kernel_of_a_test"
SOURCE = """
from recommender.jit import FOLDER, kernel
from recommender.kernel_cache import alone

@kernel
def twice(n):
    return 2 * n
"""


@kernel
def add_up(values: NDArray[np.float32]) -> float:
    total = np.float32(0.0)
    for at in range(len(values)):
        total += values[at]
    return float(total)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that modules can be imported from, with room beside for what is compiled."""
    (tmp_path / f"{NAME}.py").write_text(SOURCE)
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    forget()


def forget() -> None:
    for name in (NAME, f"{NAME}_called"):
        sys.modules.pop(name, None)


def import_anew() -> ModuleType:
    forget()
    invalidate_caches()
    return import_module(NAME)


def test_sums_are_not_reordered() -> None:
    values = np.random.default_rng(0).lognormal(0.0, 3.0, 4096).astype(np.float32)
    as_written: Any = add_up
    assert add_up(values) == as_written.py_func(values)
    assert add_up(values) != add_up(values[::-1].copy())


def test_what_is_compiled_is_kept(folder: Path) -> None:
    first = import_anew()
    assert first.twice(4) == 8
    assert list((folder / "cache").rglob("*.nbc"))
    second = import_anew()
    assert second.twice(4) == 8
    assert (sum(first.twice.stats.cache_hits.values()), sum(second.twice.stats.cache_hits.values())) == (0, 1)


def test_what_is_compiled_is_kept_by_one_process_at_a_time(folder: Path) -> None:
    compiling = Thread(target=import_anew().twice, args=(4,))
    with alone(FOLDER / "saving"):
        compiling.start()
        compiling.join(1.0)
        assert compiling.is_alive()
        assert not list((folder / "cache").rglob("*.nbc"))
    compiling.join(30.0)
    assert list((folder / "cache").rglob("*.nbc"))
