"""The OpenAPI document, its page, and the drawings of the sample catalogue."""

from flask import Blueprint, Flask, Response
from flask_swagger_ui import get_swaggerui_blueprint

from app.container import Container
from app.openapi import build_openapi
from app.problems import NotFound
from app.responses import render_json
from recommender.sample_image import draw_product_svg

OPENAPI_PATH = "/openapi.json"
CACHE_A_DAY = "public, max-age=86400"
# Without this the page sends its address to validator.swagger.io, and shows the image that it answers with.
PAGE = {"app_name": "Shelflife", "validatorUrl": None, "layout": "BaseLayout", "deepLinking": False}


def build_pages(app: Flask, container: Container) -> Blueprint:
    """Routes for people."""
    views = Blueprint("pages", __name__)
    document = build_openapi()

    @views.get(OPENAPI_PATH)
    def openapi() -> Response:
        return render_json(document, cache="no-cache")

    @views.get("/sample/images/<product_id>.svg")
    def sample_image(product_id: str) -> Response:
        facts = container.catalogue.find(product_id)
        if facts is None:
            raise NotFound("product_not_found", f"there is no product {product_id!r}")
        drawing = draw_product_svg(product_id, facts.name, facts.categories[0] if facts.categories else "")
        response = Response(drawing, mimetype="image/svg+xml")
        response.headers["Cache-Control"] = CACHE_A_DAY
        return response

    app.register_blueprint(get_swaggerui_blueprint("/docs", OPENAPI_PATH, config=PAGE))
    return views
