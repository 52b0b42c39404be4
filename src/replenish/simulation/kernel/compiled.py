"""How kernels are compiled: once, kept on disk, without the interpreter's lock.

Kernels allocate nothing (`_nrt=False`), so no counting of references stands between their loops.

The compiler's own store looks only at the file of the function that is called, not at what that function calls, and
would run old code after an edit.  So compiled code is kept in a folder named after the text of all that it is made
from, in the user's cache: an edit or an upgrade starts a new folder, and a read-only installation works as well.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., object])
_PACKAGE = Path(__file__).parent.parent.parent
_MADE_FROM = ("draws.py", "arrays/groups.py", "simulation/state.py", "simulation/kernel/*.py")
_njit: Any = numba.njit  # its stubs leave out some options
_config: Any = numba.config
_OPTIONS: dict[str, Any] = {
    "nogil": True,
    "error_model": "numpy",  # division by zero gives inf or NaN, as in NumPy
    "no_cfunc_wrapper": True,
    "_nrt": False,
}


def entry(function: F) -> F:
    """Return a compiled `function` that Python calls."""
    return _compile(function, cache=True)


def compiled(function: F) -> F:
    """Return a compiled `function` that only kernels call; without a door for Python it compiles much faster."""
    return _compile(function, no_cpython_wrapper=True)


def inlined(function: F) -> F:
    """Return a compiled `function` that becomes part of its caller: for short ones that take many arrays."""
    return _compile(function, no_cpython_wrapper=True, forceinline=True)


def _compile(function: F, **options: Any) -> F:
    before = _config.CACHE_DIR
    _config.CACHE_DIR = before or cache_folder()
    try:
        return cast(F, _njit(**options, **_OPTIONS)(function))
    finally:
        _config.CACHE_DIR = before


@cache
def cache_folder() -> str:
    """Return the folder of the compiled code of these sources; NUMBA_CACHE_DIR goes before it."""
    digest = sha256()
    for pattern in _MADE_FROM:
        for path in sorted(_PACKAGE.glob(pattern)):
            digest.update(path.read_bytes())
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return str(Path(home) / "replenish" / f"kernels-{digest.hexdigest()[:16]}")
