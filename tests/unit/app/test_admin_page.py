"""What the operator's page is made of: its own files and a chart library that is the published one."""

import hashlib
import json
import re
import shutil
import subprocess

import pytest

from app.views.admin import FOLDER
from tests.servers import ROOT

BROWSER = ROOT / "tests" / "browser"
VERSION = "1.6.32"
# SHA-256 of the files in the package of that version, whose own hash is in tests/browser/package-lock.json.
PUBLISHED = {
    "uPlot.iife.min.js": "19c8d4c6ad88929a79f4ae49d6f7161566dfd0ba3d15cc495e974f787eb78f1f",
    "uPlot.min.css": "df630c6a8d6f8eeaff264b50f73ce5b114f646ffd9a0bb74f049b0a00135fa04",
}
PURE_TESTS = ("admin_numbers.test.mjs", "admin_history.test.mjs", "admin_entries.test.mjs")


def test_the_chart_library_is_the_published_one() -> None:
    vendor = FOLDER / "vendor"
    hashes = {name: hashlib.sha256((vendor / name).read_bytes()).hexdigest() for name in PUBLISHED}
    assert hashes == PUBLISHED
    assert {path.name for path in vendor.iterdir()} == {*PUBLISHED, "uPlot.LICENSE"}
    assert "MIT License" in (vendor / "uPlot.LICENSE").read_text()
    assert f"v{VERSION}" in (vendor / "uPlot.iife.min.js").read_text()[:200]


def test_the_tests_know_the_same_version_of_it() -> None:
    assert json.loads((BROWSER / "package.json").read_text())["devDependencies"]["uplot"] == VERSION


def test_the_page_has_nothing_inline_and_names_only_files_that_there_are() -> None:
    page = (FOLDER / "index.html").read_text()
    assert re.findall(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", page) == []
    named = re.findall(r"""(?:src|href)=["'](/admin/[^"']+)["']""", page)
    assert len(named) == 4
    assert all((FOLDER / name.removeprefix("/admin/")).is_file() for name in named)


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.js")), ids=lambda path: path.name)
def test_a_module_makes_no_markup_of_text_and_asks_only_this_service(path: object) -> None:
    source = (FOLDER / str(path)).read_text()
    assert re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|https?://", source) == []
    imported = re.findall(r'from "([^"]+)"', source)
    assert all(name.startswith("./") and (FOLDER / name).is_file() for name in imported)


def test_what_the_page_reckons() -> None:
    """The tests in JavaScript, of the modules that need no browser."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs node")
    done = subprocess.run([node, "--test", *PURE_TESTS], cwd=BROWSER, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout
