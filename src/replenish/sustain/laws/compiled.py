"""The compiler of the kernels of the sustain engine's laws."""

from __future__ import annotations

from replenish.compiling import Compiler

COMPILER = Compiler("sustain", "compiling.py", "sustain/laws/*.py", "sustain/kernel/*.py")
entry, compiled, inlined = COMPILER.entry, COMPILER.compiled, COMPILER.inlined
