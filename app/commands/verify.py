"""`flask replay --verify`: is every profile in the service what the file's events make it?"""

import time
from collections.abc import Collection
from typing import TYPE_CHECKING

import click

from app.commands.batches import EventFile
from app.commands.progress import Progress
from app.commands.verify_compare import Comparison, compare
from app.commands.verify_events import build_events
from app.commands.verify_observed import read_profiles
from app.commands.verify_reference import Reference, build_reference
from app.container import Container

if TYPE_CHECKING:
    import pandas as pd

DIFFERENCES_SHOWN = 10
VISITORS_SHOWN = 20


def verify(
    source: EventFile, rejected_lines: Collection[int], container: Container, url: str, shown: bool | None
) -> None:
    """Compare the profiles at `url` with those that pandas makes from `source` without the rejected lines.

    The service must know these visitors from this file only, have the settings of `container`, and not know the
    file's products: it would complete events with what its catalogue says. `shown` is as for `Progress`.

    Raises:
        click.exceptions.Exit: code 1, a profile differs.
        VerifyError: the file cannot be recomputed.
        ServiceError: the service does not answer.
    """
    started = time.time()
    events = build_events(_load(source, rejected_lines), container.rules.taxonomy)
    reference = build_reference(events, container.rules.taxonomy, container.settings, started)
    with Progress("comparing", "profiles", shown=shown) as bar:
        found = read_profiles(reference.moments, url, bar)
    comparison = compare(reference.profiles, found)
    click.echo("\n".join(_render(reference, comparison)))
    if len(comparison.differences) or not reference.moments:
        raise click.exceptions.Exit(1)


def _load(source: EventFile, rejected_lines: Collection[int]) -> "pd.DataFrame":
    import pandas as pd

    frame = pd.concat([chunk.frame for chunk in source.chunks()])
    return frame[~frame.index.isin(list(rejected_lines))]


def _render(reference: Reference, comparison: Comparison) -> list[str]:
    total = len(reference.profiles.seen)
    by_visitor = comparison.differences.groupby("visitor", sort=False)["text"].agg(list)
    equal = total - len(by_visitor)
    lines = [f"{equal:,} of {total:,} profiles equal (max relative difference {comparison.max_relative:.1e})"]
    for reason in sorted(set(reference.left_out.values())):
        names = [name for name, why in reference.left_out.items() if why == reason]
        lines.append(f"{len(names):,} visitors not compared, such as {names[0]}: {reason}")
    for visitor, texts in by_visitor.head(VISITORS_SHOWN).items():
        lines.append(f"{visitor}:")
        lines += [f"  {text}" for text in texts[:DIFFERENCES_SHOWN]]
        if len(texts) > DIFFERENCES_SHOWN:
            lines.append(f"  ... and {len(texts) - DIFFERENCES_SHOWN:,} more differences")
    if len(by_visitor) > VISITORS_SHOWN:
        lines.append(f"... and {len(by_visitor) - VISITORS_SHOWN:,} more visitors")
    return lines
