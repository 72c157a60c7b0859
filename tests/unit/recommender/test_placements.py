"""The file of placements."""

import json
from pathlib import Path

import pytest

from recommender.outcome_tables import MIXED, OTHER, PLACEMENTS
from recommender.placements import SHIPPED, PlacementsError, load_placements
from recommender.recommend import MIXABLE


def write(path: Path, placements: object) -> Path:
    path.write_text(json.dumps({"about": "a test", "placements": placements}))
    return path


def test_the_file_that_the_service_comes_with() -> None:
    assert SHIPPED.weights_of("") == SHIPPED.weights_of("product") == {"sessions": 1.0}
    assert SHIPPED.weights_of("home") == {"sessions": 1.0, "interests": 0.3, "trending": 0.05}
    assert SHIPPED.weights_of("cart") == SHIPPED.weights_of("checkout") == {"bought_together": 1.0, "sessions": 0.5}


def test_unknown_placements_have_the_weights_of_none() -> None:
    assert SHIPPED.weights_of("footer") == SHIPPED.weights_of("")
    assert SHIPPED.number_of("footer") == OTHER


def test_numbers_are_for_good() -> None:
    """Tables and ids that are out hold them."""
    names = ("", "product", "home", "cart", "checkout")
    assert [SHIPPED.number_of(name) for name in names] == [1, 2, 3, 4, 5]


def test_every_source_that_can_be_named_can_be_asked() -> None:
    assert MIXABLE.keys() == {*MIXED}


@pytest.mark.parametrize(
    ("placements", "message"),
    [
        ({"home": {"sessions": 1}}, '"" and at most 14 other placements would be right'),
        ({str(n) if n else "": {"sessions": 1} for n in range(PLACEMENTS)}, "at most 14 other placements"),
        ({"": {"session": 1}}, 'the weights of "" name session: some of sessions, interests, '),
        ({"": {"sessions": 1}, "home": {}}, 'the weights of "home" are {}: at least one, each above 0'),
        ({"": {"sessions": 0}}, "each above 0, would be right"),
        ({"": {"sessions": "1"}}, "is no file of placements: "),
        (None, "is no file of placements: "),
    ],
)
def test_what_cannot_be_used_is_refused(tmp_path: Path, placements: object, message: str) -> None:
    path = write(tmp_path / "placements.json", placements)
    with pytest.raises(PlacementsError) as refused:
        load_placements(path)
    assert message in str(refused.value) and str(path) in str(refused.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(PlacementsError, match="cannot read .*nowhere.json: No such file"):
        load_placements(tmp_path / "nowhere.json")
