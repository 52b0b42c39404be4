"""Who may import whom."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "replenish"

LAYERS = (
    ("collection", "compiling", "errors", "executors", "interrupts", "measures", "periods", "units"),
    ("scenario", "examples"),
    ("arrays", "draws", "policy", "result"),
    ("simulation", "multistage", "sustain", "ledger"),
    ("planning",),
    ("study",),
    ("report",),
    ("api",),
    ("cli", "web"),
)
RANK = {name: rank for rank, layer in enumerate(LAYERS) for name in layer}
ENGINES = set(LAYERS[3])
FRONT_DOOR = {"__init__", "__main__"}  # modules of the package itself, which hand on what lies below


class Import(NamedTuple):
    """One import of a module of the package by another."""

    importer: str  # dotted, without the leading `replenish.`
    line: int
    imported: str


def _dotted(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


MODULES = {_dotted(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def _absolute(node: ast.ImportFrom, importer: str) -> str:
    """Return the full name of the module that an import names, which may be relative."""
    if not node.level:
        return node.module or ""
    here = ["replenish", *importer.split(".")] if importer != "__init__" else ["replenish", ""]
    if MODULES[importer].name == "__init__.py" and importer != "__init__":
        here.append("")
    return ".".join([*here[: -node.level], *([node.module] if node.module else [])])


def _targets(node: ast.Import | ast.ImportFrom, importer: str) -> Iterator[str]:
    """Return full names of what a statement imports; `from a import b` gives `a.b` where that is a module."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
        return
    base = _absolute(node, importer)
    for alias in node.names:
        inner = f"{base}.{alias.name}"
        yield inner if inner.removeprefix("replenish.") in MODULES else base


def _imports_of(importer: str, source: str) -> Iterator[Import]:
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Import | ast.ImportFrom):
            continue
        for target in _targets(node, importer):
            if target == "replenish" or target.startswith("replenish."):
                name = target.removeprefix("replenish").removeprefix(".") or "__init__"
                yield Import(importer, node.lineno, name)


def _all_imports() -> list[Import]:
    return [found for name, path in MODULES.items() for found in _imports_of(name, path.read_text(encoding="utf-8"))]


def _points_down(found: Import) -> bool:
    here, there = found.importer.split(".")[0], found.imported.split(".")[0]
    if here in FRONT_DOOR or here == there:
        return True
    if there in FRONT_DOOR:
        return here in LAYERS[-1]
    if here in ENGINES and there in ENGINES:
        return False
    return RANK[there] <= RANK[here] if RANK[here] in (0, 1, 2) else RANK[there] < RANK[here]


def test_every_module_belongs_to_a_layer() -> None:
    strays = [name for name in MODULES if name.split(".")[0] not in RANK and name.split(".")[0] not in FRONT_DOOR]
    assert strays == []


def test_imports_point_down() -> None:
    wrong = [found for found in _all_imports() if not _points_down(found)]
    assert wrong == [], "\n".join(f"{MODULES[w.importer]}:{w.line} imports replenish.{w.imported}" for w in wrong)


def test_there_is_no_import_cycle() -> None:
    graph: dict[str, set[str]] = {name: set() for name in MODULES}
    for found in _all_imports():
        if found.imported in MODULES and found.imported != found.importer and found.importer not in FRONT_DOOR:
            graph[found.importer].add(found.imported)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"import cycle: {' <- '.join(error.args[1])}")


@pytest.mark.parametrize(
    ("importer", "statement", "allowed"),
    [
        ("simulation.engine", "from replenish.arrays import to_arrays", True),
        ("simulation.engine", "import replenish.cli.app", False),
        ("simulation.engine", "from replenish import study", False),
        ("simulation.engine", "from replenish import run", False),
        ("arrays", "def late():\n    from replenish.simulation import engine", False),
        ("result", "from replenish.scenario.model import Scenario", True),
        ("report", "from replenish import study", True),
        ("study", "from replenish.report import page", False),
        ("cli", "from replenish import run", True),
    ],
)
def test_the_layer_rule_sees_every_form_of_import(importer: str, statement: str, allowed: bool) -> None:
    assert all(_points_down(found) for found in _imports_of(importer, statement)) is allowed
