"""The storefront in a real Chromium, against the real service: one run for all, of which each test is a scenario.

It needs Node, Chromium and the packages of tests/browser (`npm ci` there); without them it is skipped. Pictures of the
pages are kept in the folder that SCREENSHOTS names.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Callable

import pytest

from tests.listeners import StreamProcess
from tests.processes import wait_until
from tests.servers import PATIENT, ROOT, RunningService
from tests.shops import catalogue_sizes

FOLDER = ROOT / "tests" / "browser"
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
SCENARIOS = ("first_visit", "buying", "sign_in", "lost_network", "closed_tab", "privacy", "appearance")
RUN_SECONDS = 110

Results = dict[str, str | None]


@pytest.fixture(scope="module")
def results(start_service: Callable[..., RunningService]) -> Results:
    """By scenario what went wrong; None where nothing did."""
    there = shutil.which("node"), shutil.which(CHROMIUM), (FOLDER / "node_modules" / "playwright-core").is_dir()
    if not all(there):
        pytest.skip("node, chromium, and `npm ci` in tests/browser are needed")
    service = start_service(**PATIENT)
    assert service.flask("load-sample").returncode == 0
    wait_until(lambda: len(set(catalogue_sizes(service.url))) == 1 and catalogue_sizes(service.url)[0] > 1900)
    stream = StreamProcess(service)
    stream.start()
    command = ["node", str(FOLDER / "shop.mjs"), service.url]
    run = subprocess.run(command, capture_output=True, text=True, timeout=RUN_SECONDS, env={**os.environ})
    stream.stop()
    service.stop()
    assert run.returncode == 0, run.stderr
    found: Results = json.loads(run.stdout)
    return found


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_shop_in_a_browser(results: Results, scenario: str) -> None:
    assert results[scenario] is None, results[scenario]


def test_every_scenario_is_looked_at(results: Results) -> None:
    assert results.keys() == set(SCENARIOS)
