"""Products to browse: lists by category, words, brand and price, and the categories themselves. All from memory."""

import math

import msgspec
from flask import Blueprint, Response, request
from werkzeug.datastructures import MultiDict

from app.container import Container
from app.requests import parse_flag, parse_integer
from app.responses import render_json
from app.schemas import Categories, Choices, Counted, ProductList
from app.unknown import warn_of_category
from events.values import FieldError, parse_id, parse_number, parse_text
from recommender.catalogue import Facts
from recommender.finder import SORTS, Facets, Wanted

CACHE = "public, max-age=2"
DEFAULT_LIMIT, MAX_LIMIT = 24, 100
MAX_OFFSET = 10**9
MAX_PRICE = 1e9
MAX_BRANDS, MAX_IDS = 20, 100


def build_browse(container: Container) -> Blueprint:
    """Routes that list what there is to buy."""
    views = Blueprint("browse", __name__)

    @views.get("/v1/products")
    def list_products() -> Response:
        given = request.args
        wanted = parse_wanted(given)
        start = parse_integer(given.get("offset", 0), "offset", (0, MAX_OFFSET))
        limit = parse_integer(given.get("limit", DEFAULT_LIMIT), "limit", (1, MAX_LIMIT))
        with_facets = parse_flag(given.get("facets", "no"), "facets")
        container.refresher.start()
        found = container.finder.find(wanted, slice(start, start + limit))
        body = ProductList(found.total, [_show(facts) for facts in found.products])
        if with_facets:
            body.facets = _offer(container.finder.facets(wanted))
        if wanted.category:
            body.warnings = warn_of_category(wanted.category, container)
        return render_json(body, cache=CACHE)

    @views.get("/v1/categories")
    def list_categories() -> Response:
        container.refresher.start()
        lists = container.catalogue.lists.copy()  # at once: its own thread changes it
        counted = [Counted(name, len(listed)) for name, listed in sorted(lists.items()) if name]
        return render_json(Categories(counted), cache=CACHE)

    return views


def parse_wanted(given: MultiDict[str, str]) -> Wanted:
    """What a query asks to list.

    Raises:
        FieldError: a field cannot be used.
    """
    low, high = _parse_price(given, "min_price", 0.0), _parse_price(given, "max_price", math.inf)
    if low > high:
        raise FieldError("invalid_max_price", "max_price", "max_price must not be below min_price")
    sort = given.get("sort", "")
    if sort and sort not in SORTS:
        raise FieldError("invalid_sort", "sort", f"sort must be one of {', '.join(SORTS)}")
    return Wanted(
        category=parse_text(given.get("category", ""), "category"),
        words=parse_text(given.get("q", ""), "q").strip(),
        brands=tuple(
            parse_text(brand, "brand") for brand in _parse_several(given.getlist("brand"), "brand", MAX_BRANDS)
        ),
        low=low,
        high=high,
        ids=tuple(parse_id(item, "ids") for item in _parse_several(given.get("ids", "").split(","), "ids", MAX_IDS)),
        sort=sort,
    )


def _parse_price(given: MultiDict[str, str], field: str, default: float) -> float:
    return parse_number(given[field], field, 0.0, MAX_PRICE) if given.get(field) else default


def _parse_several(values: list[str], field: str, most: int) -> list[str]:
    values = [value for value in values if value]
    if len(values) > most:
        raise FieldError(f"invalid_{field}", field, f"{field} may name at most {most}")
    return values


def _show(facts: Facts) -> msgspec.Raw:
    """What the catalogue shows of a product, with its id before it."""
    shown = bytes(facts.payload)[1:]
    return msgspec.Raw(b'{"product_id":' + msgspec.json.encode(facts.product_id) + b"," * (shown != b"}") + shown)


def _offer(facets: Facets) -> Choices:
    return Choices([Counted(name, count) for name, count in facets.brands.items()], facets.low, facets.high)
