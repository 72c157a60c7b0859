"""What tests in a browser need: Node, Chromium, and the packages of tests/browser (`npm ci` there)."""

import json
import os
import shutil
import subprocess
from typing import Any

import pytest

from tests.servers import ROOT

BROWSER = ROOT / "tests" / "browser"
CHROMIUM = os.environ.get("CHROMIUM", "chromium")
RUN_SECONDS = 110


def need_node() -> None:
    """Skip where Node or the packages are missing, or fail where these tests are wanted (SHELFLIFE_NODE_TESTS=1)."""
    if shutil.which("node") is None:
        _refuse("there is no node")
    if not (BROWSER / "node_modules" / "playwright-core").is_dir():
        _refuse("there are no packages: npm ci --prefix tests/browser")


def need_chromium() -> None:
    """The same where any of it or the browser is missing."""
    need_node()
    if shutil.which(CHROMIUM) is None:
        _refuse("there is no chromium")


def run_script(script: str, *arguments: str) -> Any:
    """What a script of tests/browser prints as JSON."""
    env = {**os.environ, "CHROMIUM": shutil.which(CHROMIUM) or ""}
    command = ["node", script, *arguments]
    done = subprocess.run(command, cwd=BROWSER, env=env, timeout=RUN_SECONDS, text=True, capture_output=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


def _refuse(missing: str) -> None:
    if os.environ.get("CI") == "true" and os.environ.get("SHELFLIFE_NODE_TESTS") == "1":
        pytest.fail(missing)
    pytest.skip(missing)
