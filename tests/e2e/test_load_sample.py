"""`flask load-sample` against a real store."""

import pytest
from click.testing import Result
from flask import Flask

from app.factory import create_app
from config import Settings


@pytest.fixture
def app(store: str) -> Flask:
    return create_app(Settings(redis_url=store))


def load_sample(app: Flask, *options: str) -> Result:
    result: Result = app.test_cli_runner().invoke(args=["load-sample", "--count", "40", *options])
    return result


def test_the_sample_comes_and_goes_and_leaves_the_shops_own_products(app: Flask) -> None:
    products = app.extensions["shelflife"].products
    assert load_sample(app).output == "Loaded 40 sample products, 40 of them new.\n"
    client = app.test_client()
    assert client.put("/v1/products/kettle-1", json={"name": "Kettle"}).status_code == 201
    assert client.put("/v1/products/p0001", json={"name": "The shop's own"}).status_code == 200
    assert load_sample(app, "--remove").output == "Removed 39 sample products; the catalogue has 2 products.\n"
    assert products.get("p0001").name == "The shop's own"
    assert products.get("p0002") is None


def test_a_catalogue_with_products_is_left_alone_unless_forced(app: Flask) -> None:
    app.test_client().put("/v1/products/kettle-1", json={"name": "Kettle"})
    assert load_sample(app).output == "The catalogue has 1 products; the sample is not loaded.\n"
    assert app.extensions["shelflife"].products.count() == 1
    load_sample(app, "--force")
    assert app.extensions["shelflife"].products.count() == 41


def test_without_a_store_one_line_says_so() -> None:
    app = create_app(Settings(redis_url="redis://127.0.0.1:1"))
    result = load_sample(app)
    assert result.exit_code == 1
    assert result.output.startswith("Error: the store does not answer, see REDIS_URL: ")
    assert result.output.count("\n") == 1
