"""The documentation names everything there is to know by name, and nothing that does not exist."""

import ast
import json
import re
from collections.abc import Iterator

import click
import pytest
from flask import Flask

from app import asking
from app.factory import create_app
from app.metrics import Metrics
from app.operations import OPERATIONS
from config import Settings, describe, env_name
from events import fields
from events.normalise import Arrival, normalise
from events.taxonomy import squash
from recommender import product
from tests.examples import NOW, RULES, TAXONOMY
from tests.servers import ROOT

DOCS = ROOT / "docs"
SDK_FILES = ("shelflife.min.js", "shelflife.core.min.js")
# Served for people and their browsers, so the machine-readable description leaves them out.
PAGES = {"GET /", "GET /docs/", "GET /docs/{path}", "GET /openapi.json"}
PAGES |= {f"GET /sdk/{version}/{name}" for version in ("v1", "{version}") for name in SDK_FILES}
PAGES |= {"GET /sdk/{version}/integrity.json", "GET /.well-known/gpc.json"}
PAGES |= {f"GET {path}" for path in ("/c/{category}", "/p/{product_id}", "/products/{product_id}", "/shop/{name}")}
PAGES |= {f"GET /{name}" for name in ("cart", "checkout", "wishlist", "search", "sign-in")}
PAGES |= {"GET /admin", "GET /admin/{path}"}
CODE_ERRORS = {"FieldError", "BodyError", "BodyTooLarge", "NotFound", "EventProblem"}
# These fields hold others, whose names the errors bear, or are never refused.
UNNAMED_FIELDS = {"items", "categories", "user_agent"}


def read(name: str) -> str:
    return (DOCS / name).read_text()


def table(name: str, head: str) -> dict[str, list[str]]:
    """Rows of the page's tables whose head begins with `head`: the other cells by the name in the first one."""
    found: dict[str, list[str]] = {}
    for block in re.findall(r"(?:^\|.*\n)+", read(name), re.MULTILINE):
        lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in block.splitlines()]
        if block.startswith(head):
            found.update({ticked(cells[0])[0]: cells[1:] for cells in lines[2:] if ticked(cells[0])})
    assert found, f"{name} has no table that begins with {head}"
    return found


def ticked(text: str) -> list[str]:
    """What stands between backticks."""
    return re.findall(r"`([^`]+)`", text)


@pytest.fixture(scope="module")
def app() -> Flask:
    return create_app(Settings())


def routes(app: Flask) -> set[str]:
    """Every method and address, such as `GET /v1/users/{user_id}`."""
    return {
        f"{method} " + re.sub(r"<(?:path:)?(.+?)>", r"{\1}", rule.rule)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def test_every_setting_has_its_row() -> None:
    documented = table("settings.md", "| Variable | Default |")
    assert documented.keys() == {env_name(field) for field in Settings.__struct_fields__}
    for field in Settings.__struct_fields__:
        default, _, meaning = documented[env_name(field)]
        value = str(getattr(Settings(), field))
        assert ticked(default) == ([value] if value else []), field
        assert meaning == describe(field)


def test_no_page_speaks_of_a_setting_that_there_is_not() -> None:
    known = {env_name(field) for field in Settings.__struct_fields__}
    for page in [*DOCS.rglob("*.md"), ROOT / "README.md", ROOT / "compose.yaml", ROOT / "Dockerfile"]:
        named = {name.removesuffix("_FILE") for name in re.findall(r"SHELFLIFE_[A-Z_]*[A-Z]", page.read_text())}
        assert named <= known, page


def test_every_metric_has_its_row() -> None:
    exposed = re.findall(r"^# TYPE (\S+) (\S+)$", Metrics("0", "").render().decode(), re.MULTILINE)
    documented = [(name, cells[0]) for name, cells in table("metrics.md", "| Metric |").items()]
    # Only a process on its own adds when each series was created.
    assert sorted(documented) == sorted(pair for pair in exposed if not pair[0].endswith("_created"))


def test_every_log_line_has_its_row() -> None:
    written = {name for call, name in constant_calls() if call in ("debug", "info", "warning", "error", "exception")}
    assert {"event_rejected", "learner_started"} <= written
    assert written <= table("metrics.md", "| `event` |").keys()


def test_every_route_is_in_the_page_and_in_the_description(app: Flask) -> None:
    described = {f"{operation.method.upper()} {path}" for operation in OPERATIONS for path in operation.paths}
    assert table("api.md", "| Route |").keys() | {"GET /docs/{path}"} == routes(app)
    assert described == routes(app) - PAGES


def test_every_status_of_an_operation_is_in_its_row() -> None:
    documented = table("api.md", "| Route |")
    for operation in OPERATIONS:
        statuses = ", ".join(str(status) for status in sorted({*operation.answers, *operation.problems}))
        for path in operation.paths:
            assert documented[f"{operation.method.upper()} {path}"][1] == statuses


def test_every_event_type_has_its_row() -> None:
    documented = table("events.md", "| Type | Weight |")
    assert documented.keys() == {row.type for row in TAXONOMY.types}
    for row in TAXONOMY.types:
        weight, _, _, recent, marks, aliases = documented[row.type]
        assert (float(weight), recent == "yes", ticked(aliases)) == (row.weight, row.recent, list(row.aliases))
        assert {f"{name} = {value:g}" for name, value in row.marks.items()} <= {*marks.split("; ")}


@pytest.mark.parametrize(
    ("page", "head", "aliases"),
    [
        ("events.md", "| Field | Names that mean it", fields.ALIASES),
        ("catalogue.md", "| Field | Names that mean it", product.ALIASES),
        ("api.md", "| Field | Other names |", asking.ALIASES),
    ],
)
def test_every_name_of_a_field_is_in_the_page(page: str, head: str, aliases: dict[str, tuple[str, ...]]) -> None:
    documented = {field: ticked(cells[0]) for field, cells in table(page, head).items()}
    itself = 1 if "Other" in head else 0
    assert documented == {field: [*names[itself:]] for field, names in aliases.items()}


def test_every_name_that_is_not_kept_is_in_the_page() -> None:
    listed = read("privacy.md").partition("fields named")[2].partition("are dropped")[0]
    assert {squash(name) for name in ticked(listed)} == fields.PRIVATE


def test_every_direct_dependency_has_its_row() -> None:
    listed = "\n".join(path.read_text() for path in ROOT.glob("requirements*.in"))
    named = {name.lower() for name in re.findall(r"^([A-Za-z][\w.-]*)", listed, re.MULTILINE)}
    for package in (*ROOT.glob("*/package.json"), *ROOT.glob("tests/*/package.json")):
        described = json.loads(package.read_text())
        named |= {*described.get("dependencies", {}), *described.get("devDependencies", {})}
    cells = re.findall(r"^\| (`.+?) \|", read("dependencies.md").partition("## Considered")[0], re.MULTILINE)
    assert {"flask", "pyarrow", "schemathesis"} <= named
    assert named == {name for cell in cells for name in ticked(cell)}


def test_every_error_code_is_in_the_page() -> None:
    constant = {name for call, name in constant_calls() if call in CODE_ERRORS}
    named = {f"invalid_{name}" for call, name in constant_calls(position=1) if call.startswith("parse_")}
    known = {*fields.ALIASES, *product.ALIASES, *asking.ALIASES} - UNNAMED_FIELDS
    raised = constant | named | {f"invalid_{field}" for field in known} | set(missing_codes())
    assert {"product_not_found", "invalid_at", "missing_rating", "missing_previous_id", "too_many_events"} <= raised
    documented = {code for line in read("errors.md").splitlines() if line.startswith("|") for code in ticked(line)}
    assert raised <= documented


def test_every_command_and_option_is_in_the_docs(app: Flask) -> None:
    readme = (ROOT / "README.md").read_text()
    pages = "".join(read(page) for page in ("import.md", "catalogue.md", "evaluation.md", "models.md"))
    for name, command in app.cli.commands.items():
        assert f"`flask --app wsgi {name}" in readme
        within = command.commands if isinstance(command, click.Group) else {}
        assert [inner for inner in within if f"{name} {inner}" not in readme + pages] == []
        parts = [command, *within.values()]
        options = [flag for part in parts for param in part.params if is_option(param) for flag in param.opts]
        assert [flag for flag in options if not re.search(rf"`{flag}\b", pages)] == []


def is_option(param: click.Parameter) -> bool:
    return isinstance(param, click.Option)


def missing_codes() -> Iterator[str]:
    """The code that each type's event is refused with when it says nothing but who, or not even that."""
    arrival = Arrival(NOW, str)
    for row in TAXONOMY.types:
        for about in ({}, {"user_id": "u"}, {"user_id": "u", "product_id": "p"}):
            yield from (problem.code for problem in normalise([{"type": row.type, **about}], arrival, RULES).problems)


def constant_calls(position: int = 0) -> Iterator[tuple[str, str]]:
    """Name of the function, and the text at `position` (or `code=`), of every call in the service that has one."""
    for source in _sources():
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call):
                name = ast.unparse(node.func).rpartition(".")[2]
                given = node.args[position : position + 1] + [k.value for k in node.keywords if k.arg == "code"]
                yield from ((name, a.value) for a in given if isinstance(a, ast.Constant) and isinstance(a.value, str))


def _sources() -> Iterator[str]:
    for room in ("events", "profiles", "recommender", "learner", "app"):
        yield from (path.read_text() for path in (ROOT / room).rglob("*.py"))
