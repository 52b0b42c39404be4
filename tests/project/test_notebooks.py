"""Notebooks in the documentation run from the first cell to the last, without Jupyter."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = {
    str(path.relative_to(ROOT)): text
    for path in sorted((ROOT / "docs").rglob("*.md"))
    if "_build" not in path.parts and "{code-cell}" in (text := path.read_text(encoding="utf-8"))
}
CELL = re.compile(r"^```\{code-cell\} python\n((?::[^\n]*\n)*)(.*?)^```$", re.MULTILINE | re.DOTALL)


def cells(page: str) -> list[str]:
    """Return the code of all cells of a page, in order."""
    return [code for _, code in CELL.findall(PAGES[page])]


def run(page: str) -> tuple[dict[str, Any], list[Any]]:
    """Run all cells in one namespace; return it with what each cell shows at its end."""
    names: dict[str, Any] = {"__name__": "__main__"}
    shown: list[Any] = []
    for number, code in enumerate(cells(page), 1):
        tree = ast.parse(code)
        last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, f"{page}, cell {number}", "exec"), names)
        if isinstance(last, ast.Expr):
            shown.append(eval(compile(ast.Expression(last.value), f"{page}, cell {number}", "eval"), names))
    return names, shown


def test_there_are_notebooks() -> None:
    assert "docs/tutorials/dataframe-to-picture.md" in PAGES


@pytest.mark.parametrize("page", PAGES)
def test_a_notebook_says_that_it_is_one_and_every_cell_is_found(page: str) -> None:
    front = PAGES[page].split("---\n")[1]
    assert "file_format: mystnb" in front
    assert "kernelspec:" in front
    assert len(cells(page)) == PAGES[page].count("```{code-cell}")


@pytest.mark.parametrize("page", PAGES)
def test_what_a_notebook_needs_is_declared(page: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = [*project["dependencies"], *project["optional-dependencies"]["pandas"]]
    packages = {re.split(r"[<>=]", name)[0] for name in declared} | {"replenish"}
    found = {
        ((node.module if isinstance(node, ast.ImportFrom) else node.names[0].name) or "").split(".")[0]
        for code in cells(page)
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    assert found - packages <= {"datetime", "tempfile", "pathlib"}


def test_the_notebook_runs_and_ends_in_a_picture_and_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    import altair

    renderer = altair.renderers.active
    try:
        names, shown = run("docs/tutorials/dataframe-to-picture.md")
        bundle = names["picture"]._repr_mimebundle_()
    finally:
        altair.renderers.enable(renderer)
    picture = bundle[0] if isinstance(bundle, tuple) else bundle
    assert picture["image/svg+xml"].startswith("<svg")
    assert "did you mean `on_hand`" in capsys.readouterr().out
    assert all(hasattr(value, "_repr_html_") or hasattr(value, "_repr_mimebundle_") for value in shown)
    table = names["table"]
    assert list(table.columns) == ["as it is", "larger plant"]
    assert len(table) == 24
    assert table["larger plant"].sum() < table["as it is"].sum()


def test_the_reservoir_is_planned_from_the_model_to_its_pictures(capsys: pytest.CaptureFixture[str]) -> None:
    import altair

    renderer = altair.renderers.active
    try:
        names, shown = run("docs/tutorials/reservoir.md")
        bundles = [names[chart]._repr_mimebundle_() for chart in ("water_value", "picture")]
    finally:
        altair.renderers.enable(renderer)
    pictures = [bundle[0] if isinstance(bundle, tuple) else bundle for bundle in bundles]
    assert all(picture["image/svg+xml"].startswith("<svg") for picture in pictures)
    assert "proven: True" in capsys.readouterr().out
    value, policy, worths = names["value"], names["policy"], names["worths"]
    assert value.high > policy.bound > 0
    assert worths["worth"].min() > -1e-6
    assert names["again"].bound >= policy.bound - 1e-6
    assert len(names["table"]) == 12
    assert len(shown) > 3
