"""Files that are served as they are: read and compressed once, when the service starts."""

import gzip
import hashlib
from base64 import b64encode
from pathlib import Path
from typing import NamedTuple

from flask import Request, Response


class Asset(NamedTuple):
    """A file's bytes, the same gzipped, and what both are known by."""

    body: bytes
    packed: bytes
    etag: str
    integrity: str  # as a script element's `integrity` names it: of the bytes before compression
    content_type: str


def load_asset(path: Path, content_type: str) -> Asset:
    """Read a file.

    Raises:
        OSError: it cannot be read.
    """
    body = path.read_bytes()
    integrity = f"sha384-{b64encode(hashlib.sha384(body).digest()).decode()}"
    return Asset(body, gzip.compress(body, 9, mtime=0), hashlib.sha256(body).hexdigest()[:32], integrity, content_type)


def render_asset(asset: Asset, request: Request, headers: dict[str, str]) -> Response:
    """The file, gzipped for who takes that, or 304 for who has it. The tags differ, because the bytes do."""
    is_packed = request.accept_encodings.quality("gzip") > 0
    response = Response(asset.packed if is_packed else asset.body, content_type=asset.content_type)
    response.headers.update(headers)
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["X-Content-Type-Options"] = "nosniff"
    if is_packed:
        response.headers["Content-Encoding"] = "gzip"
    response.set_etag(f"{asset.etag}-gzip" if is_packed else asset.etag)
    response.make_conditional(request)
    return response
