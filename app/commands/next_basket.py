"""`flask evaluate next-basket`: what will known households buy next?"""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.commands.evaluation_options import failing_evaluation
from app.commands.options import progress_option
from app.commands.stages import Stages

if TYPE_CHECKING:
    from evaluation.next_basket import Run


@click.command("next-basket")
@click.option("--data", required=True, type=click.Path(path_type=Path), help="A folder with `transactions.parquet`.")
@click.option(
    "--csv", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write the figures as CSV."
)
@click.option("--seed", default=7, show_default=True, help="The same seed gives the same intervals.")
@progress_option
def next_basket(data: Path, csv: Path | None, seed: int, progress: bool | None) -> None:
    """Foretell the last basket of each household from those before it, by every source and by the hybrid."""
    with failing_evaluation():
        if csv is not None and not csv.parent.is_dir():
            raise click.UsageError(f"--csv {csv}: there is no folder {csv.parent}")
        from evaluation.baskets import read_lines
        from evaluation.next_basket import Run

        run = Run(read_lines(data))
        with Stages("steps", shown=progress) as stages:
            run.go(stages.report)
        _write(run, csv, seed)


def _write(run: "Run", csv: Path | None, seed: int) -> None:
    import numpy as np

    from evaluation.basket_metrics import compare_judged
    from evaluation.basket_report import render_baskets, save_baskets
    from evaluation.next_basket import HYBRID

    figures = run.measure()
    click.echo(render_baskets(figures))
    click.echo("weights of the hybrid: " + ", ".join(f"{name} {weight:g}" for name, weight in run.weights.items()))
    judged, names = run.judged, ("most_bought", HYBRID)
    for found in compare_judged(judged[names[0]], judged[names[1]], np.random.default_rng(seed)):
        click.echo(found.sentence(names))
    if csv is not None:
        save_baskets(csv, figures)
