"""The kernel is ordinary Python, and reads nothing outside its arrays."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from replenish.arrays import to_arrays
from replenish.scenario.model import Scenario
from tests.simulation.runs import totals, trace
from tests.simulation.small import small

ROOT = Path(__file__).resolve().parents[2]
PATHS, PERIODS = 3, 5


def tiny() -> Scenario:
    """Return the small scenario over a few periods."""
    scenario = small()
    time = scenario.settings.time.model_copy(update={"end": scenario.settings.time.start.replace(month=PERIODS)})
    return scenario.model_copy(update={"settings": scenario.settings.model_copy(update={"time": time})})


CODE = """
import sys
import numpy as np
from replenish.arrays import to_arrays
from tests.simulation.runs import totals, trace
from tests.simulation.test_compiled import PATHS, tiny
arrays, _ = to_arrays(tiny())
np.savez(sys.argv[1], **trace(arrays, paths=PATHS, lanes=PATHS))
print(totals(tiny(), paths=40).array_hash() if len(sys.argv) > 2 else "")
"""


def run_with(tmp_path: Path, *arguments: str, **environment: str) -> tuple[str, dict[str, np.ndarray]]:
    """Run the tiny scenario in a new process; return what it printed, and its readings."""
    path = os.pathsep.join([str(ROOT), str(ROOT / "src"), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", CODE, str(tmp_path / "readings.npz"), *arguments],
        env=os.environ | {"PYTHONPATH": path} | environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    with np.load(tmp_path / "readings.npz") as readings:
        return done.stdout.strip(), dict(readings)


def test_the_kernel_gives_the_same_without_the_compiler(tmp_path: Path) -> None:
    _, plain = run_with(tmp_path, NUMBA_DISABLE_JIT="1")
    arrays, _ = to_arrays(tiny())
    compiled = trace(arrays, paths=PATHS, lanes=PATHS)
    for name, values in compiled.items():
        assert np.allclose(plain[name], values, rtol=1e-12, atol=1e-9), name


@pytest.mark.slow
def test_the_kernel_stays_inside_its_arrays(tmp_path: Path) -> None:
    """Compiled anew with every index checked; statistics as well as the step."""
    cache = str(tmp_path / "kernels")
    printed, checked = run_with(tmp_path, "statistics", NUMBA_BOUNDSCHECK="1", NUMBA_CACHE_DIR=cache)
    assert printed == totals(tiny(), paths=40).array_hash()
    arrays, _ = to_arrays(tiny())
    assert all(np.array_equal(checked[name], values) for name, values in trace(arrays, paths=PATHS).items())
