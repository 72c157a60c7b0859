"""Versions of the model: weights with the figures they were promoted for, and the tables as they were then.

`{folder}/versions/000001/` holds `weights.json` (recommender/tuned.py), `version.json` and `snapshot/`, which is a
folder for `read_snapshot`. `{folder}/versions/current` names the one in use. Both appear at once or not at all: a
folder is written under another name and renamed, the pointer is replaced. Version 0 is what the service comes with.
"""

import fcntl
import mmap
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from recommender.table_storage import sync
from recommender.tuned import Tuned, TunedError, load_tuned, save_tuned
from recommender.version import SHIPPED, Current, Pointer, Trial, Version, VersionError, decode_pointer
from recommender.version_snapshots import KEPT, link_snapshot

VERSIONS, SNAPSHOTS = "versions", "snapshots"
WEIGHTS, VERSION, SNAPSHOT, CURRENT = "weights.json", "version.json", "snapshot", "current"
DEFAULT_WEIGHTS = Path(__file__).with_name("default_weights.json")


class Versions:
    """The versions in `folder`, the model's. Any number of processes may read and change them."""

    def __init__(self, folder: Path) -> None:
        self._model, self._folder = folder, folder / VERSIONS
        # The pointer as it was read, and its stamp; mapped, so that its inode's number cannot become a later one's.
        self._held: tuple[mmap.mmap | None, tuple[int, int, int]] | None = None

    def list(self) -> list[Version]:
        """Every whole version, oldest first; without the one that the service comes with."""
        found = [self._load(path) for path in sorted(self._folder.glob("[0-9]" * 6))]
        return [version for version in found if version is not None]

    def find(self, number: int) -> Version | None:
        """A version's figures; None for the one that the service comes with, and for one that is not whole."""
        return None if number == SHIPPED else self._load(self.path_of(number))

    def current(self) -> Pointer:
        """Which version is in use.

        Raises:
            VersionError: the pointer is damaged.
        """
        try:
            text = (self._folder / CURRENT).read_bytes()
        except FileNotFoundError:
            return Pointer()
        return decode_pointer(text, self._folder / CURRENT)

    def read_current(self) -> Current:
        """The version in use with its weights; `is_current` says from now on whether it still is.

        Never fails for what a version holds: see `Current.refused`.
        """
        text, pointer = self._hold(), Pointer()
        try:
            pointer = pointer if text is None else decode_pointer(text, self._folder / CURRENT)
            tuned = self.load(pointer.number)
        except (VersionError, TunedError) as error:
            return Current(SHIPPED, load_default(), None, pointer.serial, str(error))
        restore_from = self.snapshot_of(pointer.number) if pointer.restores else None
        return Current(pointer.number, tuned, restore_from, pointer.serial)

    def is_current(self) -> bool:
        """Whether no version was chosen since `read_current`, by one `stat`."""
        held = self._held
        try:
            now = _stamp(os.stat(self._folder / CURRENT))
        except FileNotFoundError:
            return held is None
        return held is not None and held[1] == now

    def load(self, number: int) -> Tuned:
        """The weights of a version.

        Raises:
            VersionError: there is no such version.
            TunedError: its weights cannot be read, or are for other features.
        """
        if number == SHIPPED:
            return load_default()
        if self._load(self.path_of(number)) is None:
            raise VersionError(f"there is no version {number} in {self._folder}: {self._advice()}")
        return load_tuned(self.path_of(number) / WEIGHTS)

    def promote(self, tuned: Tuned, trial: Trial, now: float) -> Version:
        """Make a version of these weights and of the newest snapshot, and the version in use. `now`: Unix seconds.

        Raises:
            VersionError: `trial` says that they are worse than the version before, or another one than that which
                they were compared with is in use by now.
        """
        if trial.scores.is_worse(trial.before_scores, trial.margin):
            raise VersionError(f"worse than version {trial.before} by more than {trial.margin:g}: nothing has changed")
        with self._locked():
            if self.current().number != trial.before:
                raise VersionError(
                    f"version {trial.before} is no longer in use: compare with the one that is, and nothing has changed"
                )
            version = Version(self._next_number(), now, trial)
            self._write(version, tuned)
            self._point(Pointer(self.current().serial + 1, version.number))
            self._remove_snapshots(version.number)
        return version

    def rollback(self, number: int | None = None) -> Pointer:
        """Go back to a version, by default to the one before that in use, and to its snapshot.

        Raises:
            VersionError: there is no such version, or its weights cannot be used.
        """
        with self._locked():
            pointer = self.current()
            wanted = self._before(pointer.number) if number is None else number
            try:
                self.load(wanted)
            except TunedError as error:
                raise VersionError(f"version {wanted} cannot be used: {error}") from error
            found = Pointer(pointer.serial + 1, wanted, restores=True)
            self._point(found)
        return found

    def path_of(self, number: int) -> Path:
        """The folder of a version."""
        return self._folder / f"{number:06d}"

    def snapshot_of(self, number: int) -> Path | None:
        """The folder of a version's snapshot, None when it has none."""
        path = self.path_of(number) / SNAPSHOT
        return path if number != SHIPPED and path.is_dir() else None

    def _before(self, number: int) -> int:
        """The version that was in use when this one was promoted: not the one numbered before it, which may have been
        given up.
        """
        if number == SHIPPED:
            raise VersionError("the version that the service comes with is in use: there is none before it")
        version = self._load(self.path_of(number))
        if version is None:
            raise VersionError(f"version {number} does not say which was before it: name one, --to N")
        return version.trial.before

    def _load(self, folder: Path) -> Version | None:
        try:
            version = msgspec.json.decode((folder / VERSION).read_bytes(), type=Version)
        except (OSError, msgspec.MsgspecError):
            return None
        return version if folder == self.path_of(version.number) else None

    def _write(self, version: Version, tuned: Tuned) -> None:
        folder = self.path_of(version.number)
        partial = folder.with_name(f"partial-{folder.name}")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir()
        save_tuned(partial / WEIGHTS, tuned)
        (partial / VERSION).write_bytes(msgspec.json.format(msgspec.json.encode(version)) + b"\n")
        link_snapshot(self._model / SNAPSHOTS, partial / SNAPSHOT)
        for path in (partial / WEIGHTS, partial / VERSION, partial):
            sync(path)
        partial.rename(folder)
        sync(self._folder)

    def _point(self, pointer: Pointer) -> None:
        fresh = self._folder / f"{CURRENT}.new"
        fresh.write_bytes(msgspec.json.encode(pointer) + b"\n")
        sync(fresh)
        fresh.replace(self._folder / CURRENT)
        sync(self._folder)

    def _next_number(self) -> int:
        """Never one that was used, even by a version that is damaged now."""
        return max((int(path.name) for path in self._folder.glob("[0-9]" * 6)), default=SHIPPED) + 1

    def _remove_snapshots(self, newest: int) -> None:
        """Keep the tables of the versions that were in use last, one after the other, up to `newest`."""
        before = {version.number: version.trial.before for version in self.list()}
        kept = [newest]
        while len(kept) < KEPT and kept[-1] in before:
            kept.append(before[kept[-1]])
        for number in {*before} - {*kept}:
            shutil.rmtree(self.path_of(number) / SNAPSHOT, ignore_errors=True)

    def _hold(self) -> bytes | None:
        """What the pointer says; None when there is none."""
        try:
            with (self._folder / CURRENT).open("rb") as file:
                text = file.read()
                mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if text else None
                self._held = mapped, _stamp(os.fstat(file.fileno()))
        except FileNotFoundError:
            text, self._held = None, None
        return text

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / "lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _advice(self) -> str:
        numbers = [SHIPPED, *(version.number for version in self.list())]
        return f"one of {', '.join(map(str, numbers))} would be right"


def load_default() -> Tuned:
    """The weights that the service comes with: version 0."""
    return load_tuned(DEFAULT_WEIGHTS)


def _stamp(status: os.stat_result) -> tuple[int, int, int]:
    return status.st_dev, status.st_ino, status.st_mtime_ns
