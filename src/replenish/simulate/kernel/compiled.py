"""How kernels are compiled: once, kept on disk, without the interpreter's lock.

Kernels allocate nothing (`_nrt=False`), so no counting of references stands between their loops.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

F = TypeVar("F", bound=Callable[..., object])
_njit: Any = njit  # its stubs leave out some options
_OPTIONS: dict[str, Any] = {
    "nogil": True,
    "cache": True,
    "error_model": "numpy",  # division by zero gives inf or NaN, as in NumPy
    "no_cfunc_wrapper": True,
    "_nrt": False,
}


def entry(function: F) -> F:
    """Return a compiled `function` that Python calls."""
    return cast(F, _njit(**_OPTIONS)(function))


def compiled(function: F) -> F:
    """Return a compiled `function` that only kernels call; without a door for Python it compiles much faster."""
    return cast(F, _njit(no_cpython_wrapper=True, **_OPTIONS)(function))
