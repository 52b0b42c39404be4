"""What a new process costs: compiling, loading what is compiled, memory; each figure from a process of its own."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

# A child imports nothing of ours or of NumPy before its own clock runs: so `show` is imported where it is used.
EXAMPLE = "artillery"
ENDS = (10_000, 1_000_000)  # paths between which memory is compared


def measure_start(repeats: int) -> None:
    """Print how long a process takes from its first import to its first block, with an empty cache and a full one."""
    from clock import show

    with tempfile.TemporaryDirectory() as cache:
        runs = [_child("start", cache=cache) for _ in range(repeats + 1)]
    first, again = runs[0], runs[1:]
    rows = []
    for what in first:
        times = sorted(run[what] for run in again)
        rows.append((what, first[what], times[len(times) // 2]))
    show(f"Start of a process, one block of 256 paths of {EXAMPLE}", ("wall time [s]", "empty cache", "full"), rows)


def measure_memory() -> None:
    """Print the peak memory of runs of few and of many paths, saved with all that a default run keeps."""
    from clock import show

    _child("memory", "256")  # compiled by now
    peaks = [_child("memory", str(paths)) for paths in ENDS]
    rows: list[tuple[object, ...]] = [(n, run["peak"] / 2**20, run["wall"]) for n, run in zip(ENDS, peaks, strict=True)]
    rows.append(("ratio", peaks[1]["peak"] / peaks[0]["peak"], ""))
    show(f"Peak memory, {EXAMPLE} with two threads", ("paths", "MiB", "wall time [s]"), rows)


def _child(*arguments: str, cache: str | None = None) -> dict[str, float]:
    """Return what a process of this file reports."""
    own = os.environ | ({} if cache is None else {"XDG_CACHE_HOME": cache})
    start = time.perf_counter()
    done = subprocess.run([sys.executable, __file__, *arguments], env=own, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(done.stderr)
    found: dict[str, float] = json.loads(done.stdout)
    return found | {"whole process": time.perf_counter() - start} if arguments[0] == "start" else found


def _start() -> dict[str, float]:
    """Return the seconds of each part of a start."""
    times = [time.perf_counter()]

    def lap() -> float:
        times.append(time.perf_counter())
        return times[-1] - times[-2]

    from replenish.scenario.examples import read_scenario
    from replenish.simulation import simulate

    found = {"imports": lap()}
    scenario = read_scenario(EXAMPLE)
    found["read and check the scenario"] = lap()
    blocks: list[float] = []
    simulate(scenario, paths=256, workers=1, progress=lambda _: blocks.append(lap()))
    found["from the call of simulate to the first block"] = blocks[0]
    found["tables of the result"] = lap()
    return found


def _memory(paths: int) -> dict[str, float]:
    """Return the peak memory [byte] and the time [s] of a saved run."""
    from replenish.api import simulate

    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        simulate(EXAMPLE, paths=paths, seed=1, workers=2, out=Path(folder) / "run")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {"peak": peak, "wall": time.perf_counter() - start}


if __name__ == "__main__":
    print(json.dumps(_start() if sys.argv[1] == "start" else _memory(int(sys.argv[2]))))
