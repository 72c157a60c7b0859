"""What the commands that read files have in common: options, and failing with one line."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from app.commands.client import ServiceError
from app.commands.columns import ColumnsError
from app.commands.formats import TableError
from app.commands.verify_tables import VerifyError
from profiles.errors import StoreUnavailable

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def _parse_delimiter(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    value = {"\\t": "\t", "tab": "\t"}.get(value or "", value)
    if value is not None and (len(value) != 1 or value in '"\r\n'):
        raise click.BadParameter("must be one character, or tab")
    return value


def columns_option(example: str) -> Decorator:
    """`--columns`, with an example in its help."""
    return click.option("--columns", default="", metavar="FIELD=COLUMN,...", help=f"Such as {example}.")


delimiter_option: Decorator = click.option(
    "--delimiter", callback=_parse_delimiter, help="What separates fields, whatever FILE's name says; tab for a tab."
)
rejected_option: Decorator = click.option(
    "--rejected",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="REPORT",
    help="Write all rejected rows to this file, as JSON lines.",
)
progress_option: Decorator = click.option(
    "--progress/--no-progress", default=None, help="The progress bar; by default only on a terminal."
)


@contextmanager
def failing() -> Iterator[None]:
    """Turn errors of files, mappings, the service and the store into one line and exit code 1."""
    try:
        yield
    except (TableError, ColumnsError, ServiceError, VerifyError) as error:
        raise click.ClickException(str(error)) from error
    except StoreUnavailable as error:
        raise click.ClickException(f"the store does not answer, see REDIS_URL: {error}") from error
    except OSError as error:
        if error.filename is None:
            raise
        raise click.ClickException(f"cannot write {error.filename}: {error.strerror}") from error
