"""A reader who types what a page says gets what the page says: names exist, cases are sound, commands run."""

from __future__ import annotations

import csv
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from replenish.cli import main
from replenish.scenario import apply_case, case_names, check
from replenish.scenario.examples import examples, read_scenario
from replenish.scenario.model import Case
from tests.project.pages import TEXTS, blocks, commands, shell_lines

PROGRAMS = {"replenish", "make", "pip", "python", "py", "source", "Copy-Item"}
WALKED = (
    "docs/tutorials/antivirals.md", "docs/tutorials/petroleum.md", "docs/guides/how-deep-can-we-dig.md",
    "docs/guides/what-does-a-month-cost.md", "docs/guides/compare-cases.md",
)  # fmt: skip
STUDIES = {"compare", "tornado", "rare", "requirement", "sustain"}
SLOW = {"tornado"}  # hundreds of runs; its arguments are parsed elsewhere
STUDY = "artillery"
"""The example that `my-study` is made from, on the pages that do not say so."""


def _cases_of(page: str) -> list[Case]:
    """Return the cases that a page tells its reader to write: rows of seven cells under the header of the table."""
    found = []
    for own, block in blocks("text"):
        rows = [row for row in csv.reader(block.splitlines()) if len(row) == len(Case.model_fields)]
        found += [dict(zip(Case.model_fields, row, strict=True)) for row in rows if own == page and row[0] != "case"]
    return [Case.model_validate(row) for row in found]


def _named_scenarios() -> Iterator[tuple[str, str, str]]:
    """Yield the page, the command and each EXAMPLE:case or STUDY:case that it names."""
    for page, arguments in commands("replenish"):
        command, *words = shlex.split(arguments, comments=True)
        for word in words:
            if re.fullmatch(r"[a-z0-9-]+:[a-z_]+", word):
                yield page, command, word


def test_lines_of_shell_blocks_begin_with_a_program_that_a_reader_has() -> None:
    programs = {(page, shlex.split(line)[0]) for page, line in shell_lines() if line and not line.startswith("#")}
    unknown = {(page, name) for page, name in programs if name not in PROGRAMS and not name.startswith(".venv")}
    assert unknown == set()


@pytest.mark.parametrize(("page", "command", "name"), sorted(set(_named_scenarios())))
def test_every_case_that_a_command_names_exists(page: str, command: str, name: str) -> None:
    assert command in STUDIES, f"`replenish {command}` takes no case"
    scenario, case = name.split(":")
    made_from = re.search(rf"replenish new {scenario} --from (\w+)", TEXTS[page])
    example = scenario if scenario in examples() else made_from[1] if made_from else STUDY
    assert case in {*case_names(read_scenario(example)), *(row.case for row in _cases_of(page))}


@pytest.mark.parametrize("page", ["docs/guides/how-deep-can-we-dig.md", "docs/guides/what-does-a-month-cost.md"])
def test_cases_to_write_are_sound(page: str) -> None:
    rows = _cases_of(page)
    assert rows
    scenario = read_scenario(STUDY).model_copy(update={"cases": tuple(rows)})
    for name in case_names(scenario):
        assert check(apply_case(scenario, name)) == []


def _few_paths(words: list[str]) -> list[str]:
    """Return a command with few paths instead of those it names, if it takes paths."""
    if words[0] not in ("run", "simulate", "compare"):
        return words
    if "--paths" in words:
        del words[words.index("--paths") : words.index("--paths") + 2]
    return [*words, "--paths", "16"]


@pytest.mark.slow
@pytest.mark.parametrize("page", WALKED)
def test_commands_of_a_walk_through_run(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = 0
    for words in (shlex.split(line)[1:] for own, line in shell_lines() if own == page and line.startswith("replenish")):
        if words[0] in SLOW:
            continue
        assert main(_few_paths(words)) == 0, f"{page}: {words}"
        done += 1
        if words[0] == "new":
            with Path(words[1], "tables", "cases.csv").open("a", encoding="utf-8") as file:
                csv.writer(file).writerows(row.model_dump(mode="json").values() for row in _cases_of(page))
    assert done > 0
