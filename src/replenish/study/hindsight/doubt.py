"""The doubt about assumptions: scenarios whose values are drawn from the ranges of the evidence.

Bands of a run hold what is random in the model.  Values that somebody assumed are the same in every path, however
little is known of them; here each of several scenarios has its own.

References:
    Law (2015), Simulation Modeling and Analysis, section 6.11: a triangular law from the least to the most with its
    peak at the value that is thought most likely, where there are no data.
    McKay, Beckman and Conover (1979), A comparison of three methods for selecting values of input variables,
    Technometrics 21(2), 239-245: Latin hypercube samples.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import polars as pl
from scipy.stats import qmc, triang

from replenish.arrays.groups import Floats
from replenish.errors import ScenarioError
from replenish.scenario import TABLES, Scenario, check
from replenish.scenario.cells import columns
from replenish.scenario.model import Row
from replenish.study.tornado import NOT_SIMULATED, Range, find_ranges

SUMS_TO_ONE: Final = frozenset({("transitions", "probability"), ("chains", "start_probability")})
"""Columns whose values depend on each other, which are not drawn one by one."""
MOST_TRIES: Final = 10
"""How often rows that break a rule are put back before it is said that the scenario itself does."""

Values = dict[tuple[str, str], dict[str, float]]
"""New values of some columns, by table and key of the row."""


class Doubt(NamedTuple):
    """An assumption with its range: the cells that hold it have one value and one range, and move together.

    rows: keys of the rows, in one column of a table.
    """

    table: str
    column: str
    rows: tuple[str, ...]
    value: float
    low: float
    high: float

    def quantile(self, level: float) -> float:
        """Return the quantile of the triangular law from low to high with its peak at the value."""
        width = self.high - self.low
        return float(triang.ppf(level, (self.value - self.low) / width, loc=self.low, scale=width))


def find_doubts(scenario: Scenario) -> list[Doubt]:
    """Return the assumptions of a scenario that can be drawn.

    A cell counts if its column holds numbers that need not be whole nor sum to one, the simulation uses it, and its
    ranges in the evidence, from the least end to the most, contain its value.
    """
    rows = {(table, row.key_value()): row for table in TABLES for row in scenario.rows(table)}
    held: dict[tuple[Any, ...], list[str]] = {}
    for (table, key, column), ends in _whole(find_ranges(scenario)).items():
        value = _value(rows.get((table, key)), column)
        if value is not None and ends[0] <= value <= ends[1] and ends[0] < ends[1]:
            held.setdefault((table, column, value, *ends), []).append(key)
    return [
        Doubt(table, column, tuple(keys), value, low, high) for (table, column, value, low, high), keys in held.items()
    ]


def _whole(ranges: Iterable[Range]) -> dict[tuple[str, str, str], tuple[float, float]]:
    found: dict[tuple[str, str, str], tuple[float, float]] = {}
    for one in ranges:
        if one.low is not None and one.high is not None:
            low, high = found.get(one[:3], (one.low, one.high))
            found[one[:3]] = min(low, one.low), max(high, one.high)
    return found


def _value(row: Row | None, column: str) -> float | None:
    if row is None or row.table in NOT_SIMULATED or (row.table, column) in SUMS_TO_ONE:
        return None
    value = getattr(row, column, None)
    return value if columns(type(row))[column].kind == "number" and value is not None else None


class Drawn(NamedTuple):
    """A scenario with values of its own, and the places of the assumptions that kept theirs as a rule asked for it."""

    scenario: Scenario
    kept: frozenset[int]


def draw_scenarios(scenario: Scenario, count: int, seed: int) -> Iterator[Drawn]:
    """Iterate over scenarios whose assumptions are drawn from their ranges.

    Assumptions whose draws break a rule of `check` keep their values in that scenario, in all rows that hold them.

    Args:
        scenario: a sound scenario with evidence.
        count: number of scenarios; each assumption takes one value in each of so many equally likely parts of its law.
        seed: of the draws.

    Raises:
        ScenarioError: a rule is broken by something that was not drawn.
    """
    doubts = find_doubts(scenario)
    if not doubts:
        yield from [Drawn(scenario, frozenset())] * count
        return
    for levels in qmc.LatinHypercube(len(doubts), rng=seed).random(count):
        yield _sound(scenario, doubts, levels)


def doubts_table(doubts: Sequence[Doubt], kept: Mapping[int, int]) -> pl.DataFrame:
    """Return one row for each cell that is drawn, with the number of the assumption that it holds.

    `kept` is in how many scenarios it kept its value as a rule asked for it.
    """
    told = [
        (place + 1, one.table, key, one.column, one.value, one.low, one.high, kept.get(place, 0))
        for place, one in enumerate(doubts)
        for key in one.rows
    ]
    types = (pl.Int64, pl.String, pl.String, pl.String, pl.Float64, pl.Float64, pl.Float64, pl.Int64)
    names = ("assumption", "table", "key", "column", "value", "low", "high", "kept")
    return pl.DataFrame(told, schema=dict(zip(names, types, strict=True)), orient="row")


def _sound(scenario: Scenario, doubts: Sequence[Doubt], levels: Floats) -> Drawn:
    """Return a scenario with a value of each assumption, but for those that break a rule."""
    kept = frozenset[int]()
    for _ in range(MOST_TRIES):
        found = _with_values(scenario, _values(doubts, levels, kept))
        problems = [one for one in check(found, cases=()) if one.severity == "error"]
        if not problems:
            return Drawn(found, kept)
        told = {(one.file, scenario.rows(one.file)[one.row - 1].key_value()) for one in problems if one.row}
        wrong = {place for place, one in enumerate(doubts) if any((one.table, row) in told for row in one.rows)}
        if wrong <= kept:
            break
        kept |= wrong
    raise ScenarioError(problems)


def _values(doubts: Sequence[Doubt], levels: Floats, kept: Container[int]) -> Values:
    found: Values = {}
    for place, (one, level) in enumerate(zip(doubts, levels, strict=True)):
        value = one.value if place in kept else one.quantile(level)
        for key in one.rows:
            found.setdefault((one.table, key), {})[one.column] = value
    return found


def _with_values(scenario: Scenario, values: Values) -> Scenario:
    changed: dict[str, Any] = {
        table: tuple(row.model_copy(update=values.get((table, row.key_value()), {})) for row in scenario.rows(table))
        for table in {table for table, _ in values}
    }
    return scenario.model_copy(update={**changed, "evidence": (), "cases": ()})
