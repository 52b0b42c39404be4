"""Rules about cases: each of their rows can be applied, and what comes out keeps all other rules."""

from __future__ import annotations

from collections.abc import Iterator

from replenish.errors import Problem
from replenish.scenario.changes import (
    Base,
    CannotChangeError,
    Change,
    apply_changes,
    find_changes,
)
from replenish.scenario.draft import Draft, Entry, to_draft
from replenish.scenario.model import TABLES, Case, Scenario
from replenish.scenario.rules.registry import Finding, rule, run_checks

Told = list[tuple[Entry[Case], list[Change]]]
Found = dict[str, Told]  # by case
_COLUMNS = tuple(Case.model_fields)


def _base(draft: Draft, entries: list[Entry[Case]]) -> Base:
    """Return what can be relied on of the tables that cases change."""
    named = {entry.row.table_name for entry in entries} & TABLES.keys()
    rows = {
        name: {
            entry.row.key_value(): entry.row
            for entry in draft.entries(TABLES[name])
            if not entry.is_repeated and not entry.damaged
        }
        for name in named
    }
    complete = {name: draft.is_complete(TABLES[name], *TABLES[name].model_fields) for name in named}
    return Base(draft.settings, rows, complete)


def _faults(draft: Draft, rule_id: str) -> Iterator[Finding]:
    entries = list(draft.sound(Case, *_COLUMNS))
    base = _base(draft, entries)
    for entry in entries:
        try:
            find_changes(entry.row, base)
        except CannotChangeError as fault:
            if fault.rule == rule_id:
                yield Finding(entry, fault.column, fault.message, fault.remedy)


@rule(
    "case-unknown-table",
    meaning="A row of a case changes a table that there is not.",
    example="`table_name` `stock`.",
    remedy="write the name of a table, or scenario.toml for a setting",
)
def case_unknown_table(draft: Draft) -> Iterator[Finding]:
    """Find changes of no table."""
    yield from _faults(draft, "case-unknown-table")


@rule(
    "case-unknown-column",
    meaning="A row of a case changes a column, or a setting, that there is not.",
    example="`stocks`, `onhand`.",
    remedy="write the column as it stands in the table, or section.key of a setting",
)
def case_unknown_column(draft: Draft) -> Iterator[Finding]:
    """Find changes of no column."""
    yield from _faults(draft, "case-unknown-column")


@rule(
    "case-unknown-row",
    meaning="No row of the table has the key that a row of a case names.",
    example="`stocks`, `germny/shell`; or `us_*` where no name starts so.",
    remedy="write the values of the key joined by /; * stands for any of them",
)
def case_unknown_row(draft: Draft) -> Iterator[Finding]:
    """Find changes of no row."""
    yield from _faults(draft, "case-unknown-row")


@rule(
    "case-bad-change",
    meaning="A change does not suit what it is applied to.",
    example="`multiply` of a name; `remove_row` with a `column`; a change of the table evidence.",
    remedy="multiply suits numbers, add numbers and dates, set everything; whole rows have an empty column",
)
def case_bad_change(draft: Draft) -> Iterator[Finding]:
    """Find changes that make no sense."""
    yield from _faults(draft, "case-bad-change")


@rule(
    "case-bad-value",
    meaning="The value of a change cannot be read, or gives a cell a value that its column does not allow.",
    example="`set` of `on_hand` to `many`; `multiply` of a share of 0.9 by 2.",
    remedy="write the value as it would stand in the column",
)
def case_bad_value(draft: Draft) -> Iterator[Finding]:
    """Find values that cannot stand in their cell."""
    yield from _faults(draft, "case-bad-value")


@rule(
    "case-changes-twice",
    meaning="Two rows of a case change the same cell, or one changes a cell of a row that another removes.",
    example="a row for `united_states/*` and one for `united_states/shell`, both of `on_hand`.",
    remedy="leave one of the rows; all changes of a case start from the scenario as it is written",
)
def case_changes_twice(draft: Draft) -> Iterator[Finding]:
    """Find cells with two new values."""
    for rows in _found(draft).values():
        seen: dict[tuple[str, str], dict[str, Entry[Case]]] = {}
        for entry, changes in rows:
            clash = next((other for change in changes if (other := _clash(seen, change))), None)
            if clash is not None:
                yield Finding(entry, "row_key", f"changes what row {clash.line} changes")
            for change in changes:
                seen.setdefault((change.table, change.key), {})[change.column] = entry


def _clash(seen: dict[tuple[str, str], dict[str, Entry[Case]]], change: Change) -> Entry[Case] | None:
    own = seen.get((change.table, change.key), {})
    if not change.column:
        return next(iter(own.values()), None)
    return own.get(change.column) or own.get("")


@rule(
    "case-without-effect",
    severity="warning",
    meaning="A row of a case leaves everything as it is.",
    example="`set` of `on_hand` to the value that it has.",
    remedy="remove the row, or check what it should change",
)
def case_without_effect(draft: Draft) -> Iterator[Finding]:
    """Find changes of nothing."""
    for rows in _found(draft).values():
        for entry, changes in rows:
            if changes and all(change.old == change.new for change in changes):
                what = f"{len(changes)} cells have that value" if len(changes) > 1 else "the cell has that value"
                yield Finding(entry, "value", f"changes nothing: {what} already")


@rule(
    "case-unsound",
    meaning="A case turns a sound scenario into one that breaks a rule.",
    example="`max_rate` of a line is set below its `min_sustaining_rate`.",
    remedy="correct the case, or change in it what the broken rule is about as well",
)
def case_unsound(draft: Draft) -> Iterator[Finding]:
    """Find cases that break another rule; only a scenario without errors is tried."""
    is_broken = any(problem.severity == "error" for problem in draft.problems)
    if draft.settings is None or is_broken:
        return
    rows = {name: tuple(entry.row for entry in table.entries) for name, table in draft.tables.items()}
    scenario = Scenario.model_construct(settings=draft.settings, **dict.fromkeys(TABLES, ()) | rows)
    for name, found in _found(draft).items():
        if draft.tried is not None and name not in draft.tried:
            continue
        changed = apply_changes(scenario, name, [change for _, changes in found for change in changes])
        trial = to_draft(changed)
        run_checks(trial)
        yield from _judged(changed, found, [p for p in trial.problems if p.severity == "error"])


def _judged(changed: Scenario, found: Told, problems: list[Problem]) -> Iterator[Finding]:
    for problem in problems:
        row = changed.rows(problem.file)[problem.row - 1] if problem.row and problem.file in TABLES else None
        key = row.key_value() if row else ""
        place = " ".join(filter(None, (problem.file, key, problem.column)))
        entry = _culprit(found, problem, key)
        yield Finding(entry, "value", f"breaks `{problem.rule}` at {place}: {problem.message}", problem.remedy)


def _culprit(found: Told, problem: Problem, key: str) -> Entry[Case]:
    """Return the row of a case that changes the place of a problem, or what is nearest to it."""

    def distance(item: tuple[Entry[Case], list[Change]]) -> int:
        near = [0 if change.column in ("", problem.column) else 1 for change in item[1] if change.key == key]
        return min(near, default=2)

    return min(found, key=distance)[0]


def _found(draft: Draft) -> Found:
    """Return what each sound row changes, by case."""
    found: Found = {}
    entries = list(draft.sound(Case, *_COLUMNS))
    base = _base(draft, entries)
    for entry in entries:
        try:
            changes = find_changes(entry.row, base)
        except CannotChangeError:
            continue  # another rule says so
        found.setdefault(entry.row.case, []).append((entry, changes))
    return found
