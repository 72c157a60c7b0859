"""`flask tune`: weights from past sessions."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from app.commands.evaluation_options import data_options, failing_evaluation, read_data, tuning_options
from app.commands.options import progress_option
from app.commands.stages import Stages
from app.container import Container

if TYPE_CHECKING:
    from evaluation.data import Data
    from recommender.tuned import Tuned


def build_tune(container: Container) -> click.Group:
    """The commands, bound to their collaborators."""

    from app.commands.defaults import defaults  # it saves as this file does

    @click.group("tune")
    def tune() -> None:
        """Find weights by past events."""

    @tune.command("next-click")
    @data_options
    @click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="The file of weights.")
    @tuning_options
    @progress_option
    def next_click(out: Path, **options: Any) -> None:
        """Find the weights that best foretell the next click in the last training sessions."""
        with failing_evaluation():
            tuned = tune_on(read_data(options, container.event_log), options)
            save(out, tuned)

    tune.add_command(defaults)
    return tune


def tune_on(data: "Data", options: dict[str, Any]) -> "Tuned":
    """Weights from the training part of `data`, with progress bars."""
    from evaluation.tuning import Plan, tune

    plan = Plan(options["sessions"], options["trials"], options["seed"])
    with Stages("steps", shown=options["progress"]) as stages:
        tuned = tune(data, plan, stages.report)
    about = tuned.about
    click.echo(
        f"Tuned on {about['cases']:,} clicks in the last {about['tuned_on_sessions']:,} training sessions, "
        f"from the {about['sessions']:,} before them."
    )
    return tuned


def save(path: Path, tuned: "Tuned") -> None:
    """Write the weights and say so."""
    from recommender.tuned import save_tuned

    save_tuned(path, tuned)
    click.echo(f"The weights are in {path}.")
