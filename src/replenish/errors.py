"""What can go wrong, in words that say where it is and what would mend it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar, Final, Literal, NamedTuple

Severity = Literal["error", "warning"]

SIGNS: Final = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb"
    r"\ud800-\udfff\U000e0000-\U000e007f]"
)
"""Signs that show nothing, turn the direction of writing, or steer a terminal; not joiners, which letters need."""


def without_signs(text: str) -> str:
    """Return a text in which each of the `SIGNS` is replaced by the sign for what cannot be shown.

    >>> without_signs("a" + chr(27) + "[31m") == "a" + chr(0xFFFD) + "[31m"
    True
    """
    return SIGNS.sub("\ufffd", text)


class Problem(NamedTuple):
    """One finding about a scenario: where it is, what was found, which rule it breaks and how to mend it."""

    rule: str  # stable id, documented in docs/reference/rules.md
    severity: Severity
    file: str  # path inside the scenario folder, sheet of a workbook, or the table's name for rows made in Python
    row: int | None  # line of the file, 1 = header; None when the finding is about the whole file
    column: str | None
    value: str  # what was found, as written
    message: str
    remedy: str
    cell: str = ""  # address in a workbook, such as stocks!D12; empty elsewhere

    @property
    def where(self) -> str:
        """Return `file:row:column`, leaving out what does not apply; in a workbook `sheet!cell column`."""
        if self.cell:
            return f"{self.cell} {self.column or ''}".rstrip()
        return ":".join(str(part) for part in (self.file, self.row, self.column) if part is not None)

    def __str__(self) -> str:
        return f"{self.where}: {self.message} [{self.rule}]; {self.remedy}"


class ReplenishError(Exception):
    """Base of every error that the user can mend; the command line prints it in one line."""

    exit_code: ClassVar[int] = 2


class ReplenishWarning(UserWarning):
    """Work goes on, but not quite as it was asked for."""


class UsageError(ReplenishError):
    """A command was called with something that it cannot use (a missing folder, a name that is taken)."""


class ScenarioError(ReplenishError):
    """A scenario is not sound; `problems` holds every finding, not only the first."""

    exit_code = 3

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        errors = [problem for problem in problems if problem.severity == "error"]
        more = f" (and {len(errors) - 1} more; `replenish check` lists all)" if len(errors) > 1 else ""
        super().__init__(f"{errors[0]}{more}" if errors else "the scenario has no errors")


class SolveError(ReplenishError):
    """A programme has no answer: contradictory wishes, a cost that falls without limit, or a solver that gave up."""

    exit_code = 4


class TableError(ReplenishError):
    """A table that was to be recorded is not sound; `problems` holds every finding, not only the first."""

    exit_code = 3

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        errors = [problem for problem in problems if problem.severity == "error"]
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        super().__init__(f"{errors[0]}{more}; nothing was recorded")
