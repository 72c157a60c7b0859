"""What the commands `tune` and `evaluate` have in common: options, reading data, and failing with one line.

`evaluation/` is imported inside functions: it brings numba, and web workers import this file.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from app.commands.columns import parse_columns
from app.commands.options import Decorator, failing

if TYPE_CHECKING:
    from evaluation.data import Data
    from evaluation.event_files import EventColumns
    from events.log import EventLog

COLUMN_FIELDS = ("session", "visitor", "product", "time", "type", "category")
COLUMNS_HELP = "Which column of the files is what, such as session=SessionId,product=ItemId,time=Time."
HOLD_OUT_HELP = "Learn nothing from the last N sessions; see docs/models.md."
_PATH = click.Path(path_type=Path)


def data_options(function: Any) -> Any:
    """`--data`, or `--train` and `--columns`, or `--log`; `--hold-out` and `--no-categories`."""
    options: tuple[Decorator, ...] = (
        click.option("--data", type=_PATH, metavar="DIR", help="A folder of sessions, see docs/evaluation.md."),
        click.option("--train", multiple=True, type=_PATH, metavar="FILE", help="Events to learn from; in order."),
        click.option("--columns", default="", metavar="FIELD=COLUMN,...", help=COLUMNS_HELP),
        click.option("--log", is_flag=True, help="The service's own event log."),
        click.option("--hold-out", type=click.IntRange(min=1), metavar="N", help=HOLD_OUT_HELP),
        click.option("--no-categories", is_flag=True, help="Withhold the categories of products."),
    )
    return _decorate(function, options)


def test_option(function: Any) -> Any:
    """`--test`."""
    return click.option("--test", type=_PATH, metavar="FILE", help="Events to be judged by.")(function)


def tuning_options(function: Any) -> Any:
    """`--sessions`, `--trials` and `--seed`."""
    options: tuple[Decorator, ...] = (
        click.option(
            "--sessions",
            type=click.IntRange(min=1),
            help="Tune on so many of the last training sessions; by default those of 55,000 clicks, at most a tenth.",
        ),
        click.option("--trials", default=60, show_default=True, type=click.IntRange(min=0), help="Of session-kNN."),
        click.option("--seed", default=7, show_default=True, help="The same seed gives the same weights."),
    )
    return _decorate(function, options)


def read_data(options: dict[str, Any], log: "EventLog", *, holds_out: bool = False) -> "Data":
    """The data that the options name; all but what is to be judged by, where there is no option `test`.

    Of a log, or with `holds_out`, the last sessions are held out even if `--hold-out` does not say how many.

    Raises:
        click.UsageError: they do not say what to read.
        FolderError, EventFileError, LogError, HoldOutError: what they name cannot be used.
        LogUnavailable: the log cannot be reached.
    """
    from evaluation.hold_out import count_held_out, hold_out

    held_out = options["hold_out"]
    data = _read(options, log)
    data = data.without_categories() if options["no_categories"] else data
    if held_out is None and (options["log"] or holds_out):
        held_out = count_held_out(data)
    return data if held_out is None else hold_out(data, held_out)


def _read(options: dict[str, Any], log: "EventLog") -> "Data":
    """All that the options name."""
    from evaluation.data import read_files, read_folder
    from evaluation.event_log import read_log

    folder, train, columns = (options[name] for name in ("data", "train", "columns"))
    is_judged, test = "test" in options and options["hold_out"] is None, options.get("test")
    named = [bool(folder), bool(train or test or columns), options["log"]]
    if named.count(True) != 1 or (test and not is_judged) or (named[1] and not (columns and (test or not is_judged))):
        raise click.UsageError(_what_to_name("test" in options))
    if options["log"]:
        return read_log(log)
    if folder:
        return read_folder(folder, is_judged)
    return read_files(train, test, parse_event_columns(columns))


def parse_event_columns(text: str) -> "EventColumns":
    """What `--columns` says of files of events.

    Raises:
        click.UsageError: it does not say enough.
    """
    from evaluation.event_files import EventColumns

    mapping = parse_columns(text, COLUMN_FIELDS, COLUMN_FIELDS)
    if not {"product", "time"} <= {*mapping}:
        raise click.UsageError("--columns must name the columns of product and time, and of session or visitor")
    return EventColumns(**mapping)


def _what_to_name(is_judged: bool) -> str:
    if is_judged:
        return (
            "name either --data DIR, or --test FILE with --columns, and --train FILE to learn from, or --log; to be "
            "judged by the last sessions to learn from, --hold-out N and no --test"
        )
    return "name either --data DIR, or --train FILE with --columns, or --log"


@contextmanager
def failing_evaluation() -> Iterator[None]:
    """Turn what is wrong with files and their content into one line and exit code 1."""
    from evaluation.compare import CompareError
    from evaluation.event_files import EventFileError
    from evaluation.event_log import LogError
    from evaluation.folder import FolderError
    from evaluation.hold_out import HoldOutError
    from evaluation.outcomes import OutcomesError
    from evaluation.report import PlotError
    from evaluation.tuning import TuningError
    from events.log import LogUnavailable
    from recommender.tuned import TunedError
    from recommender.version import VersionError

    data_errors = (CompareError, EventFileError, FolderError, HoldOutError, LogError, OutcomesError, PlotError)
    try:
        with failing():
            yield
    except (*data_errors, TunedError, TuningError, VersionError) as error:
        raise click.ClickException(str(error)) from error
    except LogUnavailable as error:
        raise click.ClickException(f"the event log cannot be reached, see REDIS_URL: {error}") from error


def _decorate(function: Any, options: tuple[Decorator, ...]) -> Any:
    for option in reversed(options):
        function = option(function)
    return function
