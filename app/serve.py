"""`python -m app.serve`, or `make run`: the whole service on one machine, one process looking after the rest."""

import http.client
import os
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from app.embedded_store import EmbeddedStore, StoreError, find_binary
from app.supervisor import Command, Service, Supervisor, say
from config import Settings, SettingsError
from recommender.kernel_cache import are_compiled

READY_TIMEOUT_SECONDS = 60.0
# gunicorn.conf.py lets requests finish for 25 s; after that it ends its workers itself.
WEB_STOP_SECONDS = 30.0
# The learner keeps its model before it ends: about two seconds per GB.
LEARNER_STOP_SECONDS = 60.0
STREAM_STOP_SECONDS = 5.0

FLASK = [sys.executable, "-m", "flask", "--app", "wsgi"]
GUNICORN = [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "wsgi:app"]


class CannotServe(RuntimeError):
    """Raised when the service cannot be started; the message says why and what to do."""


def main(environ: Mapping[str, str]) -> int:
    """Run the service until a signal ends it. Returns the exit code."""
    supervisor = Supervisor()
    supervisor.stop_on_signals()
    try:
        settings = Settings.from_env(environ)
        check_port_is_free(settings)
        return _serve(supervisor, settings, environ)
    except (SettingsError, StoreError, CannotServe) as error:
        sys.stderr.write(f"shelflife: {error}\n")
        return 1
    finally:
        supervisor.stop_all()


def _serve(supervisor: Supervisor, settings: Settings, environ: Mapping[str, str]) -> int:
    env = {**environ, "PYTHONUNBUFFERED": "1"}
    if not names_a_store(environ):
        store = EmbeddedStore(Path(settings.var_dir), settings.store_fsync, find_binary())
        supervisor.start(store)
        env["REDIS_URL"] = store.url
    # The folder of metrics is the web workers' own: they create and empty it.
    command_env = {name: value for name, value in env.items() if name != "PROMETHEUS_MULTIPROC_DIR"}
    _compile_kernels(supervisor, command_env)
    loaded = supervisor.run([*FLASK, "load-sample"], command_env)
    if supervisor.stopping:
        return 0
    if loaded != 0:
        raise CannotServe("the sample catalogue could not be loaded; the reason is above.")
    supervisor.start(Command("learner", [*FLASK, "learn"], command_env, LEARNER_STOP_SECONDS))
    supervisor.start(Command("stream", [*FLASK, "stream"], command_env, STREAM_STOP_SECONDS))
    supervisor.start(Command("web server", GUNICORN, env, WEB_STOP_SECONDS), vital=True)
    code = _wait_until_ready(supervisor, settings)
    if code is None:
        say(render_banner(settings, supervisor.services))
        code = supervisor.watch()
    return code or 0


def _compile_kernels(supervisor: Supervisor, env: Mapping[str, str]) -> None:
    """Once for each version of the code: without it all processes would compile the same at once."""
    if are_compiled(env.get("NUMBA_CACHE_DIR")):
        return
    say("Compiling the kernels of this version: half a minute, once.")
    if supervisor.run([sys.executable, "-m", "learner.warm"], env) != 0 and not supervisor.stopping:
        raise CannotServe("the kernels could not be compiled; the reason is above.")


def _wait_until_ready(supervisor: Supervisor, settings: Settings) -> int | None:
    """None when ready; the exit code when something else came first. Raises CannotServe after a while."""
    deadline = time.monotonic() + READY_TIMEOUT_SECONDS

    def is_ready_in_time() -> bool:
        if time.monotonic() > deadline:
            raise CannotServe(f"{base_url(settings)}/readyz was not ready in {READY_TIMEOUT_SECONDS:g} seconds.")
        return is_ready(settings)

    return supervisor.watch(until=is_ready_in_time)


def names_a_store(environ: Mapping[str, str]) -> bool:
    """Whether the environment says which Redis to use, by value or by file."""
    return bool(environ.get("REDIS_URL") or environ.get("REDIS_URL_FILE"))


def check_port_is_free(settings: Settings) -> None:
    """Say what is wrong with the address before anything is started.

    Raises:
        CannotServe: another program has the port, or this machine has no such address.
    """
    try:
        for family, kind, protocol, _, address in socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM
        ):
            with socket.socket(family, kind, protocol) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(address)
    except OSError as error:
        raise CannotServe(
            f"cannot listen on {settings.host}:{settings.port}: {error.strerror}. "
            f"Choose another port with PORT, for example PORT={settings.port % 65535 + 1} make run."
        ) from None


def base_url(settings: Settings) -> str:
    """Where a client on this machine finds the service."""
    return f"http://{_bracketed(_local_host(settings))}:{settings.port}"


def is_ready(settings: Settings) -> bool:
    """Whether the service answers `/readyz` with 200."""
    connection = http.client.HTTPConnection(_local_host(settings), settings.port, timeout=1.0)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def render_banner(settings: Settings, services: Sequence[Service]) -> str:
    """What is running, where, and what to try."""
    url = base_url(settings)
    running = "\n".join(f"  {s.process.pid:>7}  {s.describe()}" for s in services if s.process is not None)
    admin = f", the operator's page at {url}/admin" if settings.serves_admin else ""
    event = '{"user_id": "ann", "event_type": "view", "product_id": "p0001"}'
    return f"""
Shelflife is ready: a shop at {url}, the documentation at {url}/docs{admin}
Running, until Ctrl-C:
{running}
Try:
  curl -s {url}/track-event -H 'Content-Type: application/json' -d '{event}'
  curl -s '{url}/recommend?user_id=ann&limit=5'
  curl -s {url}/v1/users/ann
"""


def _local_host(settings: Settings) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


if __name__ == "__main__":
    sys.exit(main(os.environ))
