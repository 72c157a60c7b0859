"""The OpenAPI 3.1 description: operations from `operations.py`, schemas from the types that answers are made of."""

from collections.abc import Mapping
from typing import Any

import msgspec

from app.operations import DESCRIPTIONS, OPERATIONS, Operation
from app.problems import Problem
from app.version import VERSION

PROBLEMS = {
    400: "The body cannot be read.",
    404: "There is no such thing.",
    405: "The address knows other methods.",
    413: "The body, an event, or the number of events is over its limit.",
    415: "The body is in a type or encoding that is not understood.",
    422: "A field cannot be used; the problem says which and why.",
    503: "The store, or the stream, does not answer; try again after Retry-After.",
}
_REF = "#/components/schemas/{name}"


def build_openapi() -> dict[str, Any]:
    """The document, as JSON-compatible values."""
    types = {kind for operation in OPERATIONS for answer in operation.answers.values() for kind in _kinds(answer)}
    ordered = sorted({*types, Problem}, key=lambda kind: kind.__name__)
    schemas, components = msgspec.json.schema_components(ordered, schema_hook=_any_schema, ref_template=_REF)
    refs = dict(zip(ordered, schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        described = _describe(operation, refs)
        for path in operation.paths:
            first = path == operation.paths[0]
            named = {**described, "operationId": described["operationId"] + ("" if first else path.replace("/", "_"))}
            paths.setdefault(path, {})[operation.method] = named
    return {
        "openapi": "3.1.0",
        "info": {"title": "Shelflife", "version": VERSION, "description": DESCRIPTIONS["service"]},
        "paths": paths,
        "components": {"schemas": components},
    }


def _describe(operation: Operation, refs: Mapping[type, Any]) -> dict[str, Any]:
    responses = {str(status): _answer(operation, status, refs) for status in operation.answers}
    for status in operation.problems:
        content = {"application/problem+json": {"schema": refs[Problem]}}
        responses[str(status)] = {"description": PROBLEMS[status], "content": content}
    described: dict[str, Any] = {
        "operationId": operation.name,
        "tags": [operation.tag],
        "summary": operation.summary,
        "responses": responses,
    }
    if operation.parameters:
        described["parameters"] = list(operation.parameters)
    if operation.body is not None:
        media: dict[str, Any] = {"schema": operation.body}
        if operation.examples:
            media["examples"] = {name: {"value": value} for name, value in operation.examples.items()}
        described["requestBody"] = {
            "required": operation.body_required,
            "content": dict.fromkeys(operation.media, media),
        }
    return described


def _answer(operation: Operation, status: int, refs: Mapping[type, Any]) -> dict[str, Any]:
    kinds = _kinds(operation.answers[status])
    if not kinds and not operation.answer_media:
        return {"description": operation.summary}
    schemas = [refs[kind] for kind in kinds] or [{"type": "string"}]
    schema = schemas[0] if len(schemas) == 1 else {"anyOf": schemas}
    media = operation.answer_media or "application/json"
    return {"description": operation.summary, "content": {media: {"schema": schema}}}


def _any_schema(kind: type) -> dict[str, Any]:
    """`object` in an annotation stands for any JSON value."""
    if kind is object:
        return {"description": "Any JSON value."}
    raise NotImplementedError


def _kinds(answer: Any) -> tuple[type, ...]:
    return answer if isinstance(answer, tuple) else () if answer is None else (answer,)
