"""Kernels: functions over arrays that are compiled to machine code, for loops that numpy would need temporaries for."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba.core import types
from numba.core.caching import FunctionCache
from numba.extending import intrinsic

from recommender.kernel_cache import alone, cache_folder

FOLDER = Path(str(numba.config.CACHE_DIR or cache_folder()))  # type: ignore[attr-defined]  # from NUMBA_CACHE_DIR
numba.config.CACHE_DIR = str(FOLDER)  # type: ignore[attr-defined]

F = TypeVar("F", bound=Callable[..., object])
T = TypeVar("T")


class _Cache(FunctionCache):
    """numba's files, changed by one process at a time.

    numba itself has no lock: two processes that keep different versions of a kernel at the same moment would give them
    one name, and the index would say of the one's code that it is the other's.
    """

    def save_overload(self, sig: object, data: object) -> None:
        with alone(FOLDER / "saving"):
            super().save_overload(sig, data)  # type: ignore[no-untyped-call]


def kernel(function: F) -> F:
    """Compile `function` on its first call, and keep the result on disk for other processes.

    Kernels run without Python's lock, never allocate, and do not reorder sums, so that the same input gives the same
    bytes. `function.py_func` is the function as it was written.
    """
    # Without numba's reference counts, which only allocations need: with them a call that hands on a tuple of arrays
    # costs 65 ns, without them 1 ns, and the session query 4 times as much in all.
    compiled = numba.njit(nogil=True, _nrt=False)(function)  # type: ignore[call-overload]  # it has no public name
    compiled._cache = _Cache(function)  # type: ignore[no-untyped-call]  # what `cache=True` does, with numba's own
    return cast(F, compiled)


def as_read_only(tables: T) -> T:
    """The same named tuple of arrays, or of more such, which kernels cannot write to.

    To numba that is another type, so kernels that read are compiled once, however the tables are held.
    """
    if isinstance(tables, np.ndarray):
        view = tables.view()
        view.flags.writeable = False
        return cast(T, view)
    return type(tables)(*map(as_read_only, cast(Any, tables)))


def machine_code(kernel: F, *arguments: object) -> F:
    """The machine code of a kernel for arguments of the types of these, to be called with no others: nothing checks.

    A call of the kernel itself finds out the types of every array in every tuple first. For the sixty of the hybrid
    that takes 14 us, and what is left of the call without it 2 us.
    """
    compiled = cast(Any, kernel)
    signature = tuple(cast(Any, numba.typeof)(argument) for argument in arguments)
    compiled.compile(signature)
    return cast(F, compiled.overloads[signature].entry_point)


def _generate_barrier(typing_context: Any) -> Any:
    def generate(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> Any:
        builder.fence("acq_rel")
        return context.get_dummy_value()

    return types.void(), generate


# Keeps compiler and processor from moving reads and writes across it; costs nothing on x86. For rows with a version (a
# sequence lock): the writer makes the version odd, writes, and makes it even again, with a barrier between any two of
# these; a reader reads the version before and after, and all of it again when they differ.
barrier = cast(Callable[[], None], intrinsic(_generate_barrier))
