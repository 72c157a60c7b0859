"""The model as a worker sees it, while the learner writes it."""

import math
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from learner.model import ModelWriter
from profiles.decay import EPOCH
from recommender.model import SCHEMA
from recommender.model_reader import TABLES, ModelReader
from recommender.popularity_tables import CHANGES
from recommender.table_files import open_for_writing
from recommender.table_storage import MANIFEST
from tests.examples import NOW
from tests.models import CAPACITY, HALF_LIVES, happened, opened, sessions_of, teach

UNIT = (NOW - EPOCH) / HALF_LIVES.long  # the log sum of one event of weight 1 at NOW


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[ModelWriter]:
    model = opened(tmp_path).model
    yield model
    model.close()


def test_before_the_learner_there_is_no_model(tmp_path: Path) -> None:
    reader = ModelReader(tmp_path)
    assert reader.follow() is False
    assert reader.view is None
    assert "holds no tables yet: start the learner" in reader.refused
    assert (reader.take_engagement(), reader.engagement_of(["p1"])) == ({}, {})
    teach(tmp_path, [happened("v", "p1")])
    assert reader.follow() is True
    assert (reader.refused, reader.follow()) == ("", False)


def test_files_that_the_learner_has_only_just_made_are_no_model_yet(tmp_path: Path) -> None:
    """They have no half-lives, by which sums are divided."""
    open_for_writing(tmp_path / TABLES, SCHEMA, CAPACITY.sizes()).close()
    reader = ModelReader(tmp_path)
    assert (reader.follow(), reader.view, reader.refused) == (False, None, "")
    teach(tmp_path, [happened("v", "p1")])
    assert reader.follow() is True


def test_what_is_learnt_shows_without_opening_anything_anew(tmp_path: Path, writer: ModelWriter) -> None:
    reader = ModelReader(tmp_path)
    reader.follow()
    view = reader.view
    assert view is not None
    writer.learn([happened("v", "p1", NOW, "A > B")])
    assert view.tables.popularity.engagement[0] == pytest.approx(UNIT)
    assert view.products.find("p1") == -1
    assert reader.follow() is False
    assert (view.products.find("p1"), view.categories.find("A > B")) == (0, view.tables.products.category[0])
    assert reader.view is view


def test_a_worker_cannot_write(tmp_path: Path, writer: ModelWriter) -> None:
    writer.learn([happened("v", "p1")])
    reader = ModelReader(tmp_path)
    reader.follow()
    assert reader.view is not None
    with pytest.raises(ValueError, match="read-only"):
        reader.view.tables.popularity.engagement[0] = 0.0


def test_after_growth_the_names_go_on(tmp_path: Path, writer: ModelWriter) -> None:
    writer.learn([happened("v", "p0")])
    reader = ModelReader(tmp_path)
    reader.follow()
    before = reader.view
    writer.learn(sessions_of(*[[f"p{n}"] for n in range(100)]))
    assert reader.follow() is True
    assert before is not None and reader.view is not None and reader.view is not before
    assert reader.view.products is before.products
    assert len(reader.view.products) == 100
    assert reader.view.products.find("p99") == 99


def test_a_model_that_is_made_anew_has_its_own_names(tmp_path: Path) -> None:
    teach(tmp_path, sessions_of(["a", "b"]))
    reader = ModelReader(tmp_path)
    reader.follow()
    before = reader.view
    shutil.rmtree(tmp_path / TABLES)
    teach(tmp_path, sessions_of(["b", "c", "d"]))
    assert reader.follow() is True
    assert before is not None and reader.view is not None
    assert [reader.view.products.find(name) for name in "abcd"] == [-1, 0, 1, 2]
    assert [before.products.find(name) for name in "abcd"] == [0, 1, -1, -1]


def test_a_model_that_cannot_be_read_leaves_the_one_that_there_is(tmp_path: Path) -> None:
    teach(tmp_path, sessions_of(["a", "b"]))
    reader = ModelReader(tmp_path)
    reader.follow()
    before = reader.view
    manifest = tmp_path / TABLES / MANIFEST
    fresh = manifest.with_name("fresh")
    fresh.write_text("nonsense")
    fresh.replace(manifest)
    assert reader.follow() is False
    assert reader.view is before
    assert f"{manifest} is damaged" in reader.refused
    assert reader.engagement_of(["a"]) == {"a": pytest.approx(UNIT)}


def test_engagement_is_told_once(tmp_path: Path, writer: ModelWriter) -> None:
    writer.learn([happened("v", "a"), happened("v", "b")])
    reader = ModelReader(tmp_path)
    reader.follow()
    assert reader.take_engagement() == {"a": pytest.approx(UNIT), "b": pytest.approx(UNIT)}
    assert reader.take_engagement() == {}
    writer.learn([happened("w", "b"), happened("w", "c")])
    # Also of c, whose name is newer than what `follow` found: it would not be told of again.
    assert reader.take_engagement() == {"b": pytest.approx(UNIT + 1.0), "c": pytest.approx(UNIT)}
    assert reader.take_engagement() == {}
    assert reader.engagement_of(["a", "b", "c", "d"]) == {
        "a": pytest.approx(UNIT),
        "b": pytest.approx(UNIT + 1.0),
        "c": pytest.approx(UNIT),
    }


def test_a_reader_that_is_far_behind_is_told_everything(tmp_path: Path, writer: ModelWriter) -> None:
    writer.learn([happened("v", "a")])
    reader = ModelReader(tmp_path)
    reader.follow()
    reader.take_engagement()
    writer.learn([happened("v", "b")])
    reader.follow()
    crowd = [happened(f"v{n}", "c") for n in range(CHANGES // 256)]
    writer.learn([event for event in crowd for _ in range(256)])  # the ring holds nothing of b any more
    reader.follow()
    found = reader.take_engagement()
    assert found == {"a": pytest.approx(UNIT), "b": pytest.approx(UNIT), "c": pytest.approx(UNIT + math.log2(CHANGES))}


def test_shown_products_have_no_engagement(tmp_path: Path, writer: ModelWriter) -> None:
    shown = happened("v", "a", weight=0.0)
    writer.learn([type(shown)(event_id="i", type="impression", timestamp=NOW, visitor=shown.visitor, product_id="a")])
    reader = ModelReader(tmp_path)
    reader.follow()
    assert reader.view is not None and reader.view.products.find("a") == 0
    assert (reader.take_engagement(), reader.engagement_of(["a"])) == ({}, {})
