"""The storefront in a real Chromium, against the real service: one run for all, of which each test is a scenario.

It needs Node, Chromium and the packages of tests/browser (`npm ci` there); without them it is skipped. Pictures of the
pages are kept in the folder that SCREENSHOTS names.
"""

from collections.abc import Callable

import pytest

from tests.browsers import need_chromium, run_script
from tests.listeners import StreamProcess
from tests.processes import wait_until
from tests.servers import PATIENT, RunningService
from tests.shops import catalogue_sizes

VISITS = ("first_visit", "buying", "sign_in", "lost_network", "closed_tab", "privacy")
LOOKS = ("light", "dark", "narrow")
SCENARIOS = (*VISITS, *LOOKS)

Results = dict[str, str | None]


@pytest.fixture(scope="module")
def results(start_service: Callable[..., RunningService]) -> Results:
    """By scenario what went wrong; None where nothing did."""
    need_chromium()
    service = start_service(**PATIENT)
    assert service.flask("load-sample").returncode == 0
    wait_until(lambda: len(set(catalogue_sizes(service.url))) == 1 and catalogue_sizes(service.url)[0] > 1900)
    stream = StreamProcess(service)
    stream.start()
    try:
        found: Results = run_script("shop.mjs", service.url)
    finally:
        stream.stop()
        service.stop()
    return found


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_shop_in_a_browser(results: Results, scenario: str) -> None:
    assert results[scenario] is None, results[scenario]


def test_every_scenario_is_looked_at(results: Results) -> None:
    assert results.keys() == set(SCENARIOS)
