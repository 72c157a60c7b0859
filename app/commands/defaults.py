"""`flask tune defaults` and `flask evaluate transfer`: the weights that the service comes with, and how far they go."""

from pathlib import Path
from typing import Any

import click

from app.commands.align import align
from app.commands.evaluation_options import COLUMNS_HELP, failing_evaluation, parse_event_columns
from app.commands.options import progress_option
from app.commands.stages import Stages
from app.commands.tune import save

_FILE = click.Path(path_type=Path, dir_okay=False)
_FOLDER = click.Path(path_type=Path, file_okay=False, exists=True)


@click.command("defaults")
@click.option("--out", required=True, type=_FILE, help="The file of weights.")
@click.option("--train", multiple=True, type=_FILE, metavar="FILE", help="Events of a real shop, too; in order.")
@click.option("--columns", default="", metavar="FIELD=COLUMN,...", help=COLUMNS_HELP)
@click.option("--shops", default=12, show_default=True, type=click.IntRange(min=0), help="Made-up ones.")
@click.option("--trials", default=96, show_default=True, type=click.IntRange(min=0), help="Of session-kNN.")
@click.option("--seed", default=7, show_default=True, help="The same seed gives the same weights.")
@progress_option
def defaults(out: Path, train: tuple[Path, ...], columns: str, progress: bool | None, **sizes: Any) -> None:
    """Find weights for any shop, in made-up ones and perhaps a real one."""
    with failing_evaluation():
        from evaluation.data import read_files
        from evaluation.defaults import Mixture, tune_defaults

        real = [read_files(train, None, parse_event_columns(columns))] if train else []
        with Stages("steps", shown=progress) as stages:
            tuned = tune_defaults(real, Mixture(**sizes), stages.report)
        save(out, tuned)


@click.command("transfer")
@click.argument("weights", nargs=-1, required=True, type=_FILE)
@click.option(
    "--public", required=True, type=click.Path(path_type=Path, file_okay=False, exists=True), help="A folder."
)
@progress_option
def transfer(weights: tuple[Path, ...], public: Path, progress: bool | None) -> None:
    """HR@20 and MRR@20 of the hybrid with each of WEIGHTS, on the public data sets that --public holds."""
    with failing_evaluation():
        from evaluation.transfer import judge_transfer
        from recommender.tuned import load_tuned

        with Stages("clicks", shown=progress) as stages:
            figures = judge_transfer(public, [load_tuned(path) for path in weights], stages.report)
    rows = [("", *figures)]
    for n, path in enumerate(weights):
        rows.append((path.name, *(f"{found[n].hr_20:.4f} / {found[n].mrr_20:.4f}" for found in figures.values())))
    click.echo(align(rows))
