"""`flask load-sample`: a catalogue to try things with."""

import click

from app.container import Container
from recommender.product import parse_product
from recommender.sample import generate_products


def build_load_sample(container: Container) -> click.Command:
    """The command, bound to its collaborators."""

    @click.command("load-sample")
    @click.option("--count", default=2000, show_default=True, help="Number of products.")
    @click.option("--seed", default=7, show_default=True, help="The same seed gives the same products.")
    @click.option("--force", is_flag=True, help="Load it even if the catalogue has products.")
    def load_sample(count: int, seed: int, force: bool) -> None:
        """Fill an empty catalogue with generated products."""
        if not force and (known := container.products.count()):
            click.echo(f"The catalogue has {known:,} products; the sample is not loaded.")
            return
        products = [parse_product(raw) for raw in generate_products(count, seed)]
        created = container.products.put(products)
        click.echo(f"Loaded {len(products):,} sample products, {created:,} of them new.")

    return load_sample
