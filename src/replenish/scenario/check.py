"""All problems of a scenario in one pass."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from replenish.errors import Problem
from replenish.scenario.asked import Opener
from replenish.scenario.draft import to_draft
from replenish.scenario.io import read_draft
from replenish.scenario.model import Scenario
from replenish.scenario.rules import find_problems


def check(
    source: Path | str | Scenario, *, cases: Collection[str] | None = None, ledger: Opener | None = None
) -> list[Problem]:
    """Return everything wrong with a scenario folder or workbook, or with one made in Python, by file, row and column.

    Rows made in Python are counted from 1 and their file is the name of the table.  What a case makes of the scenario
    is judged for the `cases` that are named, or for all; each takes as long as all else.
    `ledger` opens the ledger that cells may ask.
    """
    draft = to_draft(source) if isinstance(source, Scenario) else read_draft(source, ledger)
    draft.tried = cases
    return find_problems(draft)
