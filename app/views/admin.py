"""The operator's page and the figures that it reads. There is no access control: docs/admin.md says what that means."""

import time
from pathlib import Path

from flask import Blueprint, Response, send_from_directory

from app.container import Container
from app.overview import build_overview
from app.page_headers import protect
from app.responses import render_json

FOLDER = Path(__file__).resolve().parent.parent / "static" / "admin"


def build_admin(container: Container) -> Blueprint:
    """Routes for operators; none when the page is switched off."""
    views = Blueprint("admin", __name__)
    if not container.settings.serves_admin:
        return views

    @views.get("/admin")
    def admin() -> Response:
        return protect(send_from_directory(FOLDER, "index.html"))

    @views.get("/admin/<path:path>")
    def admin_file(path: str) -> Response:
        return protect(send_from_directory(FOLDER, path))

    @views.get("/v1/admin/overview")
    def admin_overview() -> Response:
        container.refresher.start()
        return render_json(build_overview(container, time.time()))

    return views
