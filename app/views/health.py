"""Health, version and metrics: for orchestrators and monitoring."""

from http import HTTPStatus

from flask import Blueprint, Response

from app.container import Container
from app.responses import render_json
from app.schemas import Health, Version
from app.version import VERSION


def build_health(container: Container) -> Blueprint:
    """Routes about the process itself."""
    views = Blueprint("health", __name__)

    @views.get("/livez")
    def livez() -> Response:
        return render_json(Health("ok"))

    @views.get("/readyz")
    def readyz() -> Response:
        checks = _check(container)
        is_ready = container.refresher.is_ready
        status = HTTPStatus.OK if is_ready else HTTPStatus.SERVICE_UNAVAILABLE
        return render_json(Health(_summarise(checks) if is_ready else "not ready", checks), status)

    @views.get("/healthz")
    @views.get("/health")
    def healthz() -> Response:
        checks = _check(container)
        return render_json(Health(_summarise(checks), checks))

    @views.get("/version")
    def version() -> Response:
        return render_json(Version("shelflife", VERSION))

    @views.get("/metrics")
    def metrics() -> Response:
        stream = container.handover.ask_status()
        container.metrics.record_stream(*((stream.listeners, stream.messages) if stream else (0, 0)))
        return Response(container.metrics.render(), content_type="text/plain; version=0.0.4; charset=utf-8")

    return views


def _check(container: Container) -> dict[str, str]:
    """Store and model may be gone: a worker with catalogue and kernels answers all the same, and so is ready."""
    container.refresher.start()
    return {
        "catalogue": "ok" if container.refresher.loaded.is_set() else "loading",
        "kernels": "ok" if container.experts.ready.is_set() else "compiling",
        "model": "ok" if container.model.view is not None else "missing",
        "store": "ok" if container.profiles.is_reachable() else "unreachable",
    }


def _summarise(checks: dict[str, str]) -> str:
    return "ok" if set(checks.values()) == {"ok"} else "degraded"
