"""The browser's SDK, which pages of any origin may load, and what the service says about privacy signals."""

from pathlib import Path

import msgspec
from flask import Blueprint, Response

from app.assets import Asset, load_asset, render_asset
from app.problems import NotFound
from app.requests import current_request
from app.responses import render_json

FOLDER = Path(__file__).resolve().parent.parent / "static" / "sdk"
FULL, CORE = "shelflife.min.js", "shelflife.core.min.js"
# A page that names no version gets a new one within minutes; what names one never changes.
CACHE_SHORT = "public, max-age=300"
CACHE_FOREVER = "public, max-age=31536000, immutable"
CACHE_A_DAY = "public, max-age=86400"
# Scripts with `integrity` are loaded with `crossorigin`, so every origin must be allowed to read them.
ANY_ORIGIN = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
# https://w3c.github.io/gpc/; the date is that of the last change of what it says.
GPC = {"gpc": True, "lastUpdate": "2026-11-22"}


def build_sdk(folder: Path = FOLDER) -> Blueprint:
    """Routes of the files in `folder`, which are read now.

    Raises:
        OSError: one of them is missing.
    """
    views = Blueprint("sdk", __name__)
    own: str = msgspec.json.decode((folder / "version.json").read_bytes())["version"]
    assets = {name: load_asset(folder / name, "text/javascript; charset=utf-8") for name in (FULL, CORE)}
    for name, asset in assets.items():
        _serve(views, name, asset, own)

    @views.get("/sdk/<version>/integrity.json")
    def integrity(version: str) -> Response:
        _check(version, own)
        response = render_json({name: asset.integrity for name, asset in assets.items()}, cache=CACHE_FOREVER)
        response.headers.update(ANY_ORIGIN)
        return response

    @views.get("/.well-known/gpc.json")
    def gpc() -> Response:
        return render_json(GPC, cache=CACHE_A_DAY)

    return views


def _serve(views: Blueprint, name: str, asset: Asset, own: str) -> None:
    """The routes of one file: under the name that stays, and under the number of its version."""
    endpoint = name.replace(".", "_")

    @views.get(f"/sdk/v1/{name}", endpoint=endpoint)
    def newest() -> Response:
        return render_asset(asset, current_request(), {**ANY_ORIGIN, "Cache-Control": CACHE_SHORT})

    @views.get(f"/sdk/<version>/{name}", endpoint=f"pinned_{endpoint}")
    def pinned(version: str) -> Response:
        _check(version, own)
        return render_asset(asset, current_request(), {**ANY_ORIGIN, "Cache-Control": CACHE_FOREVER})


def _check(version: str, own: str) -> None:
    if version != own:
        raise NotFound("sdk_version_not_found", f"the SDK here is version {own}, not {version!r}")
