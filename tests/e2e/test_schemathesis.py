"""Requests made from the service's own description, good and bad: no 5xx, and no answer that it does not describe."""

from collections.abc import Callable, Iterator
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import msgspec
import pytest
import requests
import schemathesis
from schemathesis.specs.openapi import checks

from app.openapi import build_openapi
from app.operations import OPERATIONS
from tests.servers import PATIENT, RunningService
from tests.shops import track

EXAMPLES = 12  # for each operation, beside those that are derived from the description one by one
# What is told in the description is checked; that everything else be refused is not, for much is understood
# that it does not name (docs/events.md), and some of what fits it makes no sense (an event on no product).
CHECKS = [
    schemathesis.checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.response_headers_conformance,
    checks.unsupported_method,
]
CONFIG = schemathesis.Config.from_dict({"generation": {"max-examples": EXAMPLES, "deterministic": True}})
DESCRIPTION = schemathesis.openapi.from_dict(build_openapi(), config=CONFIG)
# An operation's other addresses lead to the same view.
# An answer that does not end is read in test_stream.py.
TESTED = DESCRIPTION.exclude(path=[*(path for operation in OPERATIONS for path in operation.paths[1:]), "/v1/stream"])


@schemathesis.serializer("application/x-ndjson")
def write_lines(_: schemathesis.SerializationContext, value: Any) -> bytes:
    """Each element of a list on a line of its own."""
    return b"\n".join(msgspec.json.encode(item) for item in (value if isinstance(value, list) else [value]))


@pytest.fixture(scope="module")
def fuzzed(start_service: Callable[..., RunningService]) -> Iterator[RunningService]:
    """A service of its own, because it is filled with nonsense; it knows the examples of the description."""
    service = start_service(**PATIENT)
    requests.put(f"{service.url}/v1/products/p0001", json={"name": "Kettle", "category": "Kitchen"}, timeout=10)
    for who in ({"user_id": "u1"}, {"anonymous_id": "b1"}):
        track(service.url, {"event_type": "rating", "rating": 4, "product_id": "p0001", "category": "Kitchen", **who})
    yield service
    service.stop()


@pytest.fixture(scope="module")
def session() -> Iterator[requests.Session]:
    """One connection for all requests; without cookies, so that every request is on its own."""
    with requests.Session() as session:
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        yield session


def test_the_service_serves_this_description(fuzzed: RunningService) -> None:
    assert requests.get(f"{fuzzed.url}/openapi.json", timeout=10).content == msgspec.json.encode(build_openapi())
    described = {f"{operation.method.upper()} {path}" for operation in OPERATIONS for path in operation.paths}
    assert {operation.label for path in DESCRIPTION for operation in DESCRIPTION[path].values()} == described


@TESTED.parametrize()
def test_every_answer_is_described(
    case: schemathesis.Case[Any], fuzzed: RunningService, session: requests.Session
) -> None:
    case.call_and_validate(base_url=fuzzed.url, session=session, checks=CHECKS)
