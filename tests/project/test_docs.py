"""The documentation says what the code does: pages generated from it, commands that exist, examples that run."""

from __future__ import annotations

import re
import runpy
import shlex
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from cyclopts import MissingArgumentError

from replenish.cli import app

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
FRONT = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "benchmarks" / "README.md")
PAGES = tuple(path for path in sorted(DOCS.rglob("*.md")) if "_build" not in path.parts)
TEXTS = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in (*FRONT, *PAGES)}
GENERATED: dict[str, str] = runpy.run_path(str(DOCS / "generate.py"))["pages"]()


def _blocks(language: str) -> Iterator[tuple[str, str]]:
    """Yield the page and the text of every fenced block in a language."""
    for page, text in TEXTS.items():
        for block in re.findall(rf"^ *```{language}\n(.*?)^ *```", text, flags=re.MULTILINE | re.DOTALL):
            yield page, block


def _commands(program: str) -> list[tuple[str, str]]:
    """Return the page and the arguments of each call of a program in shell blocks and in `code` within sentences."""
    lines = [(page, line.strip()) for page, block in _blocks("sh") for line in block.splitlines()]
    lines += [(page, code) for page, text in TEXTS.items() for code in re.findall(r"`([^`\n]+)`", text)]
    calls = [(page, line.removeprefix(f"{program} ")) for page, line in lines if line.startswith(f"{program} ")]
    return sorted(set(calls))


@pytest.mark.parametrize("name", GENERATED)
def test_generated_pages_are_those_of_the_code(name: str) -> None:
    assert (DOCS / "reference" / name).read_text(encoding="utf-8") == GENERATED[name], "run `make reference`"


def _contents(page: Path) -> Iterator[Path]:
    for block in re.findall(r"^```{toctree}\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL):
        for line in block.splitlines():
            if line and not line.startswith(":"):
                yield (page.parent / f"{line}.md").resolve()


def test_every_page_can_be_reached_from_the_first() -> None:
    reached, waiting = set[Path](), [DOCS / "index.md"]
    while waiting:
        page = waiting.pop()
        if page not in reached:
            reached.add(page)
            waiting += _contents(page)
    assert sorted(reached) == sorted(PAGES)


@pytest.mark.parametrize("page", TEXTS)
def test_links_between_files_lead_somewhere(page: str) -> None:
    targets = re.findall(r"\]\((?!\w+:|#)([^)#\s]+)", TEXTS[page])
    assert [target for target in targets if not ((ROOT / page).parent / target).exists()] == []


@pytest.mark.parametrize(("page", "arguments"), _commands("replenish"))
def test_every_command_in_the_docs_is_understood(page: str, arguments: str) -> None:
    tokens = shlex.split(arguments, comments=True)
    with suppress(MissingArgumentError):  # a sentence may name a command alone
        app.parse_args(tokens, exit_on_error=False, print_error=False)


@pytest.mark.parametrize(("page", "arguments"), _commands("make"))
def test_every_make_target_in_the_docs_exists(page: str, arguments: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = [word for word in shlex.split(arguments, comments=True) if "=" not in word]
    assert [target for target in targets if not re.search(rf"^{target}:", makefile, re.MULTILINE)] == []


@pytest.mark.parametrize("page", sorted({page for page, _ in _blocks("python")}))
def test_python_examples_run(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    for block in (block for own, block in _blocks("python") if own == page):
        exec(compile(block, page, "exec"), names)
