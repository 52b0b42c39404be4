"""How long modules and functions may be."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "replenish"
KERNELS = PACKAGE / "simulation"
MODULE_LINES, FUNCTION_LINES, MEDIAN_LINES = 400, 60, 8

Function = ast.FunctionDef | ast.AsyncFunctionDef
NOT_CODE = {
    tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING,
    tokenize.ENDMARKER,
}  # fmt: skip


def _is_kernel(path: Path) -> bool:
    """Return whether a module holds compiled loops, which are long on purpose: calls inside them cost time."""
    return path.is_relative_to(KERNELS) and path.relative_to(KERNELS).parts[0].startswith("kernel")


def _code_lines(source: str) -> set[int]:
    """Return the numbers of lines that hold more than a comment."""
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in NOT_CODE:
            lines.update(range(token.start[0], token.end[0] + 1))
    return lines


def _docstring_lines(function: Function) -> set[int]:
    first = function.body[0]
    if ast.get_docstring(function) is None:
        return set()
    return set(range(first.lineno, (first.end_lineno or first.lineno) + 1))


def _function_sizes(path: Path) -> Iterator[tuple[str, int]]:
    """Return every function of a module with its lines of code: no docstring, comment or blank line counts."""
    source = path.read_text(encoding="utf-8")
    code = _code_lines(source)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, Function):
            lines = set(range(node.lineno, (node.end_lineno or node.lineno) + 1)) & code
            yield f"{path.relative_to(ROOT)}:{node.lineno} {node.name}", len(lines - _docstring_lines(node))


@cache
def _sizes() -> dict[str, int]:
    modules = [path for path in sorted(PACKAGE.rglob("*.py")) if not _is_kernel(path)]
    return {name: size for path in modules for name, size in _function_sizes(path)}


def test_no_module_is_longer_than_400_lines() -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in sorted(PACKAGE.rglob("*.py"))}
    assert {str(path.relative_to(ROOT)): n for path, n in lengths.items() if n > MODULE_LINES} == {}


def test_no_function_is_longer_than_60_lines_of_code() -> None:
    assert {name: size for name, size in _sizes().items() if size > FUNCTION_LINES} == {}


def test_half_of_all_functions_have_at_most_8_lines_of_code() -> None:
    assert median(_sizes().values()) <= MEDIAN_LINES
