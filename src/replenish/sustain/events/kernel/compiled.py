"""The compiler of the kernels of the event simulator."""

from __future__ import annotations

from replenish.compiling import Compiler

COMPILER = Compiler(
    "sustain",
    "compiling.py",
    "draws.py",
    "arrays/groups.py",
    "sustain/events/kernel/*.py",
)
entry, compiled, inlined = COMPILER.entry, COMPILER.compiled, COMPILER.inlined
