"""Lists that are the same for every visitor: what goes with a product, what is trending, popular, new."""

from flask import Blueprint, Response, request

from app.asking import DEFAULT_LIMIT, MAX_LIMIT
from app.container import Container
from app.problems import NotFound
from app.requests import parse_flag, parse_integer
from app.responses import render_json
from app.slates import answer
from app.unknown import warn_of_category
from events.values import parse_id, parse_text
from profiles.profile import Profile
from recommender.recommendation_id import PLAIN_LENGTH
from recommender.slate import Question

# Long enough to take a crowd's load, short enough for what happened a moment ago.
CACHE = "public, max-age=2"


def build_shelves(container: Container) -> Blueprint:
    """Routes that list."""
    views = Blueprint("shelves", __name__)

    @views.get("/v1/trending")
    def trending() -> Response:
        return _show(container, "trending", "")

    @views.get("/v1/popular")
    def popular() -> Response:
        return _show(container, "popular", "")

    @views.get("/v1/new")
    def new() -> Response:
        return _show(container, "new", "")

    @views.get("/v1/products/<path:product_id>/similar")
    def similar(product_id: str) -> Response:
        return _show(container, "similar", product_id)

    @views.get("/v1/products/<path:product_id>/bought-together")
    def bought_together(product_id: str) -> Response:
        return _show(container, "bought_together", product_id)

    return views


def _show(container: Container, strategy: str, product_id: str) -> Response:
    given = request.args
    question = Question(
        limit=parse_integer(given.get("limit", DEFAULT_LIMIT), "limit", (1, MAX_LIMIT)),
        strategy=strategy,
        category=parse_text(given.get("category", ""), "category"),
        context=parse_id(product_id, "product_id") if product_id else "",
        explain=parse_flag(given.get("explain", "no"), "explain"),
    )
    container.refresher.start()
    if product_id and container.catalogue.find(question.context) is None:
        raise NotFound("product_not_found", f"there is no product {product_id!r}")
    body = answer(container, question, (None, Profile()), False)
    # A cache shows the same answer to many, whose clicks would count as one: so its id tells nothing to count.
    body.recommendation_id = body.recommendation_id[:PLAIN_LENGTH]
    if question.category:
        body.warnings = warn_of_category(question.category, container)
    return render_json(body, cache=CACHE)
