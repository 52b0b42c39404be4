"""The page on the mathematics of the plan names every row, state, variable and parameter, beside what builds it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pytest

import replenish
from replenish.arrays.groups import Floats
from replenish.multistage import CVaR
from replenish.planning.frame import to_frame
from replenish.planning.prices import MARGIN
from replenish.planning.problem import to_problem

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "explanation" / "plan-mathematics.md").read_text(encoding="utf-8")
CODE = ROOT / "src" / "replenish" / "planning"
EXAMPLES = ("antivirals", "artillery", "blank", "petroleum")
DECLARING = ("row", "state", "variable", "parameter")


def _functions() -> Iterator[ast.FunctionDef]:
    for path in sorted(CODE.rglob("*.py")):
        yield from (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.FunctionDef))


def _declared() -> Iterator[tuple[str, str, str]]:
    """Yield function, kind and name of all that a stage may hold."""
    for function in _functions():
        for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
            kind = call.func.attr if isinstance(call.func, ast.Attribute) else ""
            if kind in DECLARING and call.args and isinstance(call.args[0], ast.Constant):
                yield function.name, kind, str(call.args[0].value)


FUNCTIONS = {function.name for function in _functions()}
DECLARED = sorted(set(_declared()))
ROWS = {name: function for function, kind, name in DECLARED if kind == "row"}
TABLE_LINES = [line for line in PAGE.splitlines() if line.startswith("| ")]


def _words(text: str) -> set[str]:
    return set(re.findall(r"`(\w+)`", text))


def _named(blocks: Iterable[str]) -> set[str]:
    return {re.split(r"[.[]", name)[0] for name in blocks}


def test_the_code_is_read() -> None:
    assert len(ROWS) > 30
    assert len(DECLARED) > 80


@pytest.mark.parametrize("row", sorted(ROWS))
def test_each_family_of_rows_stands_beside_the_function_that_builds_it(row: str) -> None:
    lines = [line for line in TABLE_LINES if f"`{row}_rule`" in line.split("|")[1]]
    assert len(lines) == 1
    assert f"`{ROWS[row]}()`" in lines[0].split("|")[3]


@pytest.mark.parametrize("kind", ["state", "variable", "parameter"])
def test_everything_that_a_stage_may_hold_is_on_the_page(kind: str) -> None:
    assert sorted({name for _, own, name in DECLARED if own == kind} - _words(PAGE)) == []


@pytest.mark.parametrize("example", EXAMPLES)
@pytest.mark.parametrize("whole", [False, True], ids=["shares", "whole"])
def test_the_programmes_of_the_examples_hold_nothing_else(example: str, *, whole: bool) -> None:
    frame = to_frame(to_problem(replenish.load(example), length=3, whole=whole))
    for program in (frame.usual, frame.last):
        held = _named(program.variables) | _named(program.parameters) | _named(program.states)
        assert sorted((held | set(program.constraints)) - _words(PAGE)) == []


def test_every_rule_on_the_page_is_in_the_code() -> None:
    named = {word.removesuffix("_rule") for word in _words(PAGE) if word.endswith("_rule")}
    assert sorted(named - set(ROWS)) == []


def test_every_function_on_the_page_is_in_the_code() -> None:
    named = set(re.findall(r"`(\w+)\(\)`", PAGE))
    assert len(named) > 40
    assert sorted(named - FUNCTIONS) == []


def test_formulas_can_be_drawn() -> None:
    convert = pytest.importorskip("latex2mathml.converter").convert
    blocks = re.findall(r"\$\$(.+?)\$\$", PAGE, re.DOTALL)
    formulas = blocks + re.findall(r"\$([^$]+)\$", re.sub(r"\$\$.+?\$\$", "", PAGE, flags=re.DOTALL))
    assert all(convert(formula).startswith("<math") for formula in formulas)


@pytest.mark.parametrize(
    ("nodes", "nested", "total"),
    [
        ([([0.5, 0.5], [1.0, 0.0]), ([1.0], [0.0])], 1.0, 0.5),
        ([([1.0], [2.0]), ([0.1, 0.9], [10.0, 0.0])], 2.0, 2.8),
    ],
    ids=["nested above", "nested below"],
)
def test_nested_risk_and_risk_of_the_total_are_as_the_page_says(
    nodes: list[tuple[list[float], list[float]]], nested: float, total: float
) -> None:
    assert f"| {nested:g} | {total:g} |" in PAGE
    inner = [_risk(np.array(probability), np.array(cost)) for probability, cost in nodes]
    assert _risk(np.full(2, 0.5), np.array(inner)) == pytest.approx(nested)
    joint = np.concatenate([0.5 * np.array(probability) for probability, _ in nodes])
    assert _risk(joint, np.concatenate([cost for _, cost in nodes])) == pytest.approx(total)


def _risk(probability: Floats, cost: Floats) -> float:
    return float(CVaR(0.5).weights(probability, cost) @ cost)


def test_the_margin_is_that_of_the_page() -> None:
    assert f"< {MARGIN:g}." in PAGE
