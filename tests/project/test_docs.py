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
from rich.console import Console

from replenish.cli import app
from tests.project.pages import DOCS, PAGES, ROOT, TEXTS, blocks, commands

GENERATED: dict[str, str] = runpy.run_path(str(DOCS / "generate.py"))["pages"]()


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


def _help_of(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    app.help_print([*words], console=Console(width=200, color_system=None))
    return capsys.readouterr().out


@pytest.mark.parametrize("command", sorted(name for name in app if not name.startswith("-")))
def test_the_reference_has_every_option_that_help_names(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    section = GENERATED["cli.md"].split(f"### replenish {command}\n", 1)[1].split("\n### ", 1)[0]
    options = set(re.findall(r"--[a-z-]+", _help_of(capsys, command).split("An error ends", 1)[0]))
    assert sorted(option for option in options if option not in section) == []
    assert f"`{command}`" in _help_of(capsys) or command in _help_of(capsys)


@pytest.mark.parametrize(("page", "arguments"), commands("replenish"))
def test_every_command_in_the_docs_is_understood(page: str, arguments: str) -> None:
    tokens = shlex.split(arguments, comments=True)
    with suppress(MissingArgumentError):  # a sentence may name a command alone
        app.parse_args(tokens, exit_on_error=False, print_error=False)


@pytest.mark.parametrize(("page", "arguments"), commands("make"))
def test_every_make_target_in_the_docs_exists(page: str, arguments: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = [word for word in shlex.split(arguments, comments=True) if "=" not in word]
    assert [target for target in targets if not re.search(rf"^{target}:", makefile, re.MULTILINE)] == []


@pytest.mark.parametrize("page", sorted({page for page, _ in blocks("python")}))
def test_python_examples_run(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    for block in (block for own, block in blocks("python") if own == page):
        exec(compile(block, page, "exec"), names)
