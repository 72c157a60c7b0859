"""The SDK's files as the real server sends them, and that they are those that the repository has."""

import base64
import hashlib
import json

import pytest
import requests

from tests.servers import ROOT, RunningService

FOLDER = ROOT / "app" / "static" / "sdk"
VERSION = json.loads((FOLDER / "version.json").read_text())["version"]
SCRIPTS = ("shelflife.min.js", "shelflife.core.min.js")


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_page_may_pin_what_the_repository_has(service: RunningService, name: str) -> None:
    digests = requests.get(f"{service.url}/sdk/{VERSION}/integrity.json", timeout=10).json()
    for address in (f"/sdk/v1/{name}", f"/sdk/{VERSION}/{name}"):
        answer = requests.get(service.url + address, headers={"Origin": "https://www.shop.example"}, timeout=10)
        assert (answer.status_code, answer.content) == (200, (FOLDER / name).read_bytes())
        assert answer.headers["Content-Encoding"] == "gzip"
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert digests[name] == "sha384-" + base64.b64encode(hashlib.sha384(answer.content).digest()).decode()


def test_what_a_browser_has_is_not_sent_again(service: RunningService) -> None:
    address = f"{service.url}/sdk/v1/shelflife.min.js"
    tag = requests.get(address, timeout=10).headers["ETag"]
    for _ in range(4):  # whichever worker answers
        again = requests.get(address, headers={"If-None-Match": tag}, timeout=10)
        assert (again.status_code, again.content) == (304, b"")


def test_another_version_is_a_problem(service: RunningService) -> None:
    answer = requests.get(f"{service.url}/sdk/0.0.0/shelflife.min.js", timeout=10)
    assert (answer.status_code, answer.json()["code"]) == (404, "sdk_version_not_found")


def test_the_privacy_signal_has_its_page(service: RunningService) -> None:
    assert requests.get(f"{service.url}/.well-known/gpc.json", timeout=10).json()["gpc"] is True
