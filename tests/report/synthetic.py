"""A made-up result, the same on every computer: closed-form curves with bands, under the labels of a real run."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

import polars as pl

from replenish.measures import DATE_MEASURES, LABELS, MEASURES
from replenish.periods import Calendar, calendar
from replenish.result import QUANTILES, Provenance, Result, quantile_column
from replenish.scenario.model import (
    ChainState,
    Component,
    Demand,
    Evidence,
    Holder,
    Item,
    Line,
    LineItem,
    Observation,
    Pledge,
    ReportSettings,
    Requirement,
    Route,
    Row,
    Scenario,
    Settings,
    Source,
    Stock,
    Time,
)  # fmt: skip

PATHS = 1000
START, END = date(2022, 3, 1), date(2027, 12, 1)
Curve = Callable[[int], float]
Labels = dict[str, Any]

NORMAL = {0.05: -1.645, 0.10: -1.282, 0.25: -0.674, 0.50: 0.0, 0.75: 0.674, 0.90: 1.282, 0.95: 1.645}

ROWS: tuple[Row, ...] = (
    Item(name="shell", title="155 mm shell", unit="round", unit_cost=4000),
    Item(name="fuze", unit="piece"),
    Holder(name="alliance", title="The alliance"),
    Holder(name="north", title="Northland", parent="alliance"),
    Holder(name="south", title="Republic of the South", parent="alliance"),
    Holder(name="front", title="Frontland"),
    Stock(holder="north", item="shell", on_hand=2_000_000, floor=250_000),
    Stock(holder="south", item="shell", on_hand=90_000),
    Stock(holder="front", item="shell", on_hand=200_000),
    Stock(holder="north", item="fuze", on_hand=500_000),
    Requirement(holder="north", item="shell", quantity=1_500_000),
    Requirement(holder="south", item="shell", quantity=60_000),
    Demand(holder="front", item="shell", mean=120_000),
    Demand(holder="north", item="shell", purpose="training", mean=8_000),
    ChainState(chain="tempo", state="quiet", title="quiet phase", start_probability=0.5),
    ChainState(chain="tempo", state="surge", title="offensive", start_probability=0.5),
    Line(name="works", title="Northland works", owner="north", max_rate=40_000),
    Line(name="fuzes", owner="north", max_rate=60_000),
    LineItem(line="works", item="shell"),
    LineItem(line="fuzes", item="fuze"),
    Component(item="shell", component="fuze"),
    Route(from_holder="north", to_holder="front", lead_time_days=30),
    Route(from_holder="south", to_holder="front", lead_time_days=30),
    Pledge(
        name="million", from_holder="north", to_holder="front", item="shell", quantity=1_000_000, due=date(2024, 3, 31)
    ),
    Pledge(
        name="million", from_holder="south", to_holder="front", item="shell", quantity=50_000, due=date(2024, 3, 31)
    ),
    Pledge(name="later", from_holder="north", to_holder="front", item="shell", quantity=300_000, due=date(2033, 1, 1)),
    Source(
        name="ministry", title="Annual report 2023", publisher="Ministry", address="https://example.org/report",
        published=date(2023, 5, 4), note="gives output and stock",
    ),
    Evidence(table_name="stocks", row_key="north/shell", column="on_hand", basis="reported", source="ministry"),
    Evidence(
        table_name="stocks", row_key="south/shell", column="on_hand", basis="assumed", low=50_000, high=150_000,
        note="no report gives it",
    ),
    Evidence(table_name="lines", row_key="works", column="max_rate", basis="derived", source="ministry"),
    Observation(
        name="output_2023", measure="production", date=date(2023, 10, 1), holder="north", item="shell", value=28_000,
        per="month", source="ministry",
    ),
    Observation(
        name="output_2024", measure="production", date=date(2024, 9, 15), holder="north", item="shell", value=60_000,
        low=55_000, high=65_000, per="month", source="ministry", note="counts rounds that were only filled",
    ),
    Observation(
        name="sent_2023", measure="delivered_cumulative", date=date(2023, 8, 11), holder="north", item="shell",
        to_holder="front", value=900_000, source="ministry",
    ),
    Observation(
        name="before", measure="on_hand", date=date(2021, 8, 11), holder="south", item="shell", value=900_000,
        source="ministry",
    ),
)  # fmt: skip


def scenario(rows: Iterable[Row] = ROWS, **settings: Any) -> Scenario:
    """Return the made-up study with these rows."""
    known = {"title": "A long war", "description": "Two donors, one recipient.", "notes": ("Numbers are made up.",)}
    report = ReportSettings(item="shell", recipient="front")
    chosen = {**known, "time": Time(start=START, end=END), "report": report, **settings}
    return Scenario(settings=Settings(**chosen)).with_rows(*rows)


def rows_without(*tables: str) -> tuple[Row, ...]:
    """Return the rows of the study but those of some tables."""
    return tuple(row for row in ROWS if row.table not in tables)


def result(of: Scenario | None = None, *, without: Iterable[str] = ()) -> Result:
    """Return a made-up run of the study; measures named in `without` were not kept."""
    study = of or scenario()
    time = calendar(study.settings.time.start, study.settings.time.end, study.settings.time.period)
    hidden = set(without)
    series = pl.concat([frame for frame in _series(time) if frame["measure"][0] not in hidden])
    return Result(
        scenario=study,
        calendar=time,
        series=series,
        dates=pl.DataFrame([] if "requirement" in hidden else _dates(len(time)), schema=DATES, orient="row"),
        summary=_summary(series),
        provenance=Provenance(
            seed=7,
            paths=PATHS,
            input_hash="a1" * 32,
            array_hash="b2" * 32,
            versions={"replenish": "0.1.0", "python": "3.11"},
            seconds=1.5,
            started="2026-01-01T00:00:00+00:00",
        ),
    )


DATES = {
    "measure": pl.String, "holder": pl.String, "item": pl.String, "period": pl.Int64, "paths": pl.Int64,
    "applies": pl.Int64,
}  # fmt: skip


def curve(
    time: Calendar, measure: str, mean: Curve, *, spread: float = 0.1, positive: Curve | None = None, **labels: str
) -> pl.DataFrame:
    """Return a series with normal bands around `mean`, cut at zero and, for shares, at one."""
    top = 1.0 if MEASURES[measure].unit == "share" else math.inf
    rows = []
    for period, day in enumerate(time.starts):
        middle = mean(period)
        band = [min(top, max(0.0, middle * (1 + spread * NORMAL[level]))) for level in QUANTILES]
        share = positive(period) if positive else float(middle > 0)
        error = spread * abs(middle) / math.sqrt(PATHS) if math.isfinite(middle) else 0.0
        rows.append((period, day, middle, error, *band, band[0], band[-1], share))
    numbers = ("mean", "standard_error", *map(quantile_column, QUANTILES), "minimum", "maximum", "positive_share")
    schema: dict[str, Any] = {"period": pl.Int64, "date": pl.Date, **dict.fromkeys(numbers, pl.Float64)}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    names = {label: labels.get(label, "") for label in LABELS}
    named = [pl.lit(value).alias(name) for name, value in names.items()]
    unit = MEASURES[measure].unit
    return frame.select(pl.lit(measure).alias("measure"), pl.lit(unit).alias("unit"), *named, *frame.columns)


def scaled(factor: float, of: Curve) -> Curve:
    """Return a curve times a factor."""
    return lambda t: factor * of(t)


def _series(time: Calendar) -> list[pl.DataFrame]:
    return [*_stocks(time), *_need(time), *_flows(time), *_production(time), *_money(time)]


def _north(t: int) -> float:
    return max(300_000.0, 2_000_000 - 90_000 * t) if t < 34 else 300_000.0 + 45_000 * (t - 33)


def _stocks(time: Calendar) -> list[pl.DataFrame]:
    north: Labels = {"holder": "north", "item": "shell"}
    south: Labels = {"holder": "south", "item": "shell"}

    def share_below(t: int) -> float:
        return min(1.0, max(0.0, (1_600_000 - _north(t)) / 200_000))

    return [
        curve(time, "on_hand", _north, spread=0.15, **north),
        curve(time, "requirement", lambda t: 1_500_000.0 if t < 24 else 1_700_000.0, spread=0, **north),
        curve(time, "shortfall", lambda t: max(0.0, 1_500_000 - _north(t)), positive=share_below, **north),
        curve(time, "days_of_supply", lambda t: _north(t) / 10_000, **north),
        curve(time, "on_hand", lambda t: 90_000.0 + 400 * t, **south),
        curve(time, "requirement", lambda t: 60_000.0, spread=0, **south),
        curve(time, "shortfall", lambda t: 0.0, **south),
        curve(time, "days_of_supply", lambda t: math.inf, spread=0, **south),
        curve(time, "on_hand", lambda t: 200_000.0 * 0.8**t, holder="front", item="shell"),
        curve(time, "on_hand", lambda t: 500_000.0, holder="north", item="fuze"),
        curve(time, "on_hand", lambda t: 90_000.0 + _north(t), holder="alliance", item="shell"),
    ]


def _need(time: Calendar) -> list[pl.DataFrame]:
    front: Labels = {"holder": "front", "item": "shell", "purpose": "use"}
    training: Labels = {"holder": "north", "item": "shell", "purpose": "training"}

    def need(t: int) -> float:
        return 110_000.0 + 40_000 * math.sin(t / 6)

    return [
        curve(time, "demand", need, spread=0.25, **front),
        curve(time, "issues", lambda t: 0.55 * need(t), **front),
        curve(time, "unmet", lambda t: 0.45 * need(t), spread=0.3, **front),
        curve(time, "unmet_cumulative", lambda t: 0.45 * sum(map(need, range(t + 1))), **front),
        curve(time, "fill_rate", lambda t: 0.55, spread=0.08, **front),
        curve(time, "demand", lambda t: 8_000.0, **training),
        curve(time, "fill_rate", lambda t: 1.0, spread=0, **training),
    ]


def _flows(time: Calendar) -> list[pl.DataFrame]:
    def made(t: int) -> float:
        return 60_000.0 if t < 30 else 20_000.0

    found = []
    for giver, part in (("north", 0.97), ("south", 0.03), ("", 1.0)):
        flow: Labels = {"holder": giver, "item": "shell", "to_holder": "front"}
        found += [
            curve(time, "delivered", scaled(part, made), **flow),
            curve(time, "delivered_cumulative", scaled(part, lambda t: sum(map(made, range(t + 1)))), **flow),
        ]
    for giver, goal, due in (("north", 0.9, 2024), ("south", 0.4, 2024), ("north", 0.1, 2033)):
        name = "million 2024-03-31" if due == 2024 else "later 2033-01-01"
        pledge: Labels = {"holder": giver, "to_holder": "front", "item": "shell", "pledge": name}
        found.append(curve(time, "pledge_fulfilment", scaled(goal, lambda t: min(1, t / 24)), **pledge))
    return found


def _production(time: Calendar) -> list[pl.DataFrame]:
    works: Labels = {"holder": "north", "item": "shell", "line": "works"}
    fuzes: Labels = {"holder": "north", "item": "fuze", "line": "fuzes"}

    def output(t: int) -> float:
        return 14_000 + 26_000 / (1 + math.exp(-(t - 22) / 5))

    return [
        curve(time, "production", output, **works),
        curve(time, "production", output, holder="north", item="shell"),
        curve(time, "capacity", lambda t: 1.15 * output(t), **works),
        curve(time, "production", lambda t: 1.1 * output(t), **fuzes),
        curve(time, "capacity", lambda t: 60_000.0, **fuzes),
        curve(time, "bottleneck_share", lambda t: 0.1, limit="orders", **works),
        curve(time, "bottleneck_share", lambda t: max(0.0, 0.7 - t / 60), limit="capacity", **works),
        curve(time, "bottleneck_share", lambda t: 0.0, limit="ramp", **works),
        curve(time, "bottleneck_share", lambda t: 0.9 - max(0.0, 0.7 - t / 60), limit="fuze", **works),
        curve(time, "bottleneck_share", lambda t: 1.0, limit="orders", **fuzes),
    ]


def _money(time: Calendar) -> list[pl.DataFrame]:
    found = [
        curve(time, "state_share", lambda t: 0.5 + 0.5 * math.exp(-t / 9), chain="tempo", state="quiet"),
        curve(time, "state_share", lambda t: 0.5 - 0.5 * math.exp(-t / 9), chain="tempo", state="surge"),
    ]
    parts = {("north", "orders"): 8e7, ("north", ""): 1.0e8, ("north", "expansions"): 2e7, ("south", "orders"): 5e6}
    for (holder, purpose), rate in {**parts, ("south", ""): 5e6, ("alliance", ""): 1.05e8, ("", ""): 1.05e8}.items():
        account: Labels = {"holder": holder, "purpose": purpose}
        found += [
            curve(time, "spend", scaled(rate, lambda _: 1), **account),
            curve(time, "spend_cumulative", scaled(rate, lambda t: t + 1), **account),
        ]
    return found


def _dates(periods: int) -> list[tuple[Any, ...]]:
    """Return that Northland falls below in 950 of 1000 paths, first in period 5 or 6, and comes back in 800 of them."""
    below, back = DATE_MEASURES
    last = periods - 4
    return [
        (below, "north", "shell", 5, 300, PATHS),
        (below, "north", "shell", 6, 650, PATHS),
        (below, "north", "shell", None, 50, PATHS),
        (back, "north", "shell", last - 6, 300, 950),
        (back, "north", "shell", last, 500, 950),
        (back, "north", "shell", None, 150, 950),
        (below, "south", "shell", None, PATHS, PATHS),
    ]


def _summary(series: pl.DataFrame) -> pl.DataFrame:
    wanted = ("fill_rate", "unmet_cumulative", "delivered_cumulative", "spend_cumulative", "pledge_fulfilment")
    last = series.filter(pl.col("measure").is_in(wanted), pl.col("period") == pl.col("period").max())
    formulas = {name: MEASURES[name].formula for name in wanted}
    formula = pl.col("measure").replace_strict(formulas).alias("formula")
    return last.select("measure", *LABELS, pl.col("mean").alias("value"), "standard_error", "unit", formula)
