"""Two or more scenarios or runs side by side: what differs in what they say, and in what comes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl
from pydantic import BaseModel

from replenish.errors import UsageError
from replenish.measures import LABELS
from replenish.result import Result
from replenish.scenario import Scenario, input_hash
from replenish.scenario.model import TABLES, Row
from replenish.study.coupled import simulate
from replenish.study.paired import Difference, paired, samples, unpaired
from replenish.study.saving import refuse_foreign, save_study, study_folder
from replenish.study.sides import Side, Source, find_sides, short_name

SETTINGS = "scenario.toml"
SILENT = frozenset({"cases", "evidence", "sources"})
"""Tables that say where values come from; they change no result."""

INPUTS: dict[str, Any] = dict.fromkeys(("a", "b", "table_name", "row_key", "column", "value_a", "value_b"), pl.String)
DIFFERENCES: dict[str, Any] = {
    **dict.fromkeys(("a", "b", "measure", *LABELS, "unit"), pl.String),
    **dict.fromkeys(Difference._fields, pl.Float64),
    "paths": pl.Int64,
    "is_paired": pl.Boolean,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What differs between the first of several scenarios, A, and each of the others, B.

    inputs: one row for each cell that differs: names of A and B, `table_name`, `row_key`, `column`, `value_a`,
        `value_b`; a whole row that only one has bears an empty column.
    differences: one row for each number that both have by path: `mean_a`, `mean_b`, mean `difference` (B - A), its
        `standard_error`, 95 % confidence interval `low` to `high`, shares of paths in which B is higher and lower,
        `correlation`, shares `applies_a` and `applies_b` of the paths that have the number (a date may never come), and
        `paths` that have both, on which all else rests; `is_paired` says whether both met the same draws.
    results: the runs, the first that of A.
    names: the names of the runs, in their order.
    folder: where the tables are saved; None if they are not.
    """

    inputs: pl.DataFrame
    differences: pl.DataFrame
    results: tuple[Result, ...]
    names: tuple[str, ...]
    folder: Path | None = None

    def __repr__(self) -> str:
        """Return what was compared in one line."""
        numbers = f"{len(self.inputs)} cells and {len(self.differences)} numbers"
        return f"<Comparison: {len(self.results)} runs ({', '.join(self.names)}); {numbers}>"


def compare(
    first: Source,
    *others: Source,
    paths: int | None = None,
    seed: int | None = None,
    workers: int | None = None,
    out: Path | str | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> Comparison:
    """Return what differs between the first scenario or run and each of the others.

    Saved runs are taken as they are; the rest is simulated with the seed of the first, so that all meet the same draws.

    Args:
        first: a scenario, its folder, an example, `SCENARIO:case`, or a run (as such or saved).
        others: what it is compared with; at least one.
        paths: number of paths of what is simulated; else that of the first run, or what each scenario says.
        seed: seed of what is simulated; that of the first if not given.
        workers: threads; one per processor if not given.
        out: folder for the tables; a new one under `runs/` if not given.
        progress: called with the number of paths finished since the last call.

    Raises:
        UsageError: nothing to compare with, or periods, horizon or currency differ.
        ScenarioError: a scenario is not sound.
    """
    if not others:
        raise UsageError("there is nothing to compare with; name two or more scenarios or runs")
    folder = Path(out) if out is not None else study_folder("compare", short_name(first))
    refuse_foreign(folder, "compare")
    sides = _named(find_sides((first, *others)))
    for other in sides[1:]:
        _refuse_unlike(sides[0], other)
    results = _simulated(sides, paths=paths, seed=seed, workers=workers, progress=progress)
    found = compared(sides, results)
    about = {"sides": [_about(side, result) for side, result in zip(sides, results, strict=True)]}
    save_study(folder, "compare", about, {"inputs": found.inputs, "differences": found.differences})
    return replace(found, folder=folder)


def compared(sides: Sequence[Side], results: Sequence[Result]) -> Comparison:
    """Return the comparison of finished runs."""
    a, of_a = sides[0], results[0]
    inputs = [row for b in sides[1:] for row in input_differences(a, b)]
    numbers = [
        row
        for b, of_b in zip(sides[1:], results[1:], strict=True)
        for row in _differences((a.name, of_a), (b.name, of_b))
    ]
    return Comparison(
        inputs=pl.DataFrame(inputs, schema=INPUTS, orient="row"),
        differences=pl.DataFrame(numbers, schema=DIFFERENCES),
        results=tuple(results),
        names=tuple(side.name for side in sides),
    )


def input_differences(a: Side, b: Side) -> Iterator[tuple[str, ...]]:
    """Yield the cells that differ, as rows of `Comparison.inputs`; settings come first."""
    for place in _cells(a.scenario, b.scenario):
        yield (a.name, b.name, *place)


def _cells(a: Scenario, b: Scenario) -> Iterator[tuple[str, ...]]:
    first, second = dict(_settings(a.settings, "")), dict(_settings(b.settings, ""))
    for key, value in first.items():
        if value != second[key] and key != "title":  # a case has a title of its own
            yield SETTINGS, "", key, value, second[key]
    for table in sorted(TABLES.keys() - SILENT):
        rows_a, rows_b = ({row.key_value(): row for row in side.rows(table)} for side in (a, b))
        for key in sorted(rows_a.keys() | rows_b.keys()):
            yield from ((table, key, *rest) for rest in _row(rows_a.get(key), rows_b.get(key)))


def _row(a: Row | None, b: Row | None) -> Iterator[tuple[str, str, str]]:
    if a is None or b is None:
        yield "", _whole(a), _whole(b)
        return
    for column in type(a).model_fields:
        if (old := getattr(a, column)) != (new := getattr(b, column)):
            yield column, _text(old), _text(new)


def _whole(row: Row | None) -> str:
    """Return a row as a case would add it."""
    if row is None:
        return ""
    stated = (name for name in type(row).model_fields if name in row.model_fields_set)
    return "; ".join(f"{name}={_text(getattr(row, name))}" for name in stated if _text(getattr(row, name)))


def _settings(section: BaseModel, prefix: str) -> Iterator[tuple[str, str]]:
    for name in type(section).model_fields:
        value = getattr(section, name)
        if isinstance(value, BaseModel):
            yield from _settings(value, f"{prefix}{name}.")
        else:
            yield prefix + name, _text(value)


def _text(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.15g}"
    if isinstance(value, tuple):
        return "; ".join(map(str, value))
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _named(sides: list[Side]) -> list[Side]:
    """Return the sides with names that differ."""
    found: list[Side] = []
    for side in sides:
        same = sum(other.name == side.name or other.name.startswith(f"{side.name} (") for other in found)
        found.append(Side(f"{side.name} ({same + 1})", side.scenario, side.result) if same else side)
    return found


def _refuse_unlike(a: Side, b: Side) -> None:
    """Raise UsageError if numbers of two scenarios cannot be compared."""
    times = (a.scenario.settings.time, b.scenario.settings.time)
    pairs = {f"time.{key}": tuple(str(getattr(time, key)) for time in times) for key in ("start", "end", "period")}
    pairs["money.currency"] = (a.scenario.settings.money.currency, b.scenario.settings.money.currency)
    unlike = [f"{key} ({first} and {second})" for key, (first, second) in pairs.items() if first != second]
    if unlike:
        raise UsageError(
            f"{a.name} and {b.name} cannot be compared: they differ in {', '.join(unlike)}; make them the same"
        )


def _simulated(
    sides: Sequence[Side],
    *,
    paths: int | None,
    seed: int | None,
    workers: int | None,
    progress: Callable[[int], None],
) -> list[Result]:
    first = sides[0]
    if first.result is not None:
        paths = paths or first.result.provenance.paths
        seed = first.result.provenance.seed if seed is None else seed
    elif seed is None:
        seed = first.scenario.settings.simulation.seed
    return [
        side.result or simulate(side.scenario, paths=paths, seed=seed, workers=workers, progress=progress)
        for side in sides
    ]


def _differences(a: tuple[str, Result], b: tuple[str, Result]) -> Iterator[dict[str, Any]]:
    (name_a, of_a), (name_b, of_b) = a, b
    is_paired = of_a.provenance.seed == of_b.provenance.seed
    first, second = samples(of_a), samples(of_b)
    for key in (key for key in first if key in second and first[key].unit == second[key].unit):
        found = (paired if is_paired else unpaired)(first[key], second[key])
        yield {
            "a": name_a, "b": name_b, **dict(zip(("measure", *LABELS), key, strict=True)), "unit": first[key].unit,
            **found._asdict(), "is_paired": is_paired,
        }  # fmt: skip


def _about(side: Side, result: Result) -> dict[str, Any]:
    run = result.provenance
    return {
        "name": side.name, "title": side.scenario.settings.title, "input_hash": input_hash(side.scenario),
        "seed": run.seed, "paths": run.paths, "versions": run.versions,
    }  # fmt: skip
