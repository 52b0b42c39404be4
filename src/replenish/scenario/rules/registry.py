"""Every rule once: its id, what it means, an example, the remedy, and the function that looks for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from replenish.errors import Problem, Severity
from replenish.scenario.draft import Draft, Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleDoc:
    """One rule as the reference page shows it."""

    id: str
    severity: Severity
    meaning: str
    example: str
    remedy: str


class Finding(NamedTuple):
    """What a rule found: `entry` None stands for the settings; an empty remedy for that of the rule."""

    entry: Entry[Any] | None
    column: str
    message: str
    remedy: str = ""
    value: str | None = None  # None: the cell as written


Checker = Callable[[Draft], Iterator[Finding]]

RULES: dict[str, RuleDoc] = {}
"""All rules by id, in the order of the reference page."""
CHECKS: list[tuple[RuleDoc, Checker]] = []
"""Rules that judge what was read, in the order in which they run."""


def declare(id: str, *, meaning: str, example: str, remedy: str, severity: Severity = "error") -> RuleDoc:  # noqa: A002
    """Register a rule and return it."""
    if id in RULES:
        raise ValueError(f"rule {id} is declared twice")
    RULES[id] = RuleDoc(id=id, severity=severity, meaning=meaning, example=example, remedy=remedy)
    return RULES[id]


def rule(
    id: str,  # noqa: A002
    *,
    meaning: str,
    example: str,
    remedy: str,
    severity: Severity = "error",
) -> Callable[[Checker], Checker]:
    """Register a rule together with the function that looks for it."""
    doc = declare(id, meaning=meaning, example=example, remedy=remedy, severity=severity)

    def register(checker: Checker) -> Checker:
        CHECKS.append((doc, checker))
        return checker

    return register


def run_checks(draft: Draft) -> None:
    """Add what every rule finds to `draft.problems`; a cell found wrong is not judged by later rules."""
    for doc, checker in CHECKS:
        for finding in checker(draft):
            draft.problems.append(_problem(draft, doc, finding))
            if finding.entry is not None and doc.severity == "error":
                finding.entry.damage(finding.column)


def find_problems(draft: Draft) -> list[Problem]:
    """Return what reading found and what the rules find, sorted by place."""
    run_checks(draft)
    return sorted(map(draft.placed, draft.problems), key=_place)


def _place(problem: Problem) -> tuple[str, int, str, str, str]:
    return problem.file, problem.row or 0, problem.column or "", problem.rule, problem.value


def _problem(draft: Draft, doc: RuleDoc, finding: Finding) -> Problem:
    entry, column, message, remedy, value = finding
    remedy = remedy or doc.remedy
    if entry is None:
        line = draft.setting_lines.get(column)
        return Problem(doc.id, doc.severity, draft.settings_file, line, column, value or "", message, remedy)
    found = draft.written(entry, column) if value is None else value
    file = draft.tables[entry.row.table].file
    return Problem(doc.id, doc.severity, file, entry.line, column, found, message, remedy)


def reference_page() -> str:
    """Return `docs/reference/rules.md`."""
    lines = [
        "# Rules of a scenario",
        "",
        "`replenish check` reports every finding in one pass, with file, row, column, value and remedy; in a workbook",
        "with the sheet and the cell. A scenario with an *error* is not simulated; a *warning* asks for a second look.",
        "The ids are stable.",
    ]
    for doc in sorted(RULES.values(), key=lambda doc: doc.id):
        lines += ["", *rule_lines(doc)]
    return "\n".join(lines) + "\n"


def rule_lines(doc: RuleDoc, *, level: int = 2) -> list[str]:
    """Return a rule as the reference shows it, under a heading of some level."""
    lines = [f"{'#' * level} {doc.id}", "", f"*{doc.severity}.* {doc.meaning}", ""]
    return [*lines, f"- Example: {doc.example}", f"- Remedy: {doc.remedy}"]
