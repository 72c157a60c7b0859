"""Kernels: functions over arrays that are compiled to machine code, for loops that numpy would need temporaries for."""

from collections.abc import Callable
from typing import TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., object])


def kernel(function: F) -> F:
    """Compile `function` on its first call, and keep the result on disk (`NUMBA_CACHE_DIR`) for other processes.

    Kernels run without Python's lock, never allocate, and do not reorder sums, so that the same input gives the same
    bytes. `function.py_func` is the function as it was written.
    """
    # Without numba's reference counts, which only allocations need: with them a call that hands on a tuple of arrays
    # costs 65 ns, without them 1 ns, and the session query 4 times as much in all.
    return cast(F, numba.njit(cache=True, nogil=True, _nrt=False)(function))  # type: ignore[call-overload]  # it has no public name
