"""What a bare import and the help text may load: an engine is loaded by the command that needs it."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("altair", "llvmlite", "narwhals", "numba", "numpy", "polars", "pydantic", "scipy", "vl_convert")

IMPORT = "import replenish"
HELP = "from replenish.cli import main; code = main(['--help']); assert code in (0, None), code"


@pytest.mark.parametrize("statement", [IMPORT, HELP], ids=["import replenish", "replenish --help"])
def test_no_engine_is_loaded_before_it_is_needed(statement: str) -> None:
    code = f"""
import sys
try:
    {statement}
except SystemExit as end:
    assert end.code in (0, None), end.code
print("loaded:", *sorted(set(name.split(".")[0] for name in sys.modules) & set({HEAVY!r})))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].split() == ["loaded:"]


def test_simulate_stays_the_function_whatever_was_used_before() -> None:
    code = "import replenish, replenish.simulation.engine; replenish.run; assert callable(replenish.simulate)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
