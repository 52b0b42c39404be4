"""Traps of compiled kernels: stale caches, kernels that are compiled anew, threads, and processes that are forked."""

from __future__ import annotations

import ast
import multiprocessing
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from replenish import compiling
from replenish.compiling import Compiler
from replenish.simulation import simulate
from replenish.simulation.kernel.compiled import COMPILER
from tests.simulation.runs import totals
from tests.simulation.small import small

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = Path(compiling.__file__).parent
KERNELS = sorted((PACKAGE / "simulation" / "kernel").glob("*.py"))
DECORATORS = {"entry", "compiled", "inlined"}


def decorated(tree: ast.AST) -> Iterator[ast.FunctionDef]:
    """Return the functions of a module that are compiled."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            names = {name.id for name in node.decorator_list if isinstance(name, ast.Name)}
            if names & DECORATORS:
                yield node


@pytest.mark.parametrize("path", KERNELS, ids=lambda path: path.stem)
def test_kernels_are_made_at_module_level(path: Path) -> None:
    """One made inside a function never finds its compiled code again."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert set(decorated(tree)) <= set(tree.body)


def test_all_that_kernels_are_made_from_names_their_cache() -> None:
    """What a kernel imports is part of its text: a number changed there must not leave old code in use."""
    hashed = {path for pattern in COMPILER.made_from for path in PACKAGE.glob(pattern)}
    assert set(KERNELS) <= hashed
    for path in KERNELS:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("replenish."):
                file = PACKAGE.joinpath(*(node.module or "").split(".")[1:]).with_suffix(".py")
                assert file in hashed, f"{path.name} imports {node.module}"


@pytest.mark.parametrize("file", ["draws.py", "simulation/kernel/share.py", "simulation/state.py"])
def test_another_text_has_another_cache(file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for pattern in COMPILER.made_from:
        for path in PACKAGE.glob(pattern):
            copy = tmp_path / path.relative_to(PACKAGE)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())

    def find() -> str:
        return Compiler(COMPILER.name, *COMPILER.made_from).cache_folder

    here = find()
    monkeypatch.setattr(compiling, "_PACKAGE", tmp_path)
    assert find() == here
    with (tmp_path / file).open("a", encoding="utf-8") as text:
        text.write("\n")
    assert find() != here


CACHED = """
from replenish.simulation.kernel import run
from tests.simulation.runs import totals
from tests.simulation.small import small
hash = totals(small(), paths=40).array_hash()
print(hash, sum(run.run_lanes.stats.cache_hits.values()), sum(run.run_lanes.stats.cache_misses.values()))
"""


def test_a_second_process_compiles_nothing() -> None:
    here = totals(small(), paths=40).array_hash()  # compiled, and kept, if it was not before
    path = os.pathsep.join([str(ROOT), str(PACKAGE.parent), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", CACHED],
        env=os.environ | {"PYTHONPATH": path}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.split() == [here, "1", "0"]


def test_runs_beside_each_other_do_not_disturb_each_other() -> None:
    """Several runs at once, each with threads of its own."""
    alone = {seed: simulate(small(), paths=300, seed=seed).provenance.array_hash for seed in (1, 2)}
    start = threading.Barrier(4)

    def run(seed: int) -> tuple[int, str]:
        start.wait()
        return seed, simulate(small(), paths=300, seed=seed, workers=2).provenance.array_hash

    with ThreadPoolExecutor(4) as pool:
        for seed, found in pool.map(run, [1, 2, 1, 2]):
            assert found == alone[seed]


def _send_hash(out: multiprocessing.SimpleQueue[str]) -> None:
    out.put(totals(small(), paths=300, workers=2).array_hash())


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="no fork on this system")
@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork.*:DeprecationWarning")
def test_a_forked_process_gives_the_same_after_its_parent_has_run() -> None:
    """Threads end with a run and no threading layer is open, so a child finds nothing that waits for them."""
    here = totals(small(), paths=300, workers=2).array_hash()
    context = multiprocessing.get_context("fork")
    out = context.SimpleQueue()
    child = context.Process(target=_send_hash, args=(out,))
    child.start()
    child.join(120)
    child.kill()  # one that hangs
    assert child.exitcode == 0
    assert out.get() == here
