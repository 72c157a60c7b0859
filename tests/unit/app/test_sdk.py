"""Serving the SDK's files: what each address says of caching, versions, origins and compression."""

import base64
import gzip
import hashlib
import json
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.logs import build_logger
from app.problems import register_problems
from app.service import Service
from app.views.sdk import build_sdk

SCRIPTS = {"shelflife.min.js": b"full();" * 200, "shelflife.core.min.js": b"core();" * 100}
NEWEST, PINNED, OTHER = "/sdk/v1/", "/sdk/3.2.1/", "/sdk/3.2.0/"
YEAR = "public, max-age=31536000, immutable"
DECLINED = ["", "identity", "br", "gzip;q=0"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder like that of the service's own files."""
    (tmp_path / "version.json").write_text('{"version": "3.2.1"}')
    for name, body in SCRIPTS.items():
        (tmp_path / name).write_bytes(body)
    return tmp_path


@pytest.fixture
def browser(folder: Path) -> FlaskClient:
    app = Service("tried")
    register_problems(app, build_logger("critical"))
    app.register_blueprint(build_sdk(folder))
    return app.test_client()


def digest(body: bytes) -> str:
    return "sha384-" + base64.b64encode(hashlib.sha384(body).digest()).decode()


def assert_any_origin(answer: TestResponse) -> None:
    assert answer.headers.getlist("Access-Control-Allow-Origin") == ["*"]
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"


@pytest.mark.parametrize("name", SCRIPTS)
@pytest.mark.parametrize(("base", "cache"), [(NEWEST, "public, max-age=300"), (PINNED, YEAR)])
def test_a_script_is_what_the_folder_has(browser: FlaskClient, base: str, cache: str, name: str) -> None:
    answer = browser.get(base + name)
    assert (answer.status_code, answer.data) == (200, SCRIPTS[name])
    assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert (answer.headers["Cache-Control"], answer.headers["Vary"]) == (cache, "Accept-Encoding")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert_any_origin(answer)


@pytest.mark.parametrize("accepted", ["gzip", "br, gzip;q=0.5", "*"])
def test_who_takes_gzip_gets_it(browser: FlaskClient, accepted: str) -> None:
    answer = browser.get(NEWEST + "shelflife.min.js", headers={"Accept-Encoding": accepted})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(answer.data) == SCRIPTS["shelflife.min.js"]
    assert len(answer.data) == int(answer.headers["Content-Length"]) < len(SCRIPTS["shelflife.min.js"])


@pytest.mark.parametrize("accepted", DECLINED)
def test_others_get_it_as_it_is(browser: FlaskClient, accepted: str) -> None:
    answer = browser.get(NEWEST + "shelflife.min.js", headers={"Accept-Encoding": accepted})
    assert "Content-Encoding" not in answer.headers
    assert answer.data == SCRIPTS["shelflife.min.js"]


def test_who_has_a_form_of_it_is_not_sent_it_again(browser: FlaskClient) -> None:
    address, tags = NEWEST + "shelflife.min.js", set()
    for accepted in ("gzip", "identity"):
        tag = browser.get(address, headers={"Accept-Encoding": accepted}).headers["ETag"]
        again = browser.get(address, headers={"Accept-Encoding": accepted, "If-None-Match": tag})
        assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
        assert again.headers["Cache-Control"] == "public, max-age=300"
        assert_any_origin(again)
        tags.add(tag)
    assert len(tags) == 2  # the bytes differ
    assert browser.get(address, headers={"If-None-Match": '"other"'}).status_code == 200


def test_a_tag_is_that_of_the_bytes(browser: FlaskClient, folder: Path) -> None:
    address = PINNED + "shelflife.min.js"
    before = browser.get(address).headers["ETag"]
    (folder / "shelflife.min.js").write_bytes(b"changed();")
    assert browser.get(address).headers["ETag"] == before  # what is served was read at the start
    app = Service("anew")
    app.register_blueprint(build_sdk(folder))
    assert app.test_client().get(address).headers["ETag"] != before


def test_integrity_is_that_of_both_scripts(browser: FlaskClient) -> None:
    answer = browser.get(PINNED + "integrity.json")
    assert answer.json == {name: digest(body) for name, body in SCRIPTS.items()}
    assert (answer.mimetype, answer.headers["Cache-Control"]) == ("application/json", YEAR)
    assert_any_origin(answer)


@pytest.mark.parametrize(
    "address", [*(OTHER + name for name in (*SCRIPTS, "integrity.json")), NEWEST + "integrity.json"]
)
def test_another_version_is_a_problem_that_names_the_one_there_is(browser: FlaskClient, address: str) -> None:
    answer = browser.get(address)
    problem = json.loads(answer.data)
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")
    assert problem["code"] == "sdk_version_not_found"
    assert "3.2.1" in problem["detail"]
    assert "Cache-Control" not in answer.headers  # a later service may have it


@pytest.mark.parametrize("address", ["/sdk/3.2.1/version.json", "/sdk/3.2.1/..%2Fversion.json", "/sdk/"])
def test_nothing_else_of_the_folder_is_served(browser: FlaskClient, address: str) -> None:
    answer = browser.get(address)
    assert (answer.status_code, json.loads(answer.data)["code"]) == (404, "not_found")


def test_head_has_the_headers_and_no_body(browser: FlaskClient) -> None:
    answer = browser.head(NEWEST + "shelflife.min.js")
    assert (answer.status_code, answer.data) == (200, b"")
    assert "ETag" in answer.headers


def test_the_privacy_signal_is_said_to_be_honoured(browser: FlaskClient) -> None:
    answer = browser.get("/.well-known/gpc.json")
    assert answer.json is not None
    assert (answer.json["gpc"], answer.mimetype) == (True, "application/json")


@pytest.mark.parametrize("missing", ["version.json", *SCRIPTS])
def test_a_service_without_the_files_does_not_start(folder: Path, missing: str) -> None:
    (folder / missing).unlink()
    with pytest.raises(FileNotFoundError, match=missing):
        build_sdk(folder)
