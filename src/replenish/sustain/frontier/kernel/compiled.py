"""The compiler of the kernels of the optimiser."""

from __future__ import annotations

from replenish.compiling import Compiler

COMPILER = Compiler(
    "frontier",
    "compiling.py",
    "arrays/groups.py",
    "sustain/laws/*.py",
    "sustain/kernel/*.py",
    "sustain/frontier/kernel/*.py",
)
entry, compiled, inlined = COMPILER.entry, COMPILER.compiled, COMPILER.inlined
