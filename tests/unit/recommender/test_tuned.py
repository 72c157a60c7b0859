"""Weights in a file: they come back, and a file that is no such file is refused with its name and a reason."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from recommender.blend import Blend
from recommender.tuned import TunedError, load_tuned, save_tuned
from tests.weights import build_tuned

Raw = dict[str, dict[str, Any]]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "weights.json"


def test_what_is_saved_comes_back(path: Path) -> None:
    tuned = build_tuned()
    save_tuned(path, tuned)
    found = load_tuned(path)
    assert (found.weights, found.about) == (tuned.weights, tuned.about)
    for name in Blend.__struct_fields__:
        array = getattr(found.blend, name)
        assert array.dtype == np.float32
        assert array == pytest.approx(getattr(tuned.blend, name), rel=1e-6, abs=6e-7)


def test_saving_what_was_loaded_gives_the_same_bytes(path: Path) -> None:
    save_tuned(path, build_tuned())
    before = path.read_bytes()
    save_tuned(path, load_tuned(path))
    assert path.read_bytes() == before
    assert len(before.splitlines()) < 50


@pytest.mark.parametrize("text", ["", "{", "[]", '{"about": {}}', '{"about": {}, "sources": {}, "blend": 4}'])
def test_other_files_are_refused(path: Path, text: str) -> None:
    path.write_text(text)
    with pytest.raises(TunedError, match="weights.json"):
        load_tuned(path)


def test_a_missing_file_is_refused(path: Path) -> None:
    with pytest.raises(TunedError, match="cannot read .*weights.json: No such file"):
        load_tuned(path)


def set_cell(name: str, value: object) -> Callable[[Raw], object]:
    return lambda raw: raw["blend"][name].__setitem__(0, value)


@pytest.mark.parametrize(
    "damage",
    [
        lambda raw: raw["blend"].pop("outer"),
        lambda raw: raw["blend"].update(more=[1.0]),
        lambda raw: raw["sources"].update(more=1.0),
        lambda raw: raw.update(more={}),
        *[lambda raw, name=name: raw["blend"][name].pop() for name in Blend.__struct_fields__],
        lambda raw: raw["blend"]["inner"][0].pop(),
        lambda raw: raw["blend"].update(bias=[], outer=[]),
        set_cell("outer", None),
        set_cell("outer", 1e39),
        set_cell("outer", "word"),
        set_cell("outer", [1.0]),
    ],
)
@pytest.mark.filterwarnings("ignore:overflow")
def test_files_that_do_not_fit_are_refused(path: Path, damage: Callable[[Raw], object]) -> None:
    save_tuned(path, build_tuned())
    raw = msgspec.json.decode(path.read_bytes(), type=Raw)
    damage(raw)
    path.write_bytes(msgspec.json.encode(raw))
    with pytest.raises(TunedError, match="weights.json"):
        load_tuned(path)
