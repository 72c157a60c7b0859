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

COLUMN_FIELDS = ("session", "visitor", "product", "time", "type", "category")
COLUMNS_HELP = "Which column of the files is what, such as session=SessionId,product=ItemId,time=Time."
_PATH = click.Path(path_type=Path)


def data_options(function: Any) -> Any:
    """`--data`, or `--train` and `--columns`; and `--no-categories`."""
    options: tuple[Decorator, ...] = (
        click.option("--data", type=_PATH, metavar="DIR", help="A folder of sessions, see docs/evaluation.md."),
        click.option("--train", multiple=True, type=_PATH, metavar="FILE", help="Events to learn from; in order."),
        click.option("--columns", default="", metavar="FIELD=COLUMN,...", help=COLUMNS_HELP),
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


def read_data(options: dict[str, Any]) -> "Data":
    """The data that the options name; all but what is to be judged by, where there is no option `test`.

    Raises:
        click.UsageError: they do not say what to read.
        FolderError, EventFileError: a file cannot be used.
    """
    from evaluation.data import read_files, read_folder
    from evaluation.event_files import EventColumns

    folder, train, columns = (options[name] for name in ("data", "train", "columns"))
    is_judged, test = "test" in options, options.get("test")
    if folder is not None and not (train or test or columns):
        data = read_folder(folder, is_judged)
    elif folder is None and columns and (test if is_judged else train):
        mapping = parse_columns(columns, COLUMN_FIELDS, COLUMN_FIELDS)
        if not {"product", "time"} <= {*mapping}:
            raise click.UsageError("--columns must name the columns of product and time, and of session or visitor")
        data = read_files(train, test, EventColumns(**mapping))
    else:
        files = (
            "--test FILE with --columns, and --train FILE to learn from" if is_judged else "--train FILE with --columns"
        )
        raise click.UsageError(f"name either --data DIR, or {files}")
    return data.without_categories() if options["no_categories"] else data


@contextmanager
def failing_evaluation() -> Iterator[None]:
    """Turn what is wrong with files and their content into one line and exit code 1."""
    from evaluation.compare import CompareError
    from evaluation.event_files import EventFileError
    from evaluation.folder import FolderError
    from evaluation.outcomes import OutcomesError
    from evaluation.report import PlotError
    from evaluation.tuning import TuningError
    from recommender.tuned import TunedError

    try:
        with failing():
            yield
    except (CompareError, EventFileError, FolderError, OutcomesError, PlotError, TunedError, TuningError) as error:
        raise click.ClickException(str(error)) from error


def _decorate(function: Any, options: tuple[Decorator, ...]) -> Any:
    for option in reversed(options):
        function = option(function)
    return function
