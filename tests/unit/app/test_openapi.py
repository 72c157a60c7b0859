"""The description holds together in itself; that answers are as it says is for tests/e2e/test_schemathesis.py."""

import json
import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from app.openapi import PROBLEMS, build_openapi
from app.operations import OPERATIONS
from app.problems import Problem
from app.version import VERSION
from events.decode import Limits, decode_events
from events.normalise import normalise
from tests.examples import ARRIVAL, RULES

DOCUMENT: dict[str, Any] = json.loads(msgspec.json.encode(build_openapi()))
DESCRIBED = [
    pytest.param(path, described, id=f"{method} {path}")
    for path, methods in DOCUMENT["paths"].items()
    for method, described in methods.items()
]


def walk(value: Any) -> Iterator[Any]:
    """A JSON value and all that is in it."""
    yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from walk(inner)


def test_it_says_what_it_is() -> None:
    assert DOCUMENT["openapi"] == "3.1.0"
    assert DOCUMENT["info"]["version"] == VERSION


def test_every_reference_leads_somewhere() -> None:
    found = {value["$ref"] for value in walk(DOCUMENT) if isinstance(value, dict) and "$ref" in value}
    known = {f"#/components/schemas/{name}" for name in DOCUMENT["components"]["schemas"]}
    assert found <= known
    assert {f"#/components/schemas/{name}" for name in ("Problem", "Recommendations", "TrackedOne")} <= found


def test_every_operation_has_a_name_of_its_own() -> None:
    names = [value["operationId"] for value in walk(DOCUMENT) if isinstance(value, dict) and "operationId" in value]
    assert len(names) == len(set(names)) == sum(len(operation.paths) for operation in OPERATIONS)
    assert all(re.fullmatch(r"\w+", name) for name in names)


@pytest.mark.parametrize(("path", "described"), DESCRIBED)
def test_every_parameter_in_a_path_is_described(path: str, described: dict[str, Any]) -> None:
    named = [p["name"] for p in described.get("parameters", []) if p["in"] == "path" and p["required"]]
    assert named == re.findall(r"{(\w+)}", path)
    everything = [(p["in"], p["name"]) for p in described.get("parameters", [])]
    assert len(everything) == len(set(everything))


@pytest.mark.parametrize(("path", "described"), DESCRIBED)
def test_every_problem_is_a_problem_document(path: str, described: dict[str, Any]) -> None:
    assert any(status < "300" for status in described["responses"])
    for status, response in described["responses"].items():
        assert response["description"]
        if status >= "400" and path != "/readyz":
            assert response["description"] == PROBLEMS[int(status)]
            (media,) = response["content"]
            assert media == "application/problem+json"
            assert response["content"][media]["schema"] == {"$ref": "#/components/schemas/Problem"}


def test_a_problem_is_described_with_all_its_fields() -> None:
    schema = DOCUMENT["components"]["schemas"]["Problem"]
    assert schema["properties"].keys() == {*Problem.__struct_fields__}
    assert {"type", "title", "status", "code", "detail", "instance"} == set(schema["required"])


def test_examples_of_events_are_understood() -> None:
    limits = Limits(10_000, 10_000, 10)
    for operation in OPERATIONS:
        if operation.tag == "events":
            for name, example in operation.examples.items():
                raw = decode_events(msgspec.json.encode(example), limits)
                raw = [{"type": operation.name, **one} for one in raw if isinstance(one, dict)]
                result = normalise(raw, ARRIVAL, RULES)
                assert (result.problems, len(result.events)) == ([], 1), name
