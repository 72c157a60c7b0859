"""Asking a running service over one kept connection."""

import http.client
import time
from typing import NamedTuple
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 30.0
# With the service's Retry-After of one second: it may be away for half a minute.
MAX_TRIES = 30
MAX_WAIT_SECONDS = 10.0
_WAIT_SECONDS = 1.0
_BUSY = frozenset({429, 502, 503, 504})


class ServiceError(RuntimeError):
    """Raised when the service cannot be asked; the message is one line for people."""


class Answer(NamedTuple):
    """A response, and how often the request was sent again for it."""

    status: int
    body: bytes
    retries: int = 0


class ServiceClient:
    """One keep-alive connection to the service at `url`. Not for several threads at once."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        kinds = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}
        try:
            kind, port = kinds[parts.scheme], parts.port
        except (KeyError, ValueError):
            raise ServiceError(f"--url {url} is no address of a service, such as http://127.0.0.1:8000") from None
        self._url, self._path = url, parts.path.rstrip("/")
        self._connection = kind(parts.hostname or "127.0.0.1", port, timeout=TIMEOUT_SECONDS)

    def close(self) -> None:
        """Close the connection; the next request opens another."""
        self._connection.close()

    def ask(self, method: str, path: str, body: bytes | None = None) -> Answer:
        """Send a request, again and again while the service is away (at most `MAX_TRIES` times).

        A request may have been carried out although its answer was lost, so it must be harmless to repeat.

        Raises:
            ServiceError: it stayed away.
        """
        for retries in range(MAX_TRIES):
            try:
                status, wait, content = self._try(method, path, body)
                trouble = f"status {status}"
            except (OSError, http.client.HTTPException) as error:
                self.close()
                status, wait, content = 0, 0.0 if retries == 0 else _WAIT_SECONDS, b""
                trouble = _describe(error)
            if status and status not in _BUSY:
                return Answer(status, content, retries)
            time.sleep(wait)
        raise ServiceError(f"{self._url} did not answer {MAX_TRIES} times in a row; the last time: {trouble}")

    def check(self) -> None:
        """Make sure that something answers, and close the connection again.

        Raises:
            ServiceError: nothing does.
        """
        try:
            self._try("GET", "/livez", None)
        except (OSError, http.client.HTTPException) as error:
            raise ServiceError(f"cannot reach {self._url}: {_describe(error)}; is the service running there?") from None
        finally:
            self.close()

    def _try(self, method: str, path: str, body: bytes | None) -> tuple[int, float, bytes]:
        """Status, seconds to wait before trying again, body."""
        headers = {"Content-Type": "application/json"} if body is not None else {}
        self._connection.request(method, self._path + path, body, headers)
        response = self._connection.getresponse()
        return response.status, _parse_wait(response.getheader("Retry-After")), response.read()


def _describe(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def _parse_wait(retry_after: str | None) -> float:
    """Seconds of a Retry-After header, bounded; a date in it counts as a second."""
    if retry_after is None or not retry_after.isdecimal():
        return _WAIT_SECONDS
    return min(float(retry_after), MAX_WAIT_SECONDS)
