"""The texts that people read, and the blocks of commands in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
FRONT = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "benchmarks" / "README.md")
PAGES = tuple(path for path in sorted(DOCS.rglob("*.md")) if "_build" not in path.parts)
TEXTS = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in (*FRONT, *PAGES)}
SHELLS = ("sh", "powershell")


def blocks(language: str) -> Iterator[tuple[str, str]]:
    """Yield the page and the text of every fenced block in a language."""
    for page, text in TEXTS.items():
        for block in re.findall(rf"^ *```{language}\n(.*?)^ *```", text, flags=re.MULTILINE | re.DOTALL):
            yield page, block


def shell_lines() -> list[tuple[str, str]]:
    """Return the page and the text of every line in a shell block, in order."""
    return [(page, line.strip()) for shell in SHELLS for page, block in blocks(shell) for line in block.splitlines()]


def commands(program: str) -> list[tuple[str, str]]:
    """Return the page and the arguments of each call of a program in shell blocks and in `code` within sentences."""
    lines = shell_lines()
    lines += [(page, code) for page, text in TEXTS.items() for code in re.findall(r"`([^`\n]+)`", text)]
    calls = [(page, line.removeprefix(f"{program} ")) for page, line in lines if line.startswith(f"{program} ")]
    return sorted(set(calls))
