"""The storefront: one page for all its addresses, and its files."""

from pathlib import Path
from urllib.parse import quote

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from app.assets import Asset, load_asset, render_asset
from app.page_headers import protect
from app.problems import NotFound

FOLDER = Path(__file__).resolve().parent.parent / "static" / "shop"
PAGE = "index.html"
# Its program decides by the address what to show.
ADDRESSES = (
    "/",
    "/c/<path:category>",
    "/p/<path:product_id>",
    "/cart",
    "/checkout",
    "/wishlist",
    "/search",
    "/sign-in",
)
MEDIA = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}
# Files have no version in their names, so a browser asks whether the one it has is the one of now.
CACHE = "no-cache"


def build_shop(folder: Path = FOLDER) -> Blueprint:
    """Routes of the shop's pages. All files are read now, so no path of a request reaches the disk.

    Raises:
        OSError: one of them cannot be read.
    """
    views = Blueprint("shop", __name__)
    assets = {
        path.relative_to(folder).as_posix(): load_asset(path, MEDIA[path.suffix])
        for path in folder.rglob("*")
        if path.suffix in MEDIA
    }

    def page(**_: str) -> Response:
        return _send(assets[PAGE])

    for address in ADDRESSES:
        views.add_url_rule(address, "page", page)

    @views.get("/products/<path:product_id>")
    def product(product_id: str) -> BaseResponse:
        """Where the sample's products say they are."""
        return redirect(f"/p/{quote(product_id)}")

    @views.get("/shop/<path:name>")
    def file(name: str) -> Response:
        if name not in assets:
            raise NotFound("not_found", f"the shop has no file {name!r}")
        return _send(assets[name])

    return views


def _send(asset: Asset) -> Response:
    return protect(render_asset(asset, request, {"Cache-Control": CACHE}))
