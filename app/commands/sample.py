"""`flask load-sample`: a catalogue to try things with, and its removal."""

import time
from collections.abc import Sequence

import click
import msgspec

from app.commands.options import failing
from app.container import Container
from recommender.product import Product, parse_product
from recommender.redis_catalogue import RedisCatalogue
from recommender.sample import generate_products


def build_load_sample(container: Container) -> click.Command:
    """The command, bound to its collaborators."""

    @click.command("load-sample")
    @click.option("--count", default=2000, show_default=True, type=click.IntRange(min=1), help="Number of products.")
    @click.option("--seed", default=7, show_default=True, help="The same seed gives the same products.")
    @click.option("--force", is_flag=True, help="Load it even if the catalogue has products.")
    @click.option("--remove", is_flag=True, help="Take the sample out of the catalogue again instead.")
    def load_sample(count: int, seed: int, force: bool, remove: bool) -> None:
        """Fill an empty catalogue with generated products."""
        with failing():
            products = [parse_product(raw) for raw in generate_products(count, seed)]
            if remove:
                click.echo(_remove(container.products, products))
            elif not force and (known := container.products.count()):
                click.echo(f"The catalogue has {known:,} products; the sample is not loaded.")
            else:
                created = container.products.put(products, time.time())
                click.echo(f"Loaded {len(products):,} sample products, {created:,} of them new.")

    return load_sample


def _remove(catalogue: RedisCatalogue, products: Sequence[Product]) -> str:
    """Delete those of `products` that are in the catalogue as they are here; the shop may use the same ids.

    Dates are not looked at: samples that were loaded by version 0.1 have none.
    """
    unchanged = [product.product_id for product in products if _is_same(catalogue.get(product.product_id), product)]
    removed = sum(catalogue.delete(product_id) for product_id in unchanged)
    return f"Removed {removed:,} sample products; the catalogue has {catalogue.count():,} products."


def _is_same(known: Product | None, product: Product) -> bool:
    return known is not None and msgspec.structs.replace(known, added=product.added) == product
