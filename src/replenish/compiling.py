"""How kernels are compiled: once, kept on disk, without the interpreter's lock.

Kernels allocate nothing (`_nrt=False`), so no counting of references stands between their loops.

The compiler's own store looks only at the file of the function that is called, not at what that function calls, and
would run old code after an edit.  So compiled code is kept in a folder named after the text of all that it is made
from, in the user's cache: an edit or an upgrade starts a new folder, and a read-only installation works as well.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., object])
_PACKAGE = Path(__file__).parent
_njit: Any = numba.njit  # its stubs leave out some options
_config: Any = numba.config
_OPTIONS: dict[str, Any] = {
    "nogil": True,
    "error_model": "numpy",  # division by zero gives inf or NaN, as in NumPy
    "no_cfunc_wrapper": True,
    "_nrt": False,
}


class Compiler:
    """Compiles the kernels of one engine."""

    def __init__(self, name: str, *made_from: str) -> None:
        """Name the engine and the source files, as patterns within the package, that its kernels are made from."""
        self.name, self.made_from = name, made_from

    def entry(self, function: F) -> F:
        """Return a compiled `function` that Python calls."""
        return self._compile(function, cache=True)

    def compiled(self, function: F) -> F:
        """Return a compiled `function` that only kernels call; without a door for Python it compiles much faster."""
        return self._compile(function, no_cpython_wrapper=True)

    def inlined(self, function: F) -> F:
        """Return a compiled `function` that becomes part of its caller: for short ones that take many arrays."""
        return self._compile(function, no_cpython_wrapper=True, forceinline=True)

    @cached_property
    def cache_folder(self) -> str:
        """Return the folder of the compiled code of these sources; NUMBA_CACHE_DIR goes before it."""
        digest = sha256()
        for pattern in self.made_from:
            for path in sorted(_PACKAGE.glob(pattern)):
                digest.update(path.read_bytes())
        home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        return str(Path(home) / "replenish" / f"{self.name}-{digest.hexdigest()[:16]}")

    def _compile(self, function: F, **options: Any) -> F:
        before = _config.CACHE_DIR
        _config.CACHE_DIR = before or self.cache_folder
        try:
            return cast(F, _njit(**options, **_OPTIONS)(function))
        finally:
            _config.CACHE_DIR = before
