"""Numbers of texts, in tables that several processes look at."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.names import Names, NamesFull
from tests.names import empty_names, names_of


def numbered(names: Names) -> dict[str, int]:
    """Every text by what it is found under, which must be where it is read."""
    found = {names.text(number): number for number in range(len(names))}
    assert all(names.find(text) == number for text, number in found.items())
    return found


def test_texts_are_numbered_as_they_come() -> None:
    names = Names(empty_names())
    assert [names.add(text) for text in ("größe", "", "b", "größe")] == [0, 1, 2, 0]
    assert numbered(names) == {"größe": 0, "": 1, "b": 2}
    assert names.find("c") == -1
    assert list(names.texts([2, 0, 7, 0])) == ["b", "größe", "", "größe"]


def test_followers_take_over_what_was_added() -> None:
    tables = empty_names()
    writer, reader = Names(tables), Names(tables)
    writer.add("a")
    assert len(reader) == 0
    reader.sync()
    writer.add("b")
    assert numbered(reader) == {"a": 0}
    reader.sync()
    assert numbered(reader) == {"a": 0, "b": 1}


@pytest.mark.parametrize(("texts", "size"), [(2, 64), (8, 7)])
def test_a_text_without_room_changes_nothing(texts: int, size: int) -> None:
    tables = empty_names(texts, size)
    names = Names(tables)
    names.add("abc")
    names.add("def")
    with pytest.raises(NamesFull, match="no room for another text of 2 bytes after 2"):
        names.add("gh")
    assert names.add("abc") == 0
    assert numbered(Names(tables)) == {"abc": 0, "def": 1}


def test_names_go_on_in_a_larger_generation_with_the_same_beginning() -> None:
    known = Names(names_of("a", "bc"))
    larger = names_of("a", "bc", "d", room=16)
    followed = known.follow(larger)
    assert followed is known
    assert numbered(followed) == {"a": 0, "bc": 1, "d": 2}
    Names(larger).add("e")
    followed.sync()
    assert followed.find("e") == 3


@pytest.mark.parametrize("texts", [(), ("a",), ("a", "b"), ("a", "x", "d"), ("a", "bcd", "d"), ("ab", "c", "d")])
def test_names_that_begin_otherwise_are_read_anew(texts: tuple[str, ...]) -> None:
    known = Names(names_of("a", "bc", "d"))
    followed = known.follow(names_of(*texts))
    assert followed is not known
    assert numbered(followed) == {text: number for number, text in enumerate(texts)}
    assert numbered(known) == {"a": 0, "bc": 1, "d": 2}  # who still looks at them finds them as they were


@given(st.lists(st.text(max_size=3), unique=True, max_size=8), st.lists(st.text(max_size=3), unique=True, max_size=8))
def test_whatever_follows_the_names_are_those_of_the_new_tables(before: list[str], after: list[str]) -> None:
    followed = Names(names_of(*before)).follow(names_of(*after))
    assert numbered(followed) == {text: number for number, text in enumerate(after)}
