"""How much each doubtful value matters: every range of the evidence, run at its low and at its high end.

All runs meet the same draws and differ in one cell from the base, so that the effect of a cell is a paired difference.
An effect within two standard errors of zero cannot be told from none.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

import polars as pl

from replenish.errors import ScenarioError, UsageError
from replenish.result import Result
from replenish.scenario import TABLES, Scenario, input_hash
from replenish.scenario.cells import columns
from replenish.scenario.describe import unit_of
from replenish.scenario.model import Evidence, Row
from replenish.study import numbers
from replenish.study.coupled import simulate
from replenish.study.numbers import Effect, find_number, narrowed, value_of
from replenish.study.paired import name_of
from replenish.study.saving import escaped, read_about, read_table, refuse_foreign, save_study, study_folder
from replenish.study.sides import Source, find_scenario_of, short_name

PATHS: Final = 512
"""Paths of each run if no number is given."""
ERRORS: Final = 2.0
"""Standard errors within which an effect cannot be told from none."""
NOT_SIMULATED = frozenset({"observations", "prices", "priorities", "targets"})
"""Tables whose values the simulation does not use."""

State = Literal["done", "skipped"]
SCHEMA: dict[str, Any] = {
    **dict.fromkeys(("table_name", "row_key", "column", "source", "basis", "unit"), pl.String),
    **dict.fromkeys(("value", "low", "high"), pl.Float64),
    **dict.fromkeys(("effect_low", "effect_low_error", "effect_high", "effect_high_error", "width"), pl.Float64),
    "is_distinguishable": pl.Boolean,
    "state": pl.String,
    "rule": pl.String,
    "reason": pl.String,
}
_TABLE = "tornado"


class Range(NamedTuple):
    """A cell with the ends of its range, and what these rest on."""

    table_name: str
    row_key: str
    column: str
    low: float | None
    high: float | None
    source: str  # names of all sources that give this range
    basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tornado:
    """How a number changes with each doubtful value.

    rows: one row for each range of the evidence, the widest effect first: the cell, its `value`, `low` and `high`,
        the effects at both ends with their standard errors, `width` (largest effect - smallest, zero included),
        `is_distinguishable`, and `state`; where an end was skipped, the `rule` that it breaks and the `reason`.
    base: the number at the values of the scenario.
    is_complete: whether all ranges have been run.
    """

    rows: pl.DataFrame
    measure: str
    unit: str
    base: float
    paths: int
    seed: int
    is_complete: bool
    folder: Path | None = None

    def __repr__(self) -> str:
        """Return what was varied in one line."""
        done = int((self.rows["state"] == "done").sum())
        more = "" if self.is_complete else ", stopped early"
        return (
            f"<Tornado: {self.measure}, base {self.base:.6g} {self.unit}; {done} of {len(self.rows)} ranges run{more}>"
        )


def tornado(
    source: Source,
    *,
    measure: str,
    paths: int = PATHS,
    seed: int | None = None,
    workers: int | None = None,
    out: Path | str | None = None,
    is_resumed: bool = False,
    progress: Callable[[int, int], None] = lambda _, __: None,
) -> Tornado:
    """Return by how much a number changes with each value that has a range in the evidence.

    Args:
        source: a scenario, its folder, an example, `SCENARIO:case`, or a saved run (its scenario).
        measure: NAME, NAME/holder or NAME/holder/item of a number by path or a headline number of the run.
        paths: paths of each run.
        seed: seed of all draws; the scenario's if not given.
        workers: threads; one per processor if not given.
        out: folder for the table, written row by row; a new one under `runs/` if not given.
        is_resumed: take over the rows that `out` holds from the same study.
        progress: called with the number of ranges done and of all.

    A KeyboardInterrupt stops the work; what is done is returned.

    Raises:
        UsageError: there is no such number, or `out` holds another study.
        ScenarioError: the scenario is not sound.
    """
    scenario = find_scenario_of(source)
    seed = scenario.settings.simulation.seed if seed is None else seed
    folder = Path(out) if out is not None else study_folder(_TABLE, short_name(source))

    def run(varied: Scenario) -> Result:
        return simulate(narrowed(varied, measure), paths=paths, seed=seed, workers=workers)

    about = {"measure": measure, "input_hash": input_hash(scenario), "seed": seed, "paths": paths}
    done = _done_before(folder, about) if is_resumed else {}
    refuse_foreign(folder, _TABLE)
    base = run(scenario)
    number = find_number(base, measure)
    cells = find_ranges(scenario)
    save_study(folder, _TABLE, about, {})
    rows, is_complete = [], False
    try:
        for row in _all_rows(scenario, cells, done, lambda varied: numbers.effect(number, base, run(varied))):
            rows.append(row)
            _append(folder / f"{_TABLE}.csv", row, is_first=len(rows) == 1)
            progress(len(rows), len(cells))
        is_complete = True
    except KeyboardInterrupt:
        pass  # what is done is kept, and said to be a part
    found = Tornado(
        rows=ranked(rows), measure=name_of(number.key), unit=number.unit, base=value_of(number, base), paths=paths,
        seed=seed, is_complete=is_complete, folder=folder,
    )  # fmt: skip
    told = {"number": found.measure, "unit": found.unit, "base": found.base, "is_complete": is_complete}
    save_study(folder, _TABLE, about | told, {_TABLE: found.rows})
    return found


def read_tornado(folder: Path | str, scenario: Scenario) -> Tornado:
    """Return a saved study of a scenario.

    Raises:
        UsageError: the folder holds none, or one of another scenario.
    """
    path = Path(folder)
    about = read_about(path)
    if about.get("kind") != _TABLE or not (path / f"{_TABLE}.csv").is_file():
        raise UsageError(f"{path}: holds no sensitivity study; `replenish tornado SCENARIO --measure ...` makes one")
    if about.get("input_hash") != input_hash(scenario):
        raise UsageError(f"{path}: is a study of another scenario; run `replenish tornado` on the folder of the run")
    try:
        return Tornado(
            rows=ranked(_saved_rows(path)), measure=str(about["number"]), unit=str(about["unit"]),
            base=float(about["base"]), paths=int(about["paths"]), seed=int(about["seed"]),
            is_complete=bool(about["is_complete"]), folder=path,
        )  # fmt: skip
    except (KeyError, TypeError, ValueError, pl.exceptions.PolarsError) as error:
        raise UsageError(f"{path}: cannot be read ({error}); run the study again") from error


def find_ranges(scenario: Scenario) -> list[Range]:
    """Return the ranges that the evidence gives; sources that give the same range of a cell are taken together."""
    found: dict[tuple[Any, ...], list[Evidence]] = {}
    for row in scenario.evidence:
        if row.low is not None or row.high is not None:
            found.setdefault((row.table_name, row.row_key, row.column, row.low, row.high), []).append(row)
    sources = {key: ", ".join(row.source for row in rows if row.source) for key, rows in found.items()}
    return [Range._make((*key, sources[key], rows[0].basis)) for key, rows in found.items()]


def ranked(rows: Iterable[dict[str, Any]]) -> pl.DataFrame:
    """Return rows of a tornado, the widest first, skipped ones last."""
    table = pl.DataFrame(list(rows), schema=SCHEMA)
    return table.sort("width", descending=True, nulls_last=True, maintain_order=True)


def with_value(scenario: Scenario, cell: Range, value: float) -> Scenario:
    """Return a scenario in which one cell has another value.

    Raises:
        UsageError: the column does not allow it, or holds no number.
    """
    column = columns(TABLES[cell.table_name])[cell.column]
    if column.kind not in ("number", "whole"):
        raise UsageError(f"{cell.column} holds a {column.kind}, not a number")
    if column.kind == "whole" and value != int(value):
        raise UsageError(f"{cell.column} holds whole numbers, {value:g} is none")
    new, fault = column.checked(int(value) if column.kind == "whole" else value)
    if fault:
        raise UsageError(f"{cell.column} {value:g}: {fault.message}")
    rows: tuple[Row, ...] = tuple(
        row.model_copy(update={cell.column: new}) if row.key_value() == cell.row_key else row
        for row in scenario.rows(cell.table_name)
    )
    return scenario.model_copy(update={cell.table_name: rows, "evidence": (), "cases": ()})


def _all_rows(
    scenario: Scenario,
    cells: list[Range],
    done: dict[tuple[Any, ...], dict[str, Any]],
    run: Callable[[Scenario], Effect],
) -> Iterator[dict[str, Any]]:
    for cell in cells:
        row = _described(scenario, cell)
        yield done.get(_name(row)) or _varied(scenario, cell, row, run)


def _name(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row[column] for column in ("table_name", "row_key", "column", "low", "high"))


def _described(scenario: Scenario, cell: Range) -> dict[str, Any]:
    """Return the row of a range before it is run."""
    row = next((row for row in scenario.rows(cell.table_name) if row.key_value() == cell.row_key), None)
    value = getattr(row, cell.column, None)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return dict.fromkeys(SCHEMA) | {
        "table_name": cell.table_name, "row_key": cell.row_key, "column": cell.column, "source": cell.source,
        "basis": cell.basis, "unit": unit_of(TABLES[cell.table_name].model_fields[cell.column]),
        "value": value if is_number else None, "low": cell.low, "high": cell.high,
    }  # fmt: skip


def _varied(scenario: Scenario, cell: Range, row: dict[str, Any], run: Callable[[Scenario], Effect]) -> dict[str, Any]:
    """Return the row of a range with its effects, or with the reason why it was skipped."""
    value = row["value"]
    ends = {name: end for name in ("low", "high") if (end := row[name]) is not None and end != value}
    reason, broken = _why_not(cell, value, ends), ""
    effects: dict[str, Effect] = {}
    for name in ends if not reason else ():
        try:
            effects[name] = run(with_value(scenario, cell, ends[name]))
        except ScenarioError as error:
            problem = next(problem for problem in error.problems if problem.severity == "error")
            reason, broken = f"{reason}; {name}: {problem.message}".removeprefix("; "), problem.rule
        except UsageError as error:
            reason = f"{reason}; {name}: {error}".removeprefix("; ")
    return row | _summed(effects, reason) | {"rule": broken}


def _why_not(cell: Range, value: float | None, ends: dict[str, float]) -> str:
    if cell.table_name in NOT_SIMULATED:
        return f"the simulation does not use {cell.table_name}"
    if value is None:
        return "the cell holds no number"
    return "" if ends else "the range is the value"


def _summed(effects: dict[str, Effect], reason: str) -> dict[str, Any]:
    if not effects:
        return {"state": "skipped", "reason": reason}
    known = [found.difference for found in effects.values() if math.isfinite(found.difference)]
    told = {f"effect_{name}": found.difference for name, found in effects.items()}
    errors = {f"effect_{name}_error": found.error for name, found in effects.items()}
    return {
        **told, **errors, "width": max([0.0, *known]) - min([0.0, *known]),
        "is_distinguishable": any(abs(found.difference) > ERRORS * (found.error or 0.0) for found in effects.values()),
        "state": "done", "reason": reason,
    }  # fmt: skip


def _append(path: Path, row: dict[str, Any], *, is_first: bool) -> None:
    """Add a row to the table on disk, so that nothing is lost when the work is stopped."""
    with path.open("w" if is_first else "a", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, SCHEMA)
        if is_first:
            writer.writeheader()
        shown = {name: escaped(value) if isinstance(value, str) else value for name, value in row.items()}
        shown |= {name: str(value).lower() for name, value in row.items() if isinstance(value, bool)}
        writer.writerow(shown)


def _done_before(folder: Path, about: dict[str, Any]) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Return the rows that a stopped study has left, by cell and range.

    Raises:
        UsageError: the folder holds no such study, or one of other input.
    """
    told = read_about(folder)
    unlike = [key for key, value in about.items() if told.get(key) != value]
    if unlike:
        raise UsageError(f"{folder}: cannot be resumed, {', '.join(unlike)} differ; leave out --resume for a new study")
    path = folder / f"{_TABLE}.csv"
    if not path.exists():
        return {}
    return {_name(row): row for row in _saved_rows(folder)}


def _saved_rows(folder: Path) -> list[dict[str, Any]]:
    return read_table(folder / f"{_TABLE}.csv", SCHEMA).to_dicts()
