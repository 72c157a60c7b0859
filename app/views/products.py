"""The catalogue over HTTP."""

import time

from flask import Blueprint, Response, request
from werkzeug.exceptions import MethodNotAllowed

from app.container import Container
from app.problems import NotFound, Rejected
from app.requests import is_lines, read_body
from app.responses import render_json
from app.schemas import ProductsWritten
from events.decode import Limits, decode_events, decode_json
from events.event import EventProblem
from events.values import FieldError, parse_id
from recommender.product import Product, parse_product, patch_product

MAX_BATCH = 10_000
# Ends of addresses that are lists of their own (app/views/shelves.py); an id may have slashes, and end so, too.
LISTS = ("/similar", "/bought-together")


def build_products(container: Container) -> Blueprint:
    """Routes that read and change products; changes reach every worker within a second."""
    views = Blueprint("products", __name__)

    @views.before_request
    def refuse_lists() -> None:
        if (request.view_args or {}).get("product_id", "").endswith(LISTS):
            raise MethodNotAllowed(valid_methods=["GET"])

    @views.get("/v1/products/<path:product_id>")
    def read_product(product_id: str) -> Response:
        product = container.products.get(_parse_id(product_id))
        return render_json(_found(product, product_id))

    @views.put("/v1/products/<path:product_id>")
    def put_product(product_id: str) -> Response:
        product = parse_product(_read_object(container), _parse_id(product_id))
        created = container.products.put([product], time.time())
        return render_json(product, 201 if created else 200)

    @views.patch("/v1/products/<path:product_id>")
    def patch_one(product_id: str) -> Response:
        raw = _read_object(container)
        product = container.products.update(_parse_id(product_id), lambda known: patch_product(known, raw))
        return render_json(_found(product, product_id))

    @views.delete("/v1/products/<path:product_id>")
    def delete_product(product_id: str) -> Response:
        if not container.products.delete(_parse_id(product_id)):
            _found(None, product_id)
        return Response(status=204)

    @views.post("/v1/products/batch")
    def put_products() -> Response:
        products, problems, total = _read_products(container)
        if problems and not products:
            raise Rejected(problems, f"none of {total} products can be used; see errors")
        created = container.products.put(products, time.time())
        return render_json(ProductsWritten(len(products), created, len(problems), problems))

    return views


def _parse_id(product_id: str) -> str:
    return parse_id(product_id, "product_id")


def _found(product: Product | None, product_id: str) -> Product:
    if product is None:
        raise NotFound("product_not_found", f"there is no product {product_id!r}")
    return product


def _read_object(container: Container) -> object:
    return decode_json(read_body(request, container.limits))


def _read_products(container: Container) -> tuple[list[Product], list[EventProblem], int]:
    limits = Limits(container.limits.body_bytes, container.limits.event_bytes, MAX_BATCH, "product")
    raw = decode_events(read_body(request, limits), limits, lines=is_lines(request))
    products, problems = [], []
    for index, item in enumerate(raw):
        if isinstance(item, EventProblem):
            problems.append(item)
            continue
        try:
            products.append(parse_product(item))
        except FieldError as error:
            problems.append(EventProblem(index=index, code=error.code, detail=error.detail, field=error.field))
    return products, problems, len(raw)
