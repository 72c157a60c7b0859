"""Tags and attributes as hashes."""

import pytest

from recommender import traits as module
from recommender.traits import FEW, TAG, Traits, hash_text


def unpacked(traits: Traits, packed: bytes) -> list[tuple[int, int]]:
    return list(traits.unpack(packed))


def test_what_is_packed_comes_out_again() -> None:
    traits = Traits()
    packed = traits.pack(("new", "Sale"), {"colour": "Red", "watts": 5.0, "vegan": True})
    expected = [("colour", "red"), ("watts", "5.0"), ("vegan", "true")]
    tags = [(TAG, hash_text("new")), (TAG, hash_text("sale"))]
    assert unpacked(traits, packed) == [*tags, *((hash_text(name), hash_text(value)) for name, value in expected)]
    assert len(packed) == 5 * 8
    assert traits.pack((), {}) == b""


def test_case_and_yes_are_told_apart_only_where_it_matters() -> None:
    traits = Traits()
    assert traits.pack((), {"a": "RED"}) == traits.pack((), {"A": "red"})
    assert traits.pack((), {"a": True}) != traits.pack((), {"a": 1.0})


def test_an_attribute_with_many_values_says_nothing_any_more() -> None:
    traits = Traits()
    packed = [traits.pack((), {"serial": str(number), "colour": "red"}) for number in range(FEW)]
    assert (len(packed[0]), traits.version) == (16, 0)
    one_more = traits.pack((), {"serial": "new", "colour": "red"})
    assert (len(one_more), traits.version) == (8, 1)
    assert unpacked(traits, packed[0]) == unpacked(traits, one_more) == [(hash_text("colour"), hash_text("red"))]
    assert traits.pack((), {"serial": "0"}) == b""
    assert traits.version == 1


def test_the_same_values_again_are_not_more() -> None:
    traits = Traits()
    for number in range(10 * FEW):
        traits.pack((), {"colour": str(number % FEW)})
    assert traits.version == 0


def test_names_beyond_the_most_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "NAMES", 2)
    traits = Traits()
    assert len(traits.pack((), {"a": 1.0, "b": 1.0, "c": 1.0})) == 16
    assert len(traits.pack((), {"c": 1.0, "b": 2.0})) == 8
