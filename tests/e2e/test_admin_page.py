"""The operator's page in a real Chromium, against the real service. Screenshots stay in var/screenshots."""

import json
import os
import shutil
import subprocess

import pytest
import requests

from tests.servers import ROOT, RunningService
from tests.shops import track

BROWSER = ROOT / "tests" / "browser"
SCREENSHOTS = ROOT / "var" / "screenshots"
PRODUCTS = [{"product_id": f"admin-page-{n}", "name": f"Lamp {n}", "category": "Lamps"} for n in range(1, 6)]


@pytest.fixture(scope="module")
def chromium() -> str:
    """The path of Debian's browser, where it and the packages of tests/browser are installed."""
    found = shutil.which("chromium")
    missing = [
        name
        for name, there in {
            "chromium": found,
            "node": shutil.which("node"),
            "npm ci --prefix tests/browser": (BROWSER / "node_modules" / "axe-core").exists(),
        }.items()
        if not there
    ]
    if missing or found is None:
        pytest.skip(f"needs {', '.join(missing)}")
    return found


def test_the_page_works_in_every_look(service: RunningService, chromium: str) -> None:
    """No error, nothing from outside, nothing wider than the window, no serious finding of axe, all by keyboard."""
    assert track(service.url, PRODUCTS, "/v1/products/batch")["accepted"] == len(PRODUCTS)
    # The longest of the routes that one can choose from.
    assert requests.get(f"{service.url}/v1/products/admin-page-1/bought-together", timeout=10).ok
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    command = ["node", "admin_page.mjs", service.url, str(SCREENSHOTS)]
    env = {**os.environ, "CHROMIUM": chromium}
    done = subprocess.run(command, cwd=BROWSER, env=env, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found.keys() == {"light-1280", "dark-1280", "light-390", "dark-390"}
    wrong = {look: {kind: problems for kind, problems in kinds.items() if problems} for look, kinds in found.items()}
    assert wrong == {look: {} for look in found}
