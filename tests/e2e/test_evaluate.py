"""`flask tune` and `flask evaluate` on a shop with a planted rule: they find it, write what they say, and fail in a
line."""

import csv
from pathlib import Path

import msgspec
import pytest
from click.testing import Result
from flask import Flask

from app.factory import create_app
from config import Settings
from recommender.from_sessions import COLUMN_OF
from tests.planted import build_sessions, write_events, write_folder

COLUMNS = "source,cases,hr@20,mrr@20,hr@10,mrr@10,hr@5,mrr@5,cov@20,pop@20,us_per_query".split(",")
SOURCES = ["popularity", "category", *COLUMN_OF, "factors", "hybrid"]
EVENT_COLUMNS = "session=SessionId,product=ItemId,time=Time"


def flask(*arguments: str | Path) -> Result:
    """A command of the service; no store is there, and none is needed."""
    app: Flask = create_app(Settings(redis_url="redis://127.0.0.1:1"))
    result: Result = app.test_cli_runner().invoke(args=[str(argument) for argument in arguments])
    return result


def read_csv(path: Path) -> dict[str, dict[str, str]]:
    with path.open(newline="") as file:
        rows = csv.DictReader(file)
        figures = {row["source"]: row for row in rows}
        assert rows.fieldnames == COLUMNS
    return figures


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_folder(
        tmp_path_factory.mktemp("shop") / "data", build_sessions(600, seed=1), build_sessions(80, seed=2)
    )


@pytest.fixture(scope="module")
def weights(folder: Path) -> Path:
    path = folder.parent / "weights.json"
    result = flask("tune", "next-click", "--data", folder, "--out", path, "--trials", "3")
    assert (result.exit_code, result.exception) == (0, None), result.output
    assert "in the last 60 training sessions, from the 540 before them." in result.output
    return path


def test_the_hybrid_finds_the_rule(folder: Path, weights: Path, tmp_path: Path) -> None:
    out, plot = tmp_path / "figures.csv", tmp_path / "figures.svg"
    result = flask("evaluate", "next-click", "--data", folder, "--settings", weights, "--csv", out, "--plot", plot)
    assert result.exit_code == 0, result.output
    figures = read_csv(out)
    assert [*figures] == SOURCES
    assert {row["cases"] for row in figures.values()} == {str(sum(len(s) - 1 for s in build_sessions(80, seed=2)))}
    assert float(figures["hybrid"]["hr@5"]) > 0.95
    assert float(figures["hybrid"]["mrr@20"]) > 0.8
    assert float(figures["popularity"]["hr@5"]) < 0.4
    assert result.output.splitlines()[0].split() == COLUMNS
    assert result.output.splitlines()[-1].startswith("hybrid ")
    assert "hybrid" in plot.read_text()


def test_without_weights_it_tunes_first_and_the_same_seed_gives_the_same(
    folder: Path, weights: Path, tmp_path: Path
) -> None:
    named, found = tmp_path / "named.csv", tmp_path / "found.csv"
    flask("evaluate", "next-click", "--data", folder, "--settings", weights, "--csv", named)
    result = flask("evaluate", "next-click", "--data", folder, "--trials", "3", "--csv", found)
    assert result.output.startswith("No --settings: tuning on the last training sessions first.\n")
    figures = [[{**row, "us_per_query": ""} for row in read_csv(path).values()] for path in (named, found)]
    assert figures[0] == figures[1]


def test_the_file_of_weights_is_the_same_for_the_same_seed(folder: Path, weights: Path, tmp_path: Path) -> None:
    again, without = tmp_path / "again.json", tmp_path / "without.json"
    flask("tune", "next-click", "--data", folder, "--out", again, "--trials", "3")
    assert again.read_bytes() == weights.read_bytes()
    options = ("--trials", "0", "--no-categories", "--sessions", "50")
    flask("tune", "next-click", "--data", folder, "--out", without, *options)
    about = msgspec.json.decode(without.read_bytes())["about"]
    assert (about["categories"], about["tuned_on_sessions"], about["sessions"]) == (False, 50, 550)


def test_online_learns_what_the_training_did_not_know(weights: Path, tmp_path: Path) -> None:
    """Visitors of the test go from one new product to another, again and again."""
    sessions = [["new-a", "new-b"] if n % 2 else session for n, session in enumerate(build_sessions(80, seed=3))]
    data = write_folder(tmp_path / "data", build_sessions(600, seed=1), sessions)
    runs = {}
    for name, options in {"frozen": (), "online": ("--online",)}.items():
        out = ("--outcomes", tmp_path / f"{name}.npz", "--csv", tmp_path / f"{name}.csv")
        result = flask("evaluate", "next-click", "--data", data, "--settings", weights, *out, *options)
        assert result.exit_code == 0, result.output
        runs[name] = float(read_csv(tmp_path / f"{name}.csv")["hybrid"]["hr@20"])
    assert runs["frozen"] < 0.75
    assert runs["online"] > 0.95
    compared = flask("evaluate", "compare", tmp_path / "frozen.npz", tmp_path / "online.npz")
    lines = compared.output.splitlines()
    assert lines[0].startswith("hybrid: ") and lines[0].endswith(" cases of 80 sessions")
    assert lines[1].startswith("online.npz is better by ") and "points of HR@20" in lines[1]


def test_online_a_session_is_not_its_own_neighbour(weights: Path, tmp_path: Path) -> None:
    """Every visitor of the test sees products that nobody else does: nothing can foretell them."""
    sessions = [[f"x{n}", f"y{n}", f"z{n}"] for n in range(40)]
    data = write_folder(tmp_path / "data", build_sessions(600, seed=1), sessions)
    out = tmp_path / "figures.csv"
    result = flask("evaluate", "next-click", "--data", data, "--settings", weights, "--online", "--csv", out)
    assert result.exit_code == 0, result.output
    assert {row["hr@20"] for row in read_csv(out).values()} == {"0.000000"}


def test_files_of_events(weights: Path, tmp_path: Path) -> None:
    sessions = build_sessions(680, seed=1)
    first = write_events(tmp_path / "first.csv", sessions[:300])
    second = write_events(tmp_path / "second.csv", sessions[300:600], first=300)
    test = write_events(tmp_path / "test.csv", sessions[600:], first=600)
    files = ("--train", first, "--train", second, "--test", test, "--columns", EVENT_COLUMNS)
    out = tmp_path / "figures.csv"
    result = flask("evaluate", "next-click", *files, "--settings", weights, "--csv", out)
    assert result.exit_code == 0, result.output
    assert float(read_csv(out)["hybrid"]["hr@5"]) > 0.95


def test_tuning_needs_no_cases(weights: Path, folder: Path, tmp_path: Path) -> None:
    """Nor does it look at them: the weights are those that were found beside the cases."""
    data = write_folder(tmp_path / "data", build_sessions(600, seed=1), [])
    (data / "test_prefixes.tsv").unlink()
    out = tmp_path / "weights.json"
    result = flask("tune", "next-click", "--data", data, "--out", out, "--trials", "3")
    assert (result.exit_code, out.read_bytes()) == (0, weights.read_bytes()), result.output
    events = write_events(tmp_path / "events.csv", build_sessions(600, seed=1))
    files = ("--train", events, "--columns", EVENT_COLUMNS)
    assert flask("tune", "next-click", *files, "--out", out, "--trials", "0").exit_code == 0


def test_one_file_of_events_is_learnt_as_it_comes(weights: Path, tmp_path: Path) -> None:
    test = write_events(tmp_path / "events.csv", build_sessions(400, seed=4))
    files = ("--test", test, "--columns", EVENT_COLUMNS, "--online")
    out = tmp_path / "figures.csv"
    result = flask("evaluate", "next-click", *files, "--settings", weights, "--csv", out)
    assert result.exit_code == 0, result.output
    assert float(read_csv(out)["hybrid"]["hr@5"]) > 0.7
    refused = flask("evaluate", "next-click", *files)
    assert refused.exit_code == 2
    assert "nothing to tune on: name weights, --settings FILE" in refused.output


def test_products_of_the_session_are_hidden(weights: Path, tmp_path: Path) -> None:
    """Half the labels are what the session began with: hidden, they cannot be hit."""
    sessions = [["p0", "p3", "p0"]] * 20
    data = write_folder(tmp_path / "data", build_sessions(600, seed=1) + sessions, sessions)
    figures = {}
    for options in ((), ("--hide-seen",)):
        out = tmp_path / "figures.csv"
        flask("evaluate", "next-click", "--data", data, "--settings", weights, "--csv", out, *options)
        figures[options] = float(read_csv(out)["hybrid"]["hr@20"])
    assert figures == {(): 1.0, ("--hide-seen",): 0.5}


@pytest.mark.parametrize(
    ("broken", "content", "message"),
    [
        ("train_sessions.txt", None, "cannot read {path}: No such file or directory"),
        ("train_sessions.txt", "\n \n", "{path} has no session to learn from: "),
        ("train_sessions.txt", "p1 p2\n", "cannot tune on the last 1 of 1 training sessions: "),
        ("test_prefixes.tsv", "", "{path} has no case to be judged by: "),
        ("test_prefixes.tsv", "p1 p2\tp3\np1 p2 p3\n", "{path}, line 2 is no case: "),
        ("test_prefixes.tsv", b"p1\t\xff\n", "cannot read {path}: it is not UTF-8 text"),
        ("item_category.csv", "id;category\n", "{path} has no columns item and category"),
    ],
)
def test_a_folder_that_cannot_be_used(broken: str, content: str | bytes | None, message: str, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "data", build_sessions(30, seed=1), build_sessions(3, seed=2))
    path = folder / broken
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert_fails_in_a_line(flask("evaluate", "next-click", "--data", folder), message.format(path=path))


def test_files_that_cannot_be_used(folder: Path, weights: Path, tmp_path: Path) -> None:
    evaluate = ("evaluate", "next-click", "--data", folder)
    other = tmp_path / "other.json"
    other.write_text("{}")
    assert_fails_in_a_line(flask(*evaluate, "--settings", other), f"{other} is no file of weights")
    nowhere = tmp_path / "nowhere.npz"
    assert_fails_in_a_line(flask(*evaluate, "--settings", nowhere), f"cannot read {nowhere}: ")
    assert_fails_in_a_line(flask(*evaluate, "--plot", tmp_path / "plot.gif"), "cannot draw plot.gif: ")
    assert_fails_in_a_line(flask("evaluate", "compare", nowhere, nowhere), f"cannot read {nowhere}: ")
    events = write_events(tmp_path / "events.csv", build_sessions(5, seed=1))
    columns = ("--columns", "session=Session,product=ItemId,time=Time")
    answer = flask("evaluate", "next-click", "--test", events, "--settings", weights, *columns)
    assert_fails_in_a_line(answer, f"cannot read {events}: it has no column 'Session'; its columns are")


def test_options_that_do_not_say_what_to_read(folder: Path, tmp_path: Path) -> None:
    for options in ((), ("--data", folder, "--test", folder), ("--test", folder), ("--train", folder)):
        result = flask("evaluate", "next-click", *options)
        assert result.exit_code == 2
        assert "name either --data DIR, or --test FILE with --columns" in result.output
    result = flask("evaluate", "next-click", "--data", folder, "--csv", tmp_path / "nowhere" / "figures.csv")
    assert "there is no folder" in result.output


def assert_fails_in_a_line(result: Result, message: str) -> None:
    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit)
    *before, line = result.output.splitlines()
    assert line.startswith(f"Error: {message}"), result.output
    assert all(text.startswith("No --settings") for text in before)
