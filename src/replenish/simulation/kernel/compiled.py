"""The compiler of the kernels of the simulation."""

from __future__ import annotations

from replenish.compiling import Compiler

COMPILER = Compiler(
    "kernels",
    "compiling.py",
    "draws.py",
    "arrays/ages.py",
    "arrays/groups.py",
    "simulation/state.py",
    "simulation/kernel/*.py",
)
entry, compiled, inlined = COMPILER.entry, COMPILER.compiled, COMPILER.inlined
