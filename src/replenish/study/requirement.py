"""Years to the requirement of each stock, at the rates of now and of full capacity.

The table has the form of the yearly report of 10 U.S.C. 222c (out-year inventory against the total munitions
requirement): what is held, what should be held, how fast it could be made, and what a year costs to be there in time.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from replenish.arrays import Labels, to_arrays
from replenish.arrays.groups import Arrays
from replenish.errors import UsageError
from replenish.result import Result
from replenish.scenario import Scenario
from replenish.scenario.model import Line, LineItem
from replenish.study.formulas import replacement_time, yearly_money, years_to_requirement
from replenish.study.rare import probabilities
from replenish.study.sides import Source, find_side
from replenish.units import DAYS_PER_YEAR, MEAN_DAYS

Product = tuple[str, str]  # line, item
Rates = Mapping[Product, float]  # good units a year

SCHEMA: dict[str, Any] = {
    **dict.fromkeys(("holder", "item", "unit"), pl.String),
    **dict.fromkeys(("on_hand", "requirement", "shortfall", "rate_now", "rate_full", "use"), pl.Float64),
    **dict.fromkeys(("years_now", "years_full", "replacement_years", "unit_cost", "yearly_money"), pl.Float64),
    "currency": pl.String,
}
"""Columns of the table; stocks in units, rates and use in units a year, money in the scenario's currency."""


@dataclass(frozen=True, slots=True)
class _Level:
    """What is held, wanted and used by (holder, item), and what lines make now and could make."""

    on_hand: Mapping[Product, float]
    requirement: Mapping[Product, float]
    use: Mapping[Product, float]
    now: Rates
    full: Rates
    years: float  # to the end of the horizon


def requirement_table(source: Scenario | Result, *, period: int | None = None) -> pl.DataFrame:
    """Return one row for each stock with a requirement; see `SCHEMA`.

    Of a scenario the start counts: opening stocks, start rates of lines, and use of the first year in the states in
    which chains start.
    Of a run the means at the end of `period` count (the last one if not given), production and use of the year before.
    The full rate counts every dated expansion with its mean realised share.  What several stocks may order from one
    line is split in proportion to their requirements.  Rates are those that lines can keep up: a product is held back
    by the lines that make its components, whatever stock of them there is.  Years are shortfall / (rate - own use),
    infinite where use is as large; releases to others do not count.

    Replacement years are those in which an order of the shortfall, decided now, is delivered in full: the longest chain
    of decision, contract and production among the lines, then the longest ramp from the rate of now to the full rate
    with the output of a straight line, then the full rate; own use is not taken off, as in the studies that use the
    term.
    """
    scenario = source.scenario if isinstance(source, Result) else source
    arrays, labels = to_arrays(scenario)
    level = _of_result(source, period) if isinstance(source, Result) else _of_scenario(scenario, arrays, labels)
    cells = [labels.cells[cell] for cell in arrays.stocks.dated]
    now, full = (_split(labels, rates, level.requirement) for rates in (level.now, level.full))
    rows = [_row(scenario, labels, cell, level, (now.get(cell, 0.0), full.get(cell, 0.0))) for cell in cells]
    return pl.DataFrame(rows, schema=SCHEMA)


def requirement(source: Source, *, date: dt.date | None = None) -> pl.DataFrame:
    """Return `requirement_table` of a scenario at its start, or of a run at its end or in the period of `date`.

    Raises:
        UsageError: there is no such scenario or run, or `date` suits it not.
        ScenarioError: the scenario is not sound.
    """
    side = find_side(source)
    if side.result is None:
        if date is not None:
            raise UsageError(f"{side.name}: a date needs a saved run; a scenario is looked at on its first day")
        return requirement_table(side.scenario)
    calendar = side.result.calendar
    period = None if date is None else calendar.index(date)
    if period is not None and not 0 <= period < len(calendar):
        raise UsageError(f"{date}: lies outside the horizon, {calendar.bounds[0]} to {calendar.last_day}")
    return requirement_table(side.result, period=period)


def _row(
    scenario: Scenario, labels: Labels, cell: Product, level: _Level, rates: tuple[float, float]
) -> dict[str, Any]:
    item = next(row for row in scenario.items if row.name == cell[1])
    held, wanted, use = (numbers.get(cell, 0.0) for numbers in (level.on_hand, level.requirement, level.use))
    unit_cost = item.unit_cost * scenario.currency_rates[item.currency]
    years = [years_to_requirement(held, wanted, rate - use) for rate in rates]
    lack = max(0.0, wanted - held)
    return {
        "holder": cell[0], "item": cell[1], "unit": item.unit, "on_hand": held, "requirement": wanted,
        "shortfall": lack, "rate_now": rates[0], "rate_full": rates[1], "use": use, "years_now": years[0],
        "years_full": years[1], "replacement_years": _replacement_years(scenario, labels, cell, lack, rates),
        "unit_cost": unit_cost,
        "yearly_money": yearly_money(lack, level.years, unit_cost) if level.years > 0 else None,
        "currency": scenario.settings.money.currency,
    }  # fmt: skip


def _replacement_years(
    scenario: Scenario, labels: Labels, cell: Product, lack: float, rates: tuple[float, float]
) -> float:
    """Return the years in which what a stock lacks is delivered, if ordered now."""
    if lack == 0:
        return 0.0
    products = [(line, item) for line, item, holder in labels.slots if (holder, item) == cell]
    holder = next(row for row in scenario.holders if row.name == cell[0])
    made = [row for row in scenario.line_items if (row.line, row.item) in products]
    days = [row.administrative_lead_time_days + row.production_lead_time_days for row in made]
    lead = (holder.decision_delay_days + max(days, default=0.0)) / DAYS_PER_YEAR
    ramp = max((_ramp_years(scenario, product) for product in products), default=0.0)
    return replacement_time(lead, ramp, (rates[0] + rates[1]) / 2 * ramp, lack, rates[1])


def _ramp_years(scenario: Scenario, product: Product) -> float:
    """Return the years in which a line ramps from its start rate to its full rate."""
    line = next(row for row in scenario.lines if row.name == product[0])
    rise = _full_rate(scenario, product) - _start_rate(scenario, product)
    if line.ramp_limit is None or rise <= 0:
        return 0.0
    months = rise / _good(scenario, product, line.ramp_limit)
    return months * MEAN_DAYS["month"] / DAYS_PER_YEAR


def _of_scenario(scenario: Scenario, arrays: Arrays, labels: Labels) -> _Level:
    stocks, demands = arrays.stocks, arrays.demands
    first = max(1, round(1 / float(arrays.clock.years[0])))  # periods of the first year
    years = float(arrays.clock.years[:first].sum())
    wanted = [
        _expected(arrays, stocks.requirement[0, c], int(stocks.requirement_chain[c])) for c in range(len(labels.cells))
    ]
    use = np.zeros(len(labels.cells))
    for d, cell in enumerate(demands.cell):
        use[cell] += _expected(arrays, demands.mean[:first, d].sum(axis=0), int(demands.chain[d])) / years
    return _Level(
        on_hand=dict(zip(labels.cells, stocks.opening.tolist(), strict=True)),
        requirement=dict(zip(labels.cells, wanted, strict=True)),
        use=dict(zip(labels.cells, use.tolist(), strict=True)),
        now=_limited(scenario, {product: _start_rate(scenario, product) for product in labels.products}),
        full=_limited(scenario, {product: _full_rate(scenario, product) for product in labels.products}),
        years=float(arrays.clock.years.sum()),
    )


def _expected(arrays: Arrays, by_state: Any, chain: int) -> float:
    """Return the mean over the states in which a chain starts; the first value where there is no chain."""
    if chain < 0:
        return float(by_state[0])
    known = int(arrays.chains.forced[0, chain])
    if known >= 0:
        return float(by_state[known])
    count = int(arrays.chains.states[chain])
    return float(probabilities(arrays.chains.start[chain], count) @ by_state)


def _start_rate(scenario: Scenario, product: Product) -> float:
    line = next(row for row in scenario.lines if row.name == product[0])
    rates = (line.start_rate, line.normal_rate, line.max_rate)
    return _good(scenario, product, next(rate for rate in rates if rate is not None))


def _full_rate(scenario: Scenario, product: Product) -> float:
    line = next(row for row in scenario.lines if row.name == product[0])
    steps = [row for row in scenario.expansions if row.line == line.name and row.start is not None]
    added = sum(row.capacity_step * row.realised_share * _in(line, row.per) for row in steps)
    return _good(scenario, product, line.max_rate + added)


def _in(line: Line, per: str) -> float:
    """Return how many of the line's units of time make one of `per`, as a factor for rates."""
    return MEAN_DAYS[line.per] / MEAN_DAYS[per]  # type: ignore[index]  # both are units of time


def _good(scenario: Scenario, product: Product, rate: float) -> float:
    """Return good units a year that a line makes of an item at a rate, those bound to others left out."""
    line = next(row for row in scenario.lines if row.name == product[0])
    made = [row for row in scenario.line_items if row.line == line.name]
    own = next(row for row in made if row.item == product[1])
    weights = sum(row.output_share for row in made)
    part = own.output_share / weights if weights > 0 else 1.0 / len(made)
    yearly = rate * DAYS_PER_YEAR / MEAN_DAYS[line.per]
    return yearly * part / own.capacity_use * own.yield_fraction * (1 - line.bound_share)


def _limited(scenario: Scenario, rates: dict[Product, float]) -> dict[Product, float]:
    """Return rates held back by the components that the owner of the line gets from lines; a stock is no rate."""
    rows = {(row.line, row.item): row for row in scenario.line_items}
    owner = {row.name: row.owner for row in scenario.lines}

    def limit(product: Product) -> float:
        found = rates[product]
        for part in (row for row in scenario.components if row.item == product[1]):
            feeding = [
                own for own in rates if own[1] == part.component and _may_order(scenario, owner, own, owner[product[0]])
            ]
            if feeding:
                found = min(found, sum(map(limit, feeding)) / part.quantity * _net(scenario, rows[product]))
        return found

    return {product: limit(product) for product in rates}


def _net(scenario: Scenario, row: LineItem) -> float:
    """Return the good units, net of the bound share, of one unit started."""
    return row.yield_fraction * (1 - next(line.bound_share for line in scenario.lines if line.name == row.line))


def _may_order(scenario: Scenario, owner: Mapping[str, str], product: Product, holder: str) -> bool:
    line, item = product
    ordering = ((row.holder, row.item, row.line or line) for row in scenario.policies if row.role == "ordering")
    placed = ((row.holder, row.item, row.line) for row in scenario.orders)
    return owner[line] == holder or (holder, item, line) in {*ordering, *placed}


def _split(labels: Labels, rates: Rates, weights: Mapping[Product, float]) -> dict[Product, float]:
    """Return what each stock may get a year, (holder, item): lines serve those who may order by their weights."""
    found: dict[Product, float] = {}
    for product, rate in rates.items():
        takers = [(holder, item) for line, item, holder in labels.slots if (line, item) == product]
        asking = {cell: weights.get(cell, 0.0) for cell in takers}
        total = sum(asking.values())
        for cell, weight in asking.items():
            found[cell] = found.get(cell, 0.0) + (rate * weight / total if total > 0 else 0.0)
    return found


def _of_result(result: Result, period: int | None) -> _Level:
    last = len(result.calendar) - 1 if period is None else period
    if not 0 <= last < len(result.calendar):
        raise ValueError(f"period is {last}, must lie from 0 to {len(result.calendar) - 1}")
    bound = {row.name: row.bound_share for row in result.scenario.lines}
    lengths = result.calendar.share_of("year")
    first = max(0, last + 1 - round(1 / float(lengths[last]))) if lengths[last] < 1 else last
    year = (first, last, float(lengths[first : last + 1].sum()))
    made, could = (_products(result, measure, year) for measure in ("production", "capacity"))
    return _Level(
        on_hand=_cells(result, "on_hand", (last, last, 1.0)),
        requirement=_cells(result, "requirement", (last, last, 1.0)),
        use=_cells(result, "demand", year),
        now=_limited(result.scenario, {product: rate * (1 - bound[product[0]]) for product, rate in made.items()}),
        full=_limited(result.scenario, {product: rate * (1 - bound[product[0]]) for product, rate in could.items()}),
        years=float(lengths.sum()),
    )


def _cells(result: Result, measure: str, span: tuple[int, int, float]) -> dict[Product, float]:
    """Return means of a measure summed over periods first to last, by (holder, item), divided by the length."""
    first, last, length = span
    kept = result.series.filter(pl.col("measure") == measure, pl.col("period").is_between(first, last))
    by_purpose = kept.filter(pl.col("purpose") != "") if measure == "demand" else kept
    sums = by_purpose.group_by("holder", "item").agg(pl.col("mean").sum())
    return {(holder, item): float(mean) / length for holder, item, mean in sums.iter_rows()}


def _products(result: Result, measure: str, span: tuple[int, int, float]) -> dict[Product, float]:
    first, last, length = span
    kept = result.series.filter(pl.col("measure") == measure, pl.col("period").is_between(first, last))
    owned = kept.join(_owners(result), on=("holder", "line"), how="semi").filter(pl.col("to_holder") == "")
    sums = owned.group_by("line", "item").agg(pl.col("mean").sum())
    return {(line, item): float(mean) / length for line, item, mean in sums.iter_rows()}


def _owners(result: Result) -> pl.DataFrame:
    rows = [(row.owner, row.name) for row in result.scenario.lines]
    return pl.DataFrame(rows, schema={"holder": pl.String, "line": pl.String}, orient="row")
