"""Folders of sessions: what is one session among the cases, and files that are none of it."""

from pathlib import Path

import pytest

from evaluation.data import SESSION_SECONDS, read_folder, whole_sessions
from evaluation.folder import read_cases, read_categories
from evaluation.sessions import Numbering
from profiles.decay import EPOCH

SHRINKING = "a b c\td\na b\tc\na\tb\na b\te\na\tb\n"
GROWING = "a\tb\na b\tc\na b c\td\na\tb\na b\te\n"
LAST_ONLY = "a b c\td\na b\te\nx\ty\n"


def read(path: Path, content: str) -> tuple[list[int], list[list[str]], list[int]]:
    """The session of each case, the whole sessions, and the case that each of their clicks answers."""
    path.write_text(content)
    numbering = Numbering()
    cases = read_cases(path, numbering)
    whole, case = whole_sessions(cases)
    return (
        cases.session.tolist(),
        [[numbering.ids[n] for n in whole[place]] for place in range(len(whole))],
        case.tolist(),
    )


@pytest.mark.parametrize(
    ("content", "sessions", "answers"),
    [
        (SHRINKING, [0, 0, 0, 1, 1], [-1, 2, 1, 0, -1, 4, 3]),
        (GROWING, [0, 0, 0, 1, 1], [-1, 0, 1, 2, -1, 3, 4]),
    ],
)
def test_cases_of_a_session_shrink_or_grow(
    content: str, sessions: list[int], answers: list[int], tmp_path: Path
) -> None:
    expected = (sessions, [["a", "b", "c", "d"], ["a", "b", "e"]], answers)
    assert read(tmp_path / "cases.tsv", content) == expected


def test_a_session_that_begins_as_the_one_before_was(tmp_path: Path) -> None:
    """Where prefixes shrink, `a b` after the session `a b` is not its continuation."""
    sessions, whole, _ = read(tmp_path / "cases.tsv", "a b c\td\na b\tc\na\tb\na\tb\na b\tc\na\tb\n")
    assert sessions == [0, 0, 0, 1, 2, 2]
    assert whole == [["a", "b", "c", "d"], ["a", "b"], ["a", "b", "c"]]


def test_clicks_that_no_case_asks_for(tmp_path: Path) -> None:
    sessions, whole, answers = read(tmp_path / "cases.tsv", LAST_ONLY)
    assert sessions == [0, 1, 2]
    assert answers == [-1, -1, -1, 0, -1, -1, 1, -1, 2]


def test_categories_by_name_of_the_column(tmp_path: Path) -> None:
    path = tmp_path / "item_category.csv"
    path.write_text('category,name,item\nshoes,"A, red",a\nhats,B,b\nshoes,C,c\n,D,d\nhats,nobody,z\n')
    numbering = Numbering()
    for product in "abcde":
        numbering.number(product)
    assert read_categories(path, numbering).tolist() == [0, 1, 0, -1, -1]


def test_a_folder_without_categories(tmp_path: Path) -> None:
    (tmp_path / "train_sessions.txt").write_text("a b\n\nb c\n")
    (tmp_path / "test_prefixes.tsv").write_text("a\tb\n")
    data = read_folder(tmp_path)
    assert (len(data.train), data.categories.tolist()) == (2, [-1, -1, -1])
    # The test's session has a visitor, and times, behind the training's.
    assert data.test.visitor.tolist() == [3, 3]
    assert data.times.tolist() == [EPOCH] * 2 + [EPOCH + SESSION_SECONDS] * 2
    assert data.test.time.tolist() == [EPOCH + 2 * SESSION_SECONDS] * 2
