"""`flask evaluate`: how good are the answers, and is one run better than another?"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from app.commands.defaults import transfer
from app.commands.evaluation_options import data_options, failing_evaluation, read_data, test_option, tuning_options
from app.commands.next_basket import next_basket
from app.commands.options import progress_option
from app.commands.stages import Stages
from app.commands.tune import tune_on
from app.container import Container

if TYPE_CHECKING:
    from evaluation.data import Data
    from evaluation.next_click import Run
    from recommender.tuned import Tuned

_FILE = click.Path(path_type=Path, dir_okay=False)
_RESULTS = ("csv", "plot", "outcomes")


def build_evaluate(container: Container) -> click.Group:
    """The commands, bound to their collaborators."""

    @click.group("evaluate")
    def evaluate() -> None:
        """Measure the answers on past events."""

    @evaluate.command("next-click")
    @data_options
    @test_option
    @click.option("--settings", type=_FILE, metavar="FILE", help="Weights of `flask tune`; without, tunes first.")
    @click.option("--online", is_flag=True, help="Learn from every test click after it was predicted.")
    @click.option("--hide-seen", is_flag=True, help="Do not show products that the session has seen.")
    @click.option("--csv", type=_FILE, metavar="FILE", help="Write the figures as CSV.")
    @click.option("--plot", type=_FILE, metavar="FILE", help="Draw the figures as PNG or SVG.")
    @click.option("--outcomes", type=_FILE, metavar="FILE.npz", help="Write what came of each case, for `compare`.")
    @tuning_options
    @progress_option
    def next_click(**options: Any) -> None:
        """Foretell each next click of the test sessions, by every source and by the hybrid."""
        with failing_evaluation():
            _check_results(options)
            run = _evaluate(read_data(options, container.event_log), options)
            _write(run, options)

    evaluate.add_command(_compare)
    evaluate.add_command(transfer)
    evaluate.add_command(next_basket)
    return evaluate


@click.command("compare")
@click.argument("a", type=_FILE)
@click.argument("b", type=_FILE)
@click.option("--source", default="hybrid", show_default=True, help="Whose answers to compare.")
@click.option("--seed", default=7, show_default=True, help="The same seed gives the same intervals.")
def _compare(a: Path, b: Path, source: str, seed: int) -> None:
    """Say whether run B differs from run A by more than chance: a paired bootstrap over test sessions."""
    with failing_evaluation():
        import numpy as np

        from evaluation.compare import compare
        from evaluation.outcomes import load_outcomes

        found = compare(load_outcomes(a), load_outcomes(b), source, np.random.default_rng(seed))
    names = (a.name, b.name) if a.name != b.name else (str(a), str(b))
    click.echo(f"{found.source}: {found.cases:,} cases of {found.sessions:,} sessions")
    click.echo("\n".join(part.sentence(names) for part in (found.hr, found.mrr)))


def _check_results(options: dict[str, Any]) -> None:
    """Find out before the work whether its results can be written.

    Raises:
        PlotError: a plot cannot be drawn here.
        click.UsageError: a file's folder is not there.
    """
    from evaluation.report import check_plot

    for name in _RESULTS:
        path = options[name]
        if path is not None and not path.parent.is_dir():
            raise click.UsageError(f"--{name} {path}: there is no folder {path.parent}")
    if options["plot"] is not None:
        check_plot(options["plot"])


def _evaluate(data: "Data", options: dict[str, Any]) -> "Run":
    from evaluation.next_click import Run

    run = Run(data, _find_weights(data, options), options["online"], options["hide_seen"])
    with Stages("clicks", shown=options["progress"]) as stages:
        run.go(stages.report)
    return run


def _find_weights(data: "Data", options: dict[str, Any]) -> "Tuned":
    """The weights that the options name, or those that the training makes."""
    from recommender.tuned import load_tuned

    if options["settings"] is not None:
        return load_tuned(options["settings"])
    if not len(data.train):
        raise click.UsageError("without training there is nothing to tune on: name weights, --settings FILE")
    click.echo("No --settings: tuning on the last training sessions first.")
    return tune_on(data, options)


def _write(run: "Run", options: dict[str, Any]) -> None:
    from evaluation.outcomes import save_outcomes
    from evaluation.report import render_table, save_csv, save_plot

    figures = run.measure()
    click.echo(render_table(figures))
    if options["csv"] is not None:
        save_csv(options["csv"], figures)
    if options["plot"] is not None:
        save_plot(options["plot"], figures)
    if options["outcomes"] is not None:
        settings = {name: options[name] for name in ("online", "hide_seen", "no_categories")}
        save_outcomes(options["outcomes"], run.outcomes(settings))
