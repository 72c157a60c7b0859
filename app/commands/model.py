"""`flask model`: versions of the model, promoted when they are not worse, and rolled back in one step."""

import math
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from app.commands.align import align
from app.commands.evaluation_options import data_options, failing_evaluation, read_data
from app.commands.options import progress_option
from app.commands.stages import Stages
from app.container import Container

if TYPE_CHECKING:
    from evaluation.data import Data
    from recommender.version import Current, Scores
    from recommender.versions import Versions

MARGIN = 0.005
_HEAD = ("", "version", "promoted", "hr@20", "mrr@20", "cases", "before", "snapshot", "data")
_WEIGHTS = click.Path(path_type=Path, dir_okay=False)


def build_model(container: Container) -> click.Group:
    """The commands, bound to their collaborators."""

    def open_versions() -> "Versions":
        from recommender.versions import Versions  # it brings numba, and web workers import this file

        return Versions(container.model_folder)

    @click.group("model")
    def model() -> None:
        """Choose which weights are in use."""

    @model.command("list")
    def list_versions() -> None:
        """Print every version; * is in use."""
        with failing_evaluation():
            click.echo(_render(open_versions()))

    @model.command("promote")
    @click.argument("weights", type=_WEIGHTS)
    @data_options
    @click.option("--margin", default=MARGIN, show_default=True, type=click.FloatRange(0.0, 1.0), help="May be worse.")
    @progress_option
    def promote(weights: Path, **options: Any) -> None:
        """Put WEIGHTS in use, if on held-out sessions they are not worse than those in use by more than the margin."""
        with failing_evaluation():
            _promote(open_versions(), weights, read_data(options, container.event_log, holds_out=True), options)

    @model.command("rollback")
    @click.option("--to", type=click.IntRange(min=0), metavar="N", help="Another version than the one before.")
    def rollback(to: int | None) -> None:
        """Go back to the version before, and to the tables that it was promoted with."""
        versions = open_versions()
        with failing_evaluation():
            pointer = versions.rollback(to)
        tables = "the learner goes back to the tables that it was promoted with"
        if versions.snapshot_of(pointer.number) is None:
            tables = "no tables were kept with it, so the learner keeps those that it has"
        click.echo(f"Version {pointer.number} is in use; {tables}.")

    return model


def _promote(versions: "Versions", weights: Path, data: "Data", options: dict[str, Any]) -> None:
    from evaluation.hold_out import check_unseen
    from evaluation.judging import judge
    from recommender.tuned import load_tuned
    from recommender.version import Scores, Trial, VersionError

    tuned, running = load_tuned(weights), versions.read_current()
    if running.refused:
        raise VersionError(f"{running.refused}. Name one that can be used first: flask model rollback --to N")
    if not check_unseen(tuned, data):
        click.echo(f"Whether {weights} was found on these sessions cannot be told: it names other ones, or none.")
    _warn_of_advantage(running, data)
    with Stages("clicks", shown=options["progress"]) as stages:
        before, after = (Scores(f.hr_20, f.mrr_20) for f in judge(data, [running.tuned, tuned], stages.report))
    click.echo(_compare({f"version {running.number}": before, str(weights): after}, len(data.cases)))
    trial = Trial(after, len(data.cases), running.number, before, options["margin"], _describe(data, options))
    version = versions.promote(tuned, trial, time.time())
    click.echo(f"Version {version.number} is in use.")


def _warn_of_advantage(running: "Current", data: "Data") -> None:
    from evaluation.hold_out import HoldOutError, check_unseen

    try:
        check_unseen(running.tuned, data)
    except HoldOutError:
        click.echo(f"Version {running.number} was found on some of these sessions, which is in its favour.")


def _compare(scores: "dict[str, Scores]", cases: int) -> str:
    rows = [("", "hr@20", "mrr@20"), *((name, f"{s.hr_20:.4f}", f"{s.mrr_20:.4f}") for name, s in scores.items())]
    hr = max(score.hr_20 for score in scores.values())
    error = math.sqrt(hr * (1.0 - hr) / cases)
    return f"{align(rows)}\n{cases:,} cases; the standard error of an HR@20 is {error:.4f}"


def _describe(data: "Data", options: dict[str, Any]) -> str:
    """What was judged by, in words."""
    files = ", ".join(path.name for path in options["train"])
    origin = "the event log" if options["log"] else files or options["data"].resolve().name
    held = int(data.test.visitor.max()) - len(data.train)
    words = f"last {held:,} of {len(data.train) + held:,} sessions of {origin}"
    if data.timed:
        first, last = (_date(float(time)) for time in (data.test.time.min(), data.test.time.max()))
        words += f", {first} to {last}"
    return words + (", categories withheld" if options["no_categories"] else "")


def _render(versions: "Versions") -> str:
    from recommender.version import SHIPPED
    from recommender.version_snapshots import size_of

    current = versions.current().number
    rows = [_HEAD, ("*" if current == SHIPPED else "", str(SHIPPED), *[""] * 6, "what the service comes with")]
    for version in versions.list():
        trial, size = version.trial, size_of(versions.snapshot_of(version.number))
        cells = (_date(version.created), f"{trial.scores.hr_20:.4f}", f"{trial.scores.mrr_20:.4f}", f"{trial.cases:,}")
        kept = f"{size / 1e6:,.1f} MB" if size else ""
        mark = "*" if version.number == current else ""
        rows.append((mark, str(version.number), *cells, str(trial.before), kept, trial.data))
    return align(rows)


def _date(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M")
