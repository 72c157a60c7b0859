"""The rules of docs/architecture.md on who may import what, checked on the source itself."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from tests.servers import ROOT, clean_environment

# Each may import itself and those before it.
ROOMS = ("config", "events", "profiles", "recommender", "learner", "app")
# It may import what a service is made of, but not HTTP and command line; only commands may import it.
EVALUATION = "evaluation"
COMMANDS = "app/commands/"
# They put the rooms together, and may import all of them; the rooms must not import these.
ENTRY_POINTS = ("wsgi.py", "gunicorn.conf.py")
OUTSIDE = {"wsgi", "bench", "tests"}
WEB = {"flask", "flask_cors", "flask_swagger_ui", "werkzeug", "gunicorn", "click"}
# The only place that builds clients, from the settings.
BUILDS_CLIENTS = "app/container.py"
# Where a process starts: each hands its environment on to `Settings.from_env`.
READS_ENVIRONMENT = {"wsgi.py", "gunicorn.conf.py", "app/serve.py"}


class Import(msgspec.Struct, frozen=True):
    """One import of a file: the whole dotted name, and whether it runs when the file is imported."""

    name: str
    at_start: bool

    @property
    def package(self) -> str:
        """The first part of the name."""
        return self.name.partition(".")[0]


def source_files() -> list[Path]:
    """The service's own Python files, without benchmarks and tests."""
    found = [ROOT / name for name in ("config.py", *ENTRY_POINTS)]
    for room in (*ROOMS[1:], EVALUATION):
        found += sorted((ROOT / room).rglob("*.py"))
    return found


def find_imports(source: str) -> Iterator[Import]:
    """All imports of a source text; those in functions and for type checkers alone do not run at its start."""
    waiting: list[tuple[ast.AST, bool]] = [(ast.parse(source), True)]
    while waiting:
        node, at_start = waiting.pop()
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, at_start) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports are not used here, and would not be understood below"
            yield from (Import(f"{node.module}.{alias.name}", at_start) for alias in node.names)
        elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            waiting += [(child, False) for child in node.body] + [(child, at_start) for child in node.orelse]
        else:
            is_function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            waiting += [(child, at_start and not is_function) for child in ast.iter_child_nodes(node)]


def names_environment(source: str) -> bool:
    """Whether a source text mentions the process's environment."""
    nodes = list(ast.walk(ast.parse(source)))
    attributes = {ast.unparse(node) for node in nodes if isinstance(node, ast.Attribute)}
    names = {found.name for found in find_imports(source)}
    return not (attributes | names).isdisjoint({"os.environ", "os.environb", "os.getenv", "os.getenvb"})


FILES = [str(path.relative_to(ROOT)) for path in source_files()]


def imports_of(file: str) -> list[Import]:
    return list(find_imports((ROOT / file).read_text()))


def test_the_checks_below_see_what_they_look_for() -> None:
    source = """
import os
from flask import g
if TYPE_CHECKING:
    import pandas as pd
def read():
    import pandas.io, redis
    return os.environ["X"]
"""
    found = set(find_imports(source))
    at_start = {Import("os", True), Import("flask.g", True)}
    assert found == at_start | {Import(name, False) for name in ("pandas", "pandas.io", "redis")}
    assert names_environment(source)
    assert names_environment("from os import getenv")
    assert not names_environment("environ = {}; environ.get('X')")
    assert {"config.py", "events/normalise.py", "app/views/recommend.py", "evaluation/data.py"} <= {*FILES}


@pytest.mark.parametrize("file", [file for file in FILES if file not in ENTRY_POINTS])
def test_rooms_import_themselves_and_those_before_them(file: str) -> None:
    room = file.removesuffix(".py").partition("/")[0]
    ours = {found.package for found in imports_of(file)} & {*ROOMS, EVALUATION, *OUTSIDE}
    if room == EVALUATION:
        assert ours <= {*ROOMS, EVALUATION} - {"app"}
    else:
        allowed = {*ROOMS[: ROOMS.index(room) + 1]}
        assert ours <= allowed | ({EVALUATION} if file.startswith(COMMANDS) else set())


@pytest.mark.parametrize("file", [file for file in FILES if file.startswith("app/")])
def test_the_evaluation_is_imported_by_commands_only_while_they_run(file: str) -> None:
    assert not any(found.at_start for found in imports_of(file) if found.package == EVALUATION)


@pytest.mark.parametrize("file", FILES)
def test_libraries_stay_in_their_places(file: str) -> None:
    packages = {found.package for found in imports_of(file)}
    if not file.startswith("app/") and file not in ENTRY_POINTS:
        assert packages & WEB == set()
    if not Path(file).name.startswith("redis_") and file != BUILDS_CLIENTS:
        assert packages & {"redis", "valkey", "hiredis"} == set()


@pytest.mark.parametrize("file", FILES)
def test_pandas_is_imported_by_commands_only_while_they_run(file: str) -> None:
    heavy = [found for found in imports_of(file) if found.package in ("pandas", "pyarrow", "matplotlib")]
    assert not any(found.at_start for found in heavy)
    assert heavy == [] or file.startswith((COMMANDS, f"{EVALUATION}/"))


@pytest.mark.parametrize("file", FILES)
def test_the_environment_is_read_where_a_process_starts(file: str) -> None:
    assert names_environment((ROOT / file).read_text()) == (file in READS_ENVIRONMENT)


def test_a_web_worker_does_not_load_what_only_commands_need() -> None:
    code = "import sys, wsgi; assert wsgi.app.url_map; print(*sys.modules)"
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=clean_environment(), capture_output=True, text=True, timeout=60
    )
    assert (result.returncode, result.stderr) == (0, "")
    loaded = {name.partition(".")[0] for name in result.stdout.split()}
    assert {"app", "recommender", "numpy"} <= loaded
    assert loaded & {"pandas", "pyarrow", "matplotlib", "tqdm", EVALUATION, "tests", "bench"} == set()
