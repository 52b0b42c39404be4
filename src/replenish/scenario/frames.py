"""Tables of a scenario from and to data frames, with the checks that files get.

Frames are written as the text that a file would hold and read by the same readers, so that a cell means the same
wherever it comes from.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
import polars as pl
import tomli_w
from pydantic import BaseModel

from replenish.errors import Problem, ScenarioError, UsageError
from replenish.scenario.cells import Kind, columns
from replenish.scenario.changes import is_matched
from replenish.scenario.draft import Draft, Table
from replenish.scenario.files import Report
from replenish.scenario.io import to_scenario
from replenish.scenario.model import TABLES, Row, Scenario, Settings
from replenish.scenario.rules import find_problems, reading
from replenish.scenario.settings_file import read_settings
from replenish.scenario.suggest import advice
from replenish.scenario.table_files import read_table

_KINDS: dict[Kind, type[pl.DataType]] = {"number": pl.Float64, "whole": pl.Int64, "flag": pl.Boolean, "day": pl.Date}
SETTINGS = "settings"


class _Records(NamedTuple):
    """Columns and rows of any frame; of pandas, NaN stands for a missing cell."""

    names: list[str]
    rows: Iterable[Iterable[object]]
    has_nan_for_missing: bool = False


def to_frame(scenario: Scenario, table: str) -> pl.DataFrame:
    """Return a table with all its columns; a cell that is empty and has no default is null.

    Raises:
        UsageError: there is no such table.
    """
    kinds = {name: _KINDS.get(column.kind, pl.String) for name, column in columns(_row_class(table)).items()}
    return pl.DataFrame([row.model_dump() for row in scenario.rows(table)], schema=kinds)


def with_table(scenario: Scenario, table: str, rows: object) -> Scenario:
    """Return a copy with `rows` as the whole table; see `Scenario.with_table`."""
    problems: list[Problem] = []
    found = _read(table, rows, problems)
    _refuse(problems)
    return scenario.model_copy(update={table: tuple(entry.row for entry in found.entries)})


def without_rows(scenario: Scenario, table: str, keys: tuple[str, ...]) -> Scenario:
    """Return a copy without the rows of these keys; see `Scenario.without_rows`."""
    row_class, rows = _row_class(table), scenario.rows(table)
    there = [row.key_value() for row in rows]
    for key in keys:
        if not key or not any(is_matched(key, own) for own in there):
            parts = "/".join(row_class.key)
            raise UsageError(f"{table} has no row with the key `{key}` ({parts}); {advice(key, there)}".rstrip("; "))
    kept = tuple(row for row, own in zip(rows, there, strict=True) if not any(is_matched(key, own) for key in keys))
    return scenario.model_copy(update={table: kept})


def with_settings(scenario: Scenario, changes: Mapping[str, object]) -> Scenario:
    """Return a copy with other settings; see `Scenario.with_settings`."""
    problems: list[Problem] = []
    report = Report(SETTINGS, problems)
    told = scenario.settings.model_dump(exclude_unset=True, exclude_none=True)
    for name, value in changes.items():
        place = _place(name)
        if place is None:
            known = [key for dotted in _dotted_keys() for key in (dotted, dotted.rsplit(".", 1)[-1])]
            remedy = advice(name, known)
            report.add(reading.UNKNOWN_KEY, f"there is no setting `{name}`", column=name, value=name, remedy=remedy)
        else:
            _put(told, place, value)
    settings = _settings(told, problems)
    _refuse(problems)
    return scenario.model_copy(update={"settings": settings})


def scenario_from(settings: Settings | Mapping[str, Any], **tables: object) -> Scenario:
    """Return a scenario made of frames, checked in full.

    Args:
        settings: what `scenario.toml` holds, such as `{"title": "...", "time": {"start": ..., "end": ...}}`.
        **tables: for each table by its name a polars or pandas DataFrame, or rows as mappings or row objects.

    Raises:
        ScenarioError: anything is wrong with it; rows are counted from 1.
        UsageError: there is no such table, or something is no frame.
    """
    draft = Draft(settings_file=SETTINGS)
    told = settings.model_dump(exclude_unset=True, exclude_none=True) if isinstance(settings, Settings) else settings
    draft.settings = _settings(dict(told), draft.problems)
    if draft.settings is not None:
        draft.time, draft.money = draft.settings.time, draft.settings.money
    draft.tables = {name: _read(name, rows, draft.problems) for name, rows in tables.items()}
    problems = find_problems(draft)
    _refuse(problems)
    return to_scenario(draft)


def _row_class(table: str) -> type[Row]:
    if table not in TABLES:
        known = advice(table, list(TABLES)) or f"there are {', '.join(TABLES)}"
        raise UsageError(f"{table}: a scenario has no such table; {known}")
    return TABLES[table]


def _refuse(problems: list[Problem]) -> None:
    if any(problem.severity == "error" for problem in problems):
        raise ScenarioError(problems)


def _read(table: str, rows: object, problems: list[Problem]) -> Table:
    """Return rows as a file of the table would be read, with places counted from 1."""
    row_class, records = _row_class(table), _records(rows)
    if not records.names and not list(records.rows):
        return Table(table)
    text, places = _as_text(records)
    found: list[Problem] = []
    read = read_table(row_class, text, Report(table, found))
    problems += [problem._replace(row=places.get(problem.row or 0)) for problem in found]
    for entry in read.entries:
        entry.line = places[entry.line]
    return read


def _as_text(records: _Records) -> tuple[str, dict[int, int]]:
    """Return a frame as the text of a file, and the number of the row that starts on each line."""
    text, places = io.StringIO(newline=""), {}
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(records.names)
    line = 2
    for number, row in enumerate(records.rows, 1):
        cells = [_cell(value, records.has_nan_for_missing) for value in row]
        writer.writerow(cells)
        places[line] = number
        line += 1 + sum(cell.replace("\r\n", "\n").replace("\r", "\n").count("\n") for cell in cells)
    return text.getvalue(), places


def _records(data: object) -> _Records:
    """Return the columns and rows of a frame, or of rows as mappings or row objects.

    Raises:
        UsageError: it is none of these.
    """
    if isinstance(data, pl.DataFrame):
        return _Records(data.columns, data.iter_rows())
    if hasattr(data, "itertuples") and hasattr(data, "reset_index"):
        frame: Any = data.reset_index() if any(name is not None for name in data.index.names) else data  # type: ignore[attr-defined]
        return _Records([str(name) for name in frame.columns], frame.itertuples(index=False, name=None), True)
    if isinstance(data, Iterable) and not isinstance(data, str | bytes | Mapping):
        return _mappings([_mapping(row) for row in data])
    raise UsageError(f"a table is a polars or pandas DataFrame or a list of rows, not {type(data).__name__}")


def _mappings(rows: list[Mapping[str, object]]) -> _Records:
    names = list(dict.fromkeys(name for row in rows for name in row))
    return _Records(names, [[row.get(name) for name in names] for row in rows])


def _mapping(row: object) -> Mapping[str, object]:
    if isinstance(row, Row):
        return {name: getattr(row, name) for name in type(row).model_fields if name in row.model_fields_set}
    if isinstance(row, Mapping):
        return row
    raise UsageError(f"a row is a mapping from columns to values, not {type(row).__name__}")


def _cell(value: Any, has_nan_for_missing: bool) -> str:
    """Return a value as it is written in a file, read back exactly."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return "" if has_nan_for_missing and value != value else float.__repr__(value)  # noqa: PLR0124 - NaN differs from itself
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date().isoformat()
    return str(value)


def _settings(told: Mapping[str, Any], problems: list[Problem]) -> Settings | None:
    """Return settings as `scenario.toml` would be read; None if they are not sound."""
    draft, found = Draft(), list[Problem]()
    try:
        text = tomli_w.dumps(_with_days(told, Settings))
    except TypeError as error:
        raise UsageError(f"settings: {error}; settings hold texts, numbers, dates and lists") from None
    read_settings(draft, text, Report(SETTINGS, found))
    problems += [problem._replace(row=None) for problem in found]
    return draft.settings


def _with_days(told: Mapping[str, Any], model: type[BaseModel]) -> dict[str, Any]:
    """Return settings in which days given as text, timestamps or NumPy dates are days."""
    found = dict(told)
    kinds = columns(model)
    for name, value in told.items():
        inner = model.model_fields[name].annotation if name in model.model_fields else None
        if isinstance(inner, type) and issubclass(inner, BaseModel) and isinstance(value, Mapping):
            found[name] = _with_days(value, inner)
        elif name in kinds and kinds[name].kind == "day":
            found[name] = _day(value)
    return found


def _day(value: object) -> object:
    """Return a day, if `value` says one exactly; else `value` itself, which the reader then judges."""
    if isinstance(value, np.datetime64):
        value = value.astype("datetime64[us]").item()
    if isinstance(value, dt.datetime):
        return value.date() if value.time() == dt.time() else value
    if isinstance(value, str):
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            return value
    return value


def _dotted_keys() -> list[str]:
    """Return every setting as section.key, or key alone at the top."""
    found = []
    for name, declared in Settings.model_fields.items():
        inner = getattr(declared.annotation, "model_fields", None)
        found += [f"{name}.{key}" for key in inner] if inner else [name]
    return found


def _place(name: str) -> list[str] | None:
    """Return section and key of a setting that is named in full or by its key alone."""
    exact = [dotted for dotted in _dotted_keys() if name in (dotted, dotted.rsplit(".", 1)[-1])]
    return exact[0].split(".") if exact else None


def _put(settings: dict[str, Any], place: list[str], value: object) -> None:
    """Set a value, or leave it to its default where there is none."""
    *section, key = place
    inner = settings.setdefault(section[0], {}) if section else settings
    if value is None:
        inner.pop(key, None)
    else:
        inner[key] = list(value) if isinstance(value, tuple | set | frozenset) else value
