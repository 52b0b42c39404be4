"""The compiler of the kernels of the multistage engine."""

from __future__ import annotations

from replenish.compiling import Compiler

COMPILER = Compiler(
    "multistage",
    "compiling.py",
    "multistage/modelling/expression.py",
    "multistage/records.py",
    "multistage/solving/kernel/*.py",
)
entry, compiled, inlined = COMPILER.entry, COMPILER.compiled, COMPILER.inlined
