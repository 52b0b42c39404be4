"""A scenario from a folder and to a folder."""

from __future__ import annotations

import gc
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import tomli_w
from pydantic import BaseModel

from replenish.errors import Problem, ScenarioError, UsageError
from replenish.scenario.describe import default_of
from replenish.scenario.draft import SETTINGS_FILE, Draft, Table
from replenish.scenario.files import TABLES_FOLDER, Report, find_tables, has_settings, read_text
from replenish.scenario.model import TABLES, Row, Scenario
from replenish.scenario.rules import find_problems
from replenish.scenario.settings_file import read_settings
from replenish.scenario.table_files import read_table


def read_folder(path: Path | str) -> Draft:
    """Return all that a scenario folder holds, with the problems of its files and cells; other rules have not run."""
    folder, draft = Path(path), Draft()
    if not folder.is_dir():
        has_settings(folder, draft.problems)
        draft.tables = {name: _lost(name) for name in TABLES}
        return draft
    if has_settings(folder, draft.problems):
        report = Report(SETTINGS_FILE, draft.problems)
        if (text := read_text(folder, report)) is not None:
            read_settings(draft, text, report)
    with _without_collection():
        _read_tables(folder, draft)
    return draft


@contextmanager
def _without_collection() -> Iterator[None]:
    """Pause the search for unreachable cycles: rows make none, and looking through all again and again costs half."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _read_tables(folder: Path, draft: Draft) -> None:
    present, suspects = find_tables(folder, draft.problems)
    draft.tables = {name: _lost(name) for name in suspects}
    for name in present:
        report = Report(f"{TABLES_FOLDER}/{name}.csv", draft.problems)
        text = read_text(folder, report)
        draft.tables[name] = _lost(name) if text is None else read_table(TABLES[name], text, report)


def _lost(table: str) -> Table:
    """Return a table of which it is not known what it holds."""
    return Table(f"{TABLES_FOLDER}/{table}.csv", is_whole=False)


def examine(path: Path | str) -> tuple[list[Problem], Scenario | None]:
    """Return all findings about a scenario folder, warnings included, and the scenario if none is an error."""
    draft = read_folder(path)
    problems = find_problems(draft)
    if draft.settings is None or any(problem.severity == "error" for problem in problems):
        return problems, None
    rows = {name: tuple(entry.row for entry in table.entries) for name, table in draft.tables.items()}
    return problems, Scenario(settings=draft.settings, **rows)


def load(path: Path | str) -> Scenario:
    """Return the scenario in a folder.

    Raises:
        ScenarioError: anything is wrong with it; `problems` holds all findings, warnings included.
    """
    problems, scenario = examine(path)
    if scenario is None:
        raise ScenarioError(problems)
    return scenario


def write(scenario: Scenario, folder: Path | str) -> None:
    """Write a scenario as a folder that `load` turns into an equal one.

    The folder appears complete or not at all.

    Raises:
        UsageError: `folder` exists and is not an empty folder.
    """
    with making(folder) as partial:
        _write_files(scenario, partial)


@contextmanager
def making(folder: Path | str) -> Iterator[Path]:
    """Give a path beside `folder` that takes its place once it is complete.

    Raises:
        UsageError: `folder` exists and is not an empty folder.
    """
    target = Path(folder)
    if target.exists() and not (target.is_dir() and not any(target.iterdir())):
        raise UsageError(f"{target} exists; give the name of a new or an empty folder")
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.parent / f".{target.name}-{uuid4().hex}"
    try:
        yield partial
        if target.exists():
            target.rmdir()
        partial.rename(target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _write_files(scenario: Scenario, folder: Path) -> None:
    (folder / TABLES_FOLDER).mkdir(parents=True)
    settings = scenario.settings.model_dump(exclude_unset=True, exclude_none=True)
    (folder / SETTINGS_FILE).write_bytes(tomli_w.dumps(settings).encode())
    for name in TABLES:
        if rows := scenario.rows(name):
            text = "".join(_csv_lines(rows))
            (folder / TABLES_FOLDER / f"{name}.csv").write_bytes(text.encode())


def _csv_lines(rows: tuple[Row, ...]) -> Iterable[str]:
    """Iterate over the lines of a table: columns that are required, stated or not at their default anywhere."""
    declared = type(rows[0]).model_fields
    defaults = {name: default_of(column) for name, column in declared.items()}
    written = [
        name
        for name, column in declared.items()
        if column.is_required() or any(_is_stated(row, name, defaults[name]) for row in rows)
    ]
    yield ",".join(written) + "\n"
    for row in rows:
        cells = [_cell(getattr(row, name)) if _is_stated(row, name, defaults[name]) else "" for name in written]
        yield ",".join(cells) + "\n"


def _is_stated(row: BaseModel, column: str, default: Any) -> bool:
    """Return whether a cell says something: an empty one would not stand for the same."""
    value = getattr(row, column)
    return value not in (None, "") and (value != default or column in row.model_fields_set)


def _cell(value: object) -> str:
    """Return a value as it is read back exactly."""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = _number(value) if isinstance(value, float) else str(value)
    is_plain = not any(sign in text for sign in ',"\r\n')
    return text if is_plain else '"' + text.replace('"', '""') + '"'


def _number(value: float) -> str:
    """Return the shortest text that is read back as the same number, -0.0 included.

    >>> _number(1500.0), _number(0.1), _number(1e300)
    ('1500', '0.1', '1e+300')
    """
    return float.__repr__(value).removesuffix(".0")
