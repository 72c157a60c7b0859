"""`flask import-products FILE`: a shop's product file into the catalogue."""

import time
from pathlib import Path
from typing import Any

import click

from app.commands.columns import check_columns, map_columns, parse_columns
from app.commands.options import columns_option, delimiter_option, failing, progress_option, rejected_option
from app.commands.progress import Progress
from app.commands.rejects import Rejected, RejectReport
from app.commands.rows import fit_cells, parse_row
from app.commands.tables import Chunk, Table, iter_rows
from app.container import Container
from recommender.product import ALIASES
from recommender.redis_catalogue import RedisCatalogue


def build_import_products(container: Container) -> click.Command:
    """The command, bound to its collaborators."""

    @click.command("import-products")
    @click.argument("file", type=click.Path(path_type=Path))
    @columns_option("product_id=id,name=title,categories=category_code")
    @click.option("--batch", default=1000, show_default=True, type=click.IntRange(1, 10_000), help="Rows a write.")
    @delimiter_option
    @rejected_option
    @progress_option
    def import_products(file: Path, columns: str, batch: int, progress: bool | None, **options: Any) -> None:
        """Create or replace the products in FILE: CSV, TSV, JSON lines or Parquet, gzipped or not."""
        table = Table(file, options["delimiter"])
        with failing(), RejectReport(options["rejected"]) as report:
            mapping = parse_columns(columns, ALIASES, ALIASES)
            job = Import(container.products, report)
            with Progress(file.name, "products", shown=progress) as bar:
                try:
                    job.run(table, mapping, batch, bar)
                finally:
                    bar.close()
                    if job.accepted or report.count:
                        click.echo(job.render(file.name, bar))
            if not job.accepted:
                raise click.ClickException(f"nothing in {file} could be used")

    return import_products


class Import:
    """One run of the command: writes what can be used, and counts."""

    def __init__(self, products: RedisCatalogue, report: RejectReport) -> None:
        self._products, self._report = products, report
        self.accepted = self.created = self.too_long = 0

    def run(self, table: Table, mapping: dict[str, str], batch: int, bar: Progress) -> None:
        """Put every product of `table`, `batch` rows at a time.

        Raises:
            TableError: the file cannot be read any further; what was read is in the catalogue.
            ColumnsError: the mapping names a column that the file does not have.
            StoreUnavailable: the store does not answer; earlier batches are in the catalogue.
        """
        for number, chunk in enumerate(table.chunks(batch)):
            if number == 0 and table.has_fixed_columns and len(chunk.frame):
                check_columns(mapping, chunk.frame.columns)
            self._put(chunk, mapping)
            bar.advance(len(chunk.frame), chunk.share)

    def _put(self, chunk: Chunk, mapping: dict[str, str]) -> None:
        products = []
        for rejected in chunk.rejected:
            self._report.add(rejected)
        for line, cells in iter_rows(map_columns(chunk.frame, mapping, rest="")):
            fitted = fit_cells(cells)
            self.too_long += len(cells) - len(fitted)
            product = parse_row(line, fitted)
            if isinstance(product, Rejected):
                self._report.add(product)
            else:
                products.append(product)
        self.created += self._products.put(products, time.time())
        self.accepted += len(products)

    def render(self, name: str, bar: Progress) -> str:
        """The report, in lines."""
        rows = self.accepted + self._report.count
        updated = self.accepted - self.created
        accepted = f"{self.accepted:,} accepted ({self.created:,} created, {updated:,} updated)"
        total = f"{name}: {rows:,} rows, {accepted}, {self._report.count:,} rejected"
        cut = [f"{self.too_long:,} texts left out that are too long for an attribute"] if self.too_long else []
        return "\n".join([total, *self._report.lines(), *cut, f"{bar.rate:,.0f} products/s ({bar.seconds:.1f} s)"])
