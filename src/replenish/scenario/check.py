"""All problems of a scenario in one pass."""

from __future__ import annotations

from pathlib import Path

from replenish.errors import Problem
from replenish.scenario.draft import to_draft
from replenish.scenario.io import read_draft
from replenish.scenario.model import Scenario
from replenish.scenario.rules import find_problems


def check(source: Path | str | Scenario, *, tries_cases: bool = True) -> list[Problem]:
    """Return everything wrong with a scenario folder or workbook, or with one made in Python, by file, row and column.

    Rows made in Python are counted from 1 and their file is the name of the table.  Without `tries_cases` it is not
    judged what each case makes of the scenario, which takes as long as all else for every case.
    """
    draft = to_draft(source) if isinstance(source, Scenario) else read_draft(source)
    draft.tries_cases = tries_cases
    return find_problems(draft)
