"""Where the machine code of kernels is kept. To look there, nobody has to import numba, which takes 60 MB."""

import contextlib
import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
ROOMS = ("recommender", "learner")
# Is in the folder once all kernels are compiled (`python -m learner.warm`).
COMPILED = "compiled"


def cache_folder(root: Path = ROOT) -> Path:
    """Where the machine code of these very sources is kept: beside them, or in the system's folder for such things.

    numba looks at a kernel's own file alone. One that calls a kernel of another file, which has changed, would go on
    with the old one; so every state of all sources has a folder of its own.
    """
    sources = [path for room in ROOMS for path in sorted((root / room).glob("*.py"))]
    state = hashlib.blake2b(b"\0".join(path.read_bytes() for path in sources), digest_size=8).hexdigest()
    caches = root / "recommender" / "__pycache__"
    beside = caches / f"shelflife-kernels-{state}"
    if os.access(caches if caches.exists() else caches.parent, os.W_OK):
        return beside
    elsewhere = Path(tempfile.gettempdir()) / beside.name
    if beside.exists() and not elsewhere.exists():
        _copy(beside, elsewhere)
    return elsewhere


def are_compiled(named: str | None) -> bool:
    """Whether all kernels of these sources are on disk; `named` is NUMBA_CACHE_DIR, which decides where."""
    return (Path(named or cache_folder()) / COMPILED).exists()


@contextlib.contextmanager
def alone(lock: Path) -> Iterator[None]:
    """One at a time, of all processes and threads; `lock` is a file that is made if it is not there."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _copy(folder: Path, target: Path) -> None:
    """Copy what was compiled when a container's image was made: numba uses no folder that it cannot write to."""
    partial = Path(tempfile.mkdtemp(dir=target.parent))
    shutil.copytree(folder, partial, dirs_exist_ok=True)
    with contextlib.suppress(OSError):  # another process was first
        partial.rename(target)
