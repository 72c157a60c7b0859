"""A folder for each state of the sources, which is found without numba."""

import subprocess
import sys
from pathlib import Path

from recommender.kernel_cache import ROOMS, cache_folder
from tests.servers import ROOT


def test_other_sources_have_another_folder_for_what_is_compiled(tmp_path: Path) -> None:
    """numba looks at the caller's file alone, but a kernel holds those that it calls, whichever file these are in."""
    for room in ROOMS:
        (tmp_path / room).mkdir()
    called = tmp_path / "learner" / "called.py"
    called.write_text("first")
    first = cache_folder(tmp_path)
    assert cache_folder(tmp_path) == first
    called.write_text("second")
    assert cache_folder(tmp_path) != first


def test_who_looks_after_the_processes_loads_none_of_what_they_run() -> None:
    """`make run` stays for as long as the service does, and has no use for its libraries."""
    code = "import app.serve, sys; print(*{'numba', 'numpy', 'flask', 'redis'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, text=True, capture_output=True, check=True)
    assert done.stdout == "\n"
