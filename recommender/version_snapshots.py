"""The tables that a version keeps: a snapshot's files under a second name, which costs no disk while both are there."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from recommender.model import SCHEMA
from recommender.table_schema import TableError
from recommender.table_snapshots import read_snapshot
from recommender.table_storage import sync

# Versions that keep their tables; those before them keep weights and figures. A file that has no other name any more
# takes disk of its own: some 0.3 GB for a million sessions.
KEPT = 3
# Times that the newest snapshot is tried: the learner may remove it meanwhile, because newer ones are there.
ATTEMPTS = 5


def link_snapshot(snapshots: Path, target: Path) -> Path | None:
    """Give the files of the newest whole snapshot a name below `target`, which is then a folder for `read_snapshot`.

    Returns the snapshot's own folder in it; None, and no `target`, when there is no snapshot that is whole.
    """
    for _ in range(ATTEMPTS):
        found = sorted(snapshots.glob("snapshot-" + "[0-9]" * 9), reverse=True)
        if not found:
            return None
        linked = _link_first(found, target)
        if linked is not None:
            return linked
    return None


def size_of(folder: Path | None) -> int:
    """Bytes on disk of the files below a folder; 0 when there is none."""
    if folder is None:
        return 0
    return sum(path.stat().st_blocks * 512 for path in folder.rglob("*") if path.is_file())


def _link_first(found: Sequence[Path], target: Path) -> Path | None:
    for snapshot in found:
        try:
            _link(snapshot, target / snapshot.name)
            read_snapshot(target, SCHEMA)  # all of its bytes
        except (FileNotFoundError, TableError):
            shutil.rmtree(target)
        else:
            sync(target / snapshot.name)
            sync(target)
            return target / snapshot.name
    return None


def _link(snapshot: Path, target: Path) -> None:
    target.mkdir(parents=True)
    for path in sorted(snapshot.iterdir()):
        try:
            os.link(path, target / path.name)
        except FileNotFoundError:
            raise
        except OSError:  # a file system without such links
            shutil.copyfile(path, target / path.name)
            sync(target / path.name)
