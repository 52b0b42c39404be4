"""What the rows of a case change: cells, whole rows and settings.

All changes of a case start from the scenario as it is written and no cell is changed twice, so that the order of rows
does not matter.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from pydantic import BaseModel

from replenish.scenario.cells import Column, columns
from replenish.scenario.describe import default_of
from replenish.scenario.model import TABLES, Case, Evidence, Row, Scenario, Settings
from replenish.scenario.suggest import advice

SETTINGS = "scenario.toml"
UNCHANGEABLE = frozenset({"cases", "evidence", "sources"})
ADDABLE = frozenset({"evidence", "sources"})
"""Tables whose rows a case cannot change, to which it may add: where the values come from that it brings."""
"""Tables that say where values come from: they follow what a case changes."""

_PAIR = re.compile(r"\s*([a-z_0-9]+)\s*=(.*)", re.DOTALL)


class Change(NamedTuple):
    """What a case does at one place; an empty `column` stands for the whole row."""

    table: str
    key: str
    column: str
    old: Any  # value or row as written; None for a row that is added
    new: Any  # value or row of the case; None for a row that is removed


class CannotChangeError(ValueError):
    """A row of a case cannot be applied: which rule it breaks, in which of its columns, and what would mend it."""

    def __init__(self, rule: str, column: str, message: str, remedy: str = "") -> None:
        self.rule, self.column, self.message, self.remedy = rule, column, message, remedy
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Base:
    """What cases start from: settings (None where they cannot be relied on), and rows by table and key."""

    settings: Settings | None
    rows: Mapping[str, Mapping[str, Row]]
    is_complete: Mapping[str, bool]  # whether a table holds no other rows for sure


def base_of(scenario: Scenario) -> Base:
    """Return a scenario as the base of its cases."""
    rows = {name: {row.key_value(): row for row in scenario.rows(name)} for name in TABLES}
    return Base(scenario.settings, rows, dict.fromkeys(TABLES, True))


def find_changes(case: Case, base: Base) -> list[Change]:
    """Return what one row of a case changes, rows that it leaves as they are included.

    Raises:
        CannotChangeError: the row names what there is not, or its change does not suit what it names.
    """
    if case.table_name == SETTINGS:
        return [_setting(case, base.settings)] if base.settings else []
    row_class = _table(case)
    if case.change in ("remove_row", "add_row"):
        if case.column:
            raise CannotChangeError("case-bad-change", "column", f"{case.change} is about a whole row")
        return [_added(case, row_class, base)] if case.change == "add_row" else _removed(case, base)
    if case.column not in row_class.model_fields:
        where = f"`{case.table_name}` has no column `{case.column}`"
        raise CannotChangeError(
            "case-unknown-column", "column", where, advice(case.column, set(row_class.model_fields))
        )
    return list(_cells(case, row_class, base))


def is_matched(pattern: str, key: str) -> bool:
    """Return whether a key is one of those that a pattern stands for.

    >>> is_matched("united_states/*", "united_states/round"), is_matched("us_*", "us_body"), is_matched("", "us_body")
    (True, True, True)
    """
    return not pattern or pattern == key or _compiled(pattern).fullmatch(key) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    parts = ["[^/]*".join(re.escape(text) for text in part.split("*")) for part in pattern.split("/")]
    if pattern.endswith("/*"):
        parts[-1] = ".*"
    return re.compile("/".join(parts), re.DOTALL)


def apply_changes(scenario: Scenario, name: str, changes: Iterable[Change]) -> Scenario:
    """Return the scenario of a case: changed, without cases, and with evidence of what changed.

    It is what the case adds to the table of evidence; `assumed` where it adds none.
    """
    kept = [change for change in changes if change.old != change.new]
    tables: dict[str, list[Change]] = {}
    for change in kept:
        tables.setdefault(change.table, []).append(change)
    stated = [change.new for change in tables.pop(Evidence.table, [])]
    update: dict[str, Any] = {"settings": _with_settings(scenario.settings, tables.pop(SETTINGS, []))}
    renamed: dict[tuple[str, str], str | None] = {}  # key of each changed row; None: removed
    for table, own in tables.items():
        update[table] = _with_cells(scenario.rows(table), own, renamed)
    title = next((row.title for row in scenario.cases if row.case == name and row.title), name)
    settings = update["settings"]
    update["settings"] = settings.model_copy(update={"title": f"{settings.title} ({title})"})
    told = [change for change in kept if change.table not in (SETTINGS, *ADDABLE)]
    update["evidence"] = (*_evidence(scenario, name, told, renamed, stated), *stated)
    changed = scenario.model_copy(update={**update, "cases": ()})
    unused = _cited(scenario) - _cited(changed)
    return changed.model_copy(update={"sources": tuple(row for row in changed.sources if row.name not in unused)})


def _cited(scenario: Scenario) -> set[str]:
    return {row.source for row in scenario.evidence} | {row.source for row in scenario.observations}


def _table(case: Case) -> type[Row]:
    name = case.table_name
    if name in UNCHANGEABLE and not (name in ADDABLE and case.change == "add_row"):
        raise CannotChangeError("case-bad-change", "table_name", f"a case cannot change `{name}`")
    if name not in TABLES:
        remedy = advice(name, {*TABLES, SETTINGS} - UNCHANGEABLE)
        raise CannotChangeError("case-unknown-table", "table_name", f"there is no table `{name}`", remedy)
    return TABLES[name]


def _matching(case: Case, base: Base) -> list[Row]:
    rows = base.rows[case.table_name]
    found = [row for key, row in rows.items() if is_matched(case.row_key, key)]
    if not found and base.is_complete[case.table_name]:
        parts = "/".join(TABLES[case.table_name].key)
        message = f"`{case.table_name}` has no row with the key `{case.row_key}` ({parts})"
        raise CannotChangeError("case-unknown-row", "row_key", message, advice(case.row_key, set(rows)))
    return found


def _removed(case: Case, base: Base) -> list[Change]:
    if case.value:
        raise CannotChangeError("case-bad-change", "value", "remove_row takes no value")
    return [Change(case.table_name, row.key_value(), "", row, None) for row in _matching(case, base)]


def _added(case: Case, row_class: type[Row], base: Base) -> Change:
    values = dict(_pairs(case, row_class))
    missing = [n for n, told in row_class.model_fields.items() if told.is_required() and n not in values]
    if missing:
        raise CannotChangeError("case-bad-value", "value", f"lacks {', '.join(missing)}", f"add {missing[0]}=...")
    row = row_class.model_validate(values)
    key = row.key_value()
    if case.row_key not in ("", key):
        raise CannotChangeError("case-bad-value", "row_key", f"the added row has the key `{key}`", f"write `{key}`")
    if key in base.rows[case.table_name]:
        message = f"`{case.table_name}` has a row with the key `{key}`"
        raise CannotChangeError("case-bad-value", "value", message, "set its columns instead")
    return Change(case.table_name, key, "", None, row)


def _pairs(case: Case, row_class: type[Row]) -> Iterator[tuple[str, Any]]:
    for part in filter(str.strip, case.value.split(";")):
        match = _PAIR.fullmatch(part)
        if match is None:
            raise CannotChangeError("case-bad-value", "value", f"`{part.strip()[:40]}` is not `column=value`")
        name, text = match[1], match[2].strip()
        if name not in row_class.model_fields:
            message = f"`{case.table_name}` has no column `{name}`"
            raise CannotChangeError("case-unknown-column", "value", message, advice(name, set(row_class.model_fields)))
        if text:
            yield name, _read(columns(row_class)[name], text)


def _cells(case: Case, row_class: type[Row], base: Base) -> Iterator[Change]:
    column = columns(row_class)[case.column]
    for row in _matching(case, base):
        old = getattr(row, case.column)
        try:
            new = _changed(case, column, row_class, old)
        except CannotChangeError as fault:
            place = f"{case.table_name} {row.key_value()}, {case.column}: " if fault.column == "value" else ""
            raise CannotChangeError(fault.rule, fault.column, place + fault.message, fault.remedy) from None
        yield Change(case.table_name, row.key_value(), case.column, old, new)


def _setting(case: Case, settings: Settings) -> Change:
    if case.change in ("remove_row", "add_row") or case.row_key:
        column = "row_key" if case.row_key else "change"
        raise CannotChangeError("case-bad-change", column, "a setting has no row; only set, multiply and add suit it")
    *sections, name = case.column.split(".")
    model: BaseModel = settings
    for section in sections:
        model = getattr(model, section, None) if section in type(model).model_fields else None  # type: ignore[assignment]
        if not isinstance(model, BaseModel):
            break
    known = isinstance(model, BaseModel) and name in type(model).model_fields
    if not known or isinstance(old := getattr(model, name), BaseModel | tuple):
        message = f"there is no setting `{case.column}` that holds one value"
        raise CannotChangeError("case-unknown-column", "column", message, advice(case.column, _setting_names(settings)))
    return Change(SETTINGS, "", case.column, old, _changed(case, columns(type(model))[name], type(model), old))


def _setting_names(section: BaseModel, prefix: str = "") -> set[str]:
    names: set[str] = set()
    for name in type(section).model_fields:
        value = getattr(section, name)
        if isinstance(value, BaseModel):
            names |= _setting_names(value, f"{prefix}{name}.")
        elif not isinstance(value, tuple):
            names.add(prefix + name)
    return names


def _changed(case: Case, column: Column, model: type[BaseModel], old: Any) -> Any:
    """Return the new value of a cell; an empty cell has nothing to multiply or add to."""
    if case.change == "set":
        return _set(case, column, model)
    if column.kind not in (("number", "whole", "day") if case.change == "add" else ("number", "whole")):
        suited = "set" if column.kind in ("text", "name", "choice", "flag") else "set or add"
        message = f"cannot {case.change} {'to ' * (case.change == 'add')}`{column.name}`, which holds a {column.kind}"
        raise CannotChangeError("case-bad-change", "change", message, f"use {suited}")
    amount = _amount(case, column)
    if old is None:
        return None
    if column.kind == "day":
        return _moved(old, int(amount))
    new = old * amount if case.change == "multiply" else max(old + amount, _least(column, model))
    return _checked(column, _whole(new) if column.kind == "whole" else new)


def _set(case: Case, column: Column, model: type[BaseModel]) -> Any:
    if case.value.strip():
        return _read(column, case.value)
    if column.is_required:
        raise CannotChangeError("case-bad-value", "value", f"is empty, and `{column.name}` has no default")
    return default_of(model.model_fields[column.name])


def _read(column: Column, text: str) -> Any:
    value, fault = column.read(text)
    if fault:
        remedy = fault.remedy or fault.rule.remedy
        raise CannotChangeError("case-bad-value", "value", f"`{column.name}`: {fault.message}", remedy)
    return value


def _amount(case: Case, column: Column) -> float:
    """Return the factor or summand; days are whole."""
    try:
        amount = float(case.value)
    except ValueError:
        amount = float("nan")
    if not abs(amount) < float("inf") or (column.kind == "day" and amount != int(amount)):
        kind = "a whole number of days" if column.kind == "day" else "a number"
        raise CannotChangeError(
            "case-bad-value", "value", f"`{case.value[:40]}` is not {kind}", "write it as -90 or 0.5"
        )
    return amount


def _moved(day: dt.date, days: int) -> dt.date:
    try:
        return day + dt.timedelta(days=days)
    except OverflowError:
        raise CannotChangeError("case-bad-value", "value", f"{day} and {days} days is no date") from None


def _least(column: Column, model: type[BaseModel]) -> float:
    """Return the least value that a column allows; minus infinity where it has none."""
    bounds = (getattr(mark, "ge", None) for mark in model.model_fields[column.name].metadata)
    return max((float(bound) for bound in bounds if bound is not None), default=float("-inf"))


def _whole(value: float) -> int:
    if value != int(value):
        raise CannotChangeError("case-bad-value", "value", f"gives {value:g}, which is not whole")
    return int(value)


def _checked(column: Column, value: float) -> Any:
    found, fault = column.checked(value)
    if fault:
        raise CannotChangeError("case-bad-value", "value", f"gives {value:g}: {fault.message}", fault.remedy)
    return found


def _with_settings(settings: Settings, changes: list[Change]) -> Settings:
    for change in changes:
        *sections, name = change.column.split(".")
        models: list[BaseModel] = [settings]
        for section in sections:
            models.append(getattr(models[-1], section))
        new = models.pop().model_copy(update={name: change.new})
        while models:
            new = models.pop().model_copy(update={sections.pop(): new})
        settings = new  # type: ignore[assignment]  # the outermost model is the settings
    return settings


def _with_cells(
    rows: tuple[Row, ...], changes: list[Change], renamed: dict[tuple[str, str], str | None]
) -> tuple[Row, ...]:
    """Return the rows of one table as changed; take down new keys of rows in `renamed`."""
    by_key: dict[str, dict[str, Change]] = {}
    for change in changes:
        by_key.setdefault(change.key, {})[change.column] = change
    found = []
    for row in rows:
        own = by_key.get(row.key_value(), {})
        if "" in own:
            renamed[row.table, row.key_value()] = None
            continue
        new = row.model_copy(update={column: change.new for column, change in own.items()}) if own else row
        if new.key_value() != row.key_value():
            renamed[row.table, row.key_value()] = new.key_value()
        found.append(new)
    return (*found, *(change.new for change in changes if change.old is None and not change.column))


def _evidence(
    scenario: Scenario, name: str, changes: list[Change], renamed: Mapping[tuple[str, str], str | None],
    stated: Sequence[Evidence],
) -> tuple[Evidence, ...]:  # fmt: skip
    """Return evidence without the rows about changed cells, and with one for each of which nothing is `stated`."""
    changed = {(change.table, change.key, change.column) for change in changes}
    found = []
    for row in scenario.evidence:
        key = renamed.get((row.table_name, row.row_key), row.row_key)
        if key is not None and (row.table_name, row.row_key, row.column) not in changed:
            found.append(row if key == row.row_key else row.model_copy(update={"row_key": key}))
    known = {(row.table_name, row.row_key, row.column) for row in stated}
    told = {"basis": "assumed", "note": f"case {name}"}
    for change in changes:
        key = renamed.get((change.table, change.key), change.key)
        if change.new is not None or change.column:
            columns_of = [change.column] if change.column else sorted(change.new.model_fields_set)
            found += [
                Evidence.model_validate({"table_name": change.table, "row_key": key, "column": column, **told})
                for column in columns_of
                if (change.table, key, column) not in known
            ]
    return tuple(found)
