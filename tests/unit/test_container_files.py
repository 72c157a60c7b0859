"""What the container files promise, read from the files: there is no container engine in the tests."""

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.servers import ROOT

INSTRUCTION = re.compile(r"^([A-Z]+) (.*)$")


def parse_dockerfile(text: str) -> list[tuple[str, str]]:
    joined = re.sub(r"\\\n\s*", "", text)
    return [match.groups() for line in joined.splitlines() if (match := INSTRUCTION.match(line))]  # type: ignore[misc]


@pytest.fixture(scope="module")
def stages() -> list[list[tuple[str, str]]]:
    """The instructions of each stage."""
    found: list[list[tuple[str, str]]] = []
    for name, value in parse_dockerfile((ROOT / "Dockerfile").read_text()):
        if name == "FROM":
            found.append([])
        found[-1].append((name, value))
    return found


@pytest.fixture(scope="module")
def final(stages: list[list[tuple[str, str]]]) -> dict[str, str]:
    """The last value of each instruction of the image that is shipped."""
    return dict(stages[-1])


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    return dict(yaml.safe_load((ROOT / "compose.yaml").read_text())["services"])


def test_the_shipped_stage_builds_nothing(stages: list[list[tuple[str, str]]]) -> None:
    assert len(stages) == 2
    assert all(stage[0][1].startswith("python:3.11-slim") for stage in stages)
    assert not any("pip" in value for name, value in stages[1] if name == "RUN")


def test_runs_as_an_ordinary_user_after_everything_is_in_place(stages: list[list[tuple[str, str]]]) -> None:
    names = [name for name, _ in stages[-1]]
    assert ("USER", "10001") in stages[-1]
    assert not {"COPY", "ADD", "RUN"} & set(names[names.index("USER") :])


def test_gunicorn_is_process_one_and_is_stopped_by_sigterm(final: dict[str, str]) -> None:
    assert "ENTRYPOINT" not in final
    assert json.loads(final["CMD"]) == ["python", "-m", "gunicorn", "-c", "gunicorn.conf.py", "wsgi:app"]
    assert final["STOPSIGNAL"] == "SIGTERM"


def test_health_check_is_python_that_asks_livez(final: dict[str, str]) -> None:
    python, option, code = json.loads(final["HEALTHCHECK"].partition("CMD ")[2])
    assert (python, option) == ("python", "-c")
    ast.parse(code)
    assert "/livez" in code and "PORT" in code


def test_listens_on_every_interface_and_writes_only_below_tmp_and_the_volume(final: dict[str, str]) -> None:
    env = dict(pair.split("=", 1) for pair in final["ENV"].split())
    assert env["HOST"] == "0.0.0.0"
    assert env["PYTHONDONTWRITEBYTECODE"] == "1"
    assert Path(env["HOME"]).is_relative_to("/tmp")
    assert env["SHELFLIFE_VAR_DIR"] == "/var/lib/shelflife"


def test_kernels_are_compiled_into_the_image_for_any_processor(final: dict[str, str]) -> None:
    assert final["ENV"]
    text = (ROOT / "Dockerfile").read_text()
    assert text.index("NUMBA_CPU_NAME=generic") < text.index("-m learner.warm") < text.index("USER 10001")


def test_the_stream_process_finds_the_web_server_and_is_found(services: dict[str, Any]) -> None:
    stream, app = services["stream"], services["app"]
    assert stream["command"][-1] == "stream"
    assert stream["volumes"] == app["volumes"]
    assert {**stream["environment"], **app["environment"]} == stream["environment"]
    assert stream["environment"]["SHELFLIFE_STREAM_WEB_URL"] == "http://app:8000"


def test_web_server_and_learner_share_the_model(services: dict[str, Any]) -> None:
    for name in ("app", "learner"):
        assert services[name]["volumes"] == ["model:/var/lib/shelflife"]
        assert services[name]["environment"]["SHELFLIFE_VAR_DIR"] == "/var/lib/shelflife"


def test_every_file_that_the_image_needs_is_let_in() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    allowed = {line[1:] for line in lines if line.startswith("!")}
    assert "*" in lines
    assert allowed == {
        *("app", "evaluation", "learner", "recommender", "profiles", "events"),
        *("config.py", "wsgi.py", "gunicorn.conf.py", "requirements.txt"),
    }
    assert [name for name in allowed if not (ROOT / name).exists()] == []


def test_nothing_of_it_is_left_out_again_such_as_files_for_browsers() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert [line for line in lines if line and not line.startswith(("!", "#"))] == ["*", "**/__pycache__"]


@pytest.mark.parametrize("name", ["app", "learner"])
def test_own_containers_wait_for_the_store_and_cannot_write(services: dict[str, Any], name: str) -> None:
    service = services[name]
    assert service["depends_on"] == {"store": {"condition": "service_healthy"}}
    assert service["read_only"] is True
    assert service["tmpfs"] == ["/tmp"]
    assert service["environment"]["REDIS_URL"] == "redis://store:6379/0"


def test_the_learner_is_not_asked_for_a_web_page(services: dict[str, Any]) -> None:
    assert services["learner"]["command"][-1] == "learn"
    assert services["learner"]["healthcheck"] == {"disable": True}


def test_the_store_keeps_what_it_acknowledged(services: dict[str, Any]) -> None:
    command = services["store"]["command"][1:]
    options = dict(zip(command[::2], command[1::2], strict=True))
    assert options["--appendonly"] == "yes"
    assert options["--appendfsync"] == "always"
    assert options["--maxmemory-policy"] == "noeviction"
    assert services["store"]["volumes"] == ["store:/data"]
    assert "PONG" in services["store"]["healthcheck"]["test"][1]


def test_requirements_are_pinned_and_name_no_index() -> None:
    for path in ROOT.glob("requirements*.txt"):
        lines = [line for line in path.read_text().splitlines() if line and not line.lstrip().startswith("#")]
        assert [line for line in lines if not re.match(r"^[a-z0-9.-]+==[^ ]+( ; .+)?$", line)] == [], path.name
