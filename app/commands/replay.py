"""`flask replay FILE`: a file of events through a running service, over HTTP."""

from pathlib import Path
from typing import Any

import click

from app.commands.batches import EventFile, Order, build_batches
from app.commands.client import ServiceClient
from app.commands.columns import parse_columns
from app.commands.options import columns_option, delimiter_option, failing, progress_option, rejected_option
from app.commands.progress import Progress
from app.commands.rejects import RejectReport
from app.commands.rows import EVENT_FIELDS
from app.commands.sending import Totals
from app.commands.tables import Table
from app.commands.verify import verify
from app.container import Container
from events.fields import ALIASES

_POSITIVE = click.IntRange(min=1)


def build_replay(container: Container) -> click.Command:
    """The command, bound to its collaborators."""

    @click.command("replay")
    @click.argument("file", type=click.Path(path_type=Path))
    @columns_option("timestamp=Time,user_id=UserId,event_type=Type,product_id=ItemId,category=CatId")
    @click.option("--url", default="http://127.0.0.1:8000", show_default=True, help="The running service.")
    @click.option("--batch", default=100, show_default=True, type=_POSITIVE, help="Events in a request.")
    @click.option("--clients", default=1, show_default=True, type=click.IntRange(1, 64), help="Connections at once.")
    @click.option("--repeat", default=1, show_default=True, type=_POSITIVE, help="Send the file so many times.")
    @click.option("--shuffle", is_flag=True, help="Send in random order.")
    @click.option("--seed", default=7, show_default=True, help="The same seed gives the same random order.")
    @click.option("--limit", type=_POSITIVE, help="Send only the first rows.")
    @click.option("--keep-columns", is_flag=True, help="Send columns that are not mapped as properties.")
    @click.option("--verify", "verifying", is_flag=True, help="Then compare every profile with one made from FILE.")
    @delimiter_option
    @rejected_option
    @progress_option
    def replay(file: Path, columns: str, **options: Any) -> None:
        """Send the events in FILE to a running service: CSV, TSV, JSON lines or Parquet, gzipped or not."""
        with failing(), RejectReport(options["rejected"]) as report:
            mapping = parse_columns(columns, EVENT_FIELDS, ALIASES)
            table = Table(file, options["delimiter"])
            source = EventFile(table, mapping, options["keep_columns"], options["limit"])
            totals = _send(source, report, options)
            if not totals.accepted and not totals.duplicates:
                raise click.ClickException(f"nothing in {file} could be used")
            if options["verifying"]:
                verify(source, totals.rejected_lines, container, options["url"], options["progress"])

    return replay


def _send(source: EventFile, report: RejectReport, options: dict[str, Any]) -> Totals:
    ServiceClient(options["url"]).check()
    order = Order(options["batch"], options["repeat"], options["seed"] if options["shuffle"] else None)
    totals = Totals(report)
    with Progress(source.table.path.name, "events", shown=options["progress"]) as bar:
        try:
            batches = build_batches(source, order, totals.reject)
            totals.send(batches, options["url"], options["clients"], bar)
        finally:
            bar.close()
            if bar.done or report.count:
                click.echo("\n".join(_render(source, totals, report, bar)))
    return totals


def _render(source: EventFile, totals: Totals, report: RejectReport, bar: Progress) -> list[str]:
    retries = f", {_count(totals.retries, 'request')} sent again" if totals.retries else ""
    became = f"{totals.accepted:,} applied, {_count(totals.duplicates, 'duplicate')}, "
    became += f"{_count(report.count, 'row')} rejected"
    return [
        f"{source.table.path.name}: {_count(bar.done, 'event')} sent, {became}{retries}",
        *report.lines(),
        f"{bar.rate:,.0f} events/s ({bar.seconds:.1f} s)",
    ]


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
