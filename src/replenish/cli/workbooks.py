"""Commands that turn folders into workbooks and back, each a thin door to a function."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

if TYPE_CHECKING:
    from replenish.errors import Problem


def register(app: App) -> None:
    """Add the commands of this module to the command line."""
    for command in (import_xlsx, export_xlsx):
        app.command(command)


def import_xlsx(
    workbook: Annotated[Path, Parameter(help="workbook of a scenario, .xlsx or .xlsm")],
    folder: Annotated[Path, Parameter(help="folder to make")],
) -> int:
    """Turn a workbook into a scenario folder of text tables; a wrong one is refused with all findings."""
    from replenish.cli import show
    from replenish.errors import ScenarioError, UsageError
    from replenish.scenario import write
    from replenish.scenario.io import as_written
    from replenish.scenario.workbook.layout import is_workbook
    from replenish.study.assembling import asking

    if not workbook.is_file() or not is_workbook(workbook):
        raise UsageError(f"{workbook}: no such workbook; `replenish export-xlsx` or `replenish new` make one")
    problems, scenario, texts = as_written(workbook, asking())
    if problems:
        show.problems(problems, workbook, as_json=False)
    if scenario is None:
        return ScenarioError.exit_code
    write(scenario, folder, texts=texts)
    print(f"{folder}: made from {workbook}. Next: replenish run {folder}")
    return 0


def export_xlsx(
    scenario: Annotated[str, Parameter(help="folder of the scenario, or the name of an example")],
    workbook: Annotated[Path, Parameter(help="workbook to make, .xlsx")],
    *,
    template: Annotated[bool, Parameter(negative="", help="leave all tables empty, to be filled")] = False,
) -> None:
    """Turn a scenario into a workbook with an agenda, notes on every column and lists to choose from."""
    from replenish.errors import ScenarioError
    from replenish.scenario.examples import find_scenario
    from replenish.scenario.io import as_written
    from replenish.scenario.workbook.write import write_template, write_workbook
    from replenish.study.assembling import asking

    problems, found, texts = as_written(find_scenario(scenario), asking())
    if found is None:
        raise ScenarioError(problems)
    made = write_template(found, workbook) if template else write_workbook(found, workbook, texts=texts)
    print(f"{made}: made from {scenario}. The sheet `start` says what to do.")


def annotate(problems: Sequence[Problem], source: Path, copy: Path | None, *, is_wanted: bool) -> None:
    """Write the annotated copy of a workbook with findings and say where it is.

    Where it stands beside the workbook without being asked for, and cannot be written, it is left out with a notice.
    """
    from replenish.errors import UsageError
    from replenish.scenario.workbook.annotate import checked_name, write_annotated
    from replenish.scenario.workbook.layout import is_workbook

    is_readable = all(problem.file != source.name for problem in problems)  # else that is the finding
    if not problems or not is_wanted or not is_workbook(source) or not is_readable:
        return
    try:
        made = write_annotated(source, problems, copy or checked_name(source))
    except (UsageError, OSError) as error:
        if copy is not None:
            raise
        print(f"no copy with the findings: {error}", file=sys.stderr)
    else:
        print(f"copy with the findings: {made}", file=sys.stderr)
