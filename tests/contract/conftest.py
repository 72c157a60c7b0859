"""Fixtures of the contract suites."""

import pytest

from tests.logs import InMemory, InRedis, Logged, MakeLog
from tests.servers import STORE_KINDS


@pytest.fixture(params=["memory", *STORE_KINDS])
def make_log(request: pytest.FixtureRequest) -> MakeLog:
    if request.param == "memory":
        return InMemory
    url = request.getfixturevalue("store_urls")(request.param)
    return lambda **values: InRedis(url, **values)


@pytest.fixture
def logged(make_log: MakeLog) -> Logged:
    return make_log()
