"""A scenario from a folder or a workbook, and to a folder."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import tomli_w

from replenish.collection import without_collection
from replenish.errors import Problem, ScenarioError, UsageError
from replenish.scenario.asked import Opener
from replenish.scenario.describe import default_of
from replenish.scenario.draft import SETTINGS_FILE, Draft, Table
from replenish.scenario.files import TABLES_FOLDER, Report, find_tables, has_settings, read_text
from replenish.scenario.model import TABLES, Row, Scenario
from replenish.scenario.resolving import ADDED, Texts, drop_overruled, resolve, texts
from replenish.scenario.rules import find_problems
from replenish.scenario.settings_file import read_settings
from replenish.scenario.table_files import read_table
from replenish.scenario.workbook.layout import is_workbook
from replenish.scenario.workbook.read import read_workbook
from replenish.scenario.written import is_stated, number_text, stated_columns


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
    with without_collection():
        _read_tables(folder, draft)
    return draft


def read_draft(path: Path | str, ledger: Opener | None = None) -> Draft:
    """Return all that a scenario folder or a workbook holds, with the problems of its files and cells.

    `ledger` opens the ledger that cells may ask.
    """
    if is_workbook(path):
        with without_collection():
            draft = read_workbook(path)
    else:
        draft = read_folder(path)
    resolve(draft, Path(path), ledger)
    return draft


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


def examine(path: Path | str, ledger: Opener | None = None) -> tuple[list[Problem], Scenario | None]:
    """Return all findings about a folder or workbook, warnings included, and the scenario if none is an error."""
    draft = read_draft(path, ledger)
    problems = find_problems(draft)
    if draft.settings is None or any(problem.severity == "error" for problem in problems):
        return problems, None
    drop_overruled(draft)
    return problems, to_scenario(draft)


def to_scenario(draft: Draft) -> Scenario:
    """Return a draft whose cells were all read as a scenario."""
    assert draft.settings is not None  # else reading has found a problem
    rows = {name: tuple(entry.row for entry in table.entries) for name, table in draft.tables.items()}
    return Scenario(settings=draft.settings, **rows)


def as_written(path: Path | str, ledger: Opener | None = None) -> tuple[list[Problem], Scenario | None, Texts]:
    """Return what `examine` does, without the evidence of cells that ask a ledger, and those cells as written."""
    draft = read_draft(path, ledger)
    problems = find_problems(draft)
    if draft.settings is None or any(problem.severity == "error" for problem in problems):
        return problems, None, {}
    for table in draft.tables.values():
        table.entries = [entry for entry in table.entries if entry.line != ADDED]
    return problems, to_scenario(draft), texts(draft)


def load(path: Path | str, ledger: Opener | None = None) -> Scenario:
    """Return the scenario in a folder or a workbook; `ledger` opens the ledger that cells may ask.

    Raises:
        ScenarioError: anything is wrong with it; `problems` holds all findings, warnings included.
    """
    problems, scenario = examine(path, ledger)
    if scenario is None:
        raise ScenarioError(problems)
    return scenario


def write(scenario: Scenario, folder: Path | str, *, texts: Texts | None = None) -> None:
    """Write a scenario as a folder that `load` turns into an equal one; `texts` stand in place of values.

    The folder appears complete or not at all.

    Raises:
        UsageError: `folder` exists and is not an empty folder.
    """
    with making(folder) as partial:
        _write_files(scenario, partial, texts or {})


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


def _write_files(scenario: Scenario, folder: Path, texts: Texts) -> None:
    (folder / TABLES_FOLDER).mkdir(parents=True)
    settings = scenario.settings.model_dump(exclude_unset=True, exclude_none=True)
    (folder / SETTINGS_FILE).write_bytes(tomli_w.dumps(settings).encode())
    for name in TABLES:
        if rows := scenario.rows(name):
            text = "".join(_csv_lines(rows, texts))
            (folder / TABLES_FOLDER / f"{name}.csv").write_bytes(text.encode())


def _csv_lines(rows: tuple[Row, ...], texts: Texts) -> Iterable[str]:
    """Iterate over the lines of a table: columns that are required, stated or not at their default anywhere."""
    written = stated_columns(rows)
    defaults = {name: default_of(type(rows[0]).model_fields[name]) for name in written}
    yield ",".join(written) + "\n"
    for row in rows:
        told = {name: texts.get((row.table, row.key_value(), name)) for name in written} if texts else {}
        cells = [
            _cell(told.get(name) or getattr(row, name)) if is_stated(row, name, defaults[name]) else ""
            for name in written
        ]
        yield ",".join(cells) + "\n"


def _cell(value: object) -> str:
    """Return a value as it is read back exactly."""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = number_text(value) if isinstance(value, float) else str(value)
    is_plain = not any(sign in text for sign in ',"\r\n')
    return text if is_plain else '"' + text.replace('"', '""') + '"'
