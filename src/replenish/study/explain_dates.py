"""Numbers that are about the whole horizon: dates of replenishment, and the headline numbers of the summary."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import polars as pl

from replenish.measures import DATE_MEASURES, LABELS
from replenish.result import QUANTILES, quantile_column
from replenish.simulation.series import Names
from replenish.study.explain_kept import Kept, added, number
from replenish.study.explained import Breakdown, Term, Value

HEADLINES: Mapping[str, tuple[str, str]] = {
    "stock_out_probability": ("Probability of a stock-out", "unmet_cumulative"),
    "pledge_fulfilment_at_due": ("Pledge fulfilment when due", "pledge_fulfilment"),
    "largest_shortfall": ("Largest mean shortfall", "shortfall"),
    "below_requirement_probability": ("Probability of being below the requirement", "first_below_requirement"),
    "not_replenished_probability": ("Probability of never being back", "date_of_replenishment"),
}
"""Title of each headline number that is no measure, and the measure that it is made of."""

TITLES = {
    "first_below_requirement": "First period below the requirement",
    "date_of_replenishment": "Date of replenishment",
}


class Counted(NamedTuple):
    """Numbers of paths by period of a date measure; None stands for never."""

    paths: Mapping[int | None, int]
    applies: int


def counted(kept: Kept, measure: str, names: Mapping[str, str]) -> Counted:
    """Return how many paths have the date of a stock in which period."""
    found = kept.result.dates.filter(
        pl.col("measure") == measure, pl.col("holder") == names["holder"], pl.col("item") == names["item"]
    )
    return Counted(dict(zip(found["period"].to_list(), found["paths"].to_list(), strict=True)), found["applies"][0])


def date_values(kept: Kept, measure: str) -> Iterator[tuple[Names, Value]]:
    """Iterate over the stocks that have a date measure."""
    stocks = kept.result.dates.filter(pl.col("measure") == measure).select("holder", "item").unique(maintain_order=True)
    for names in stocks.iter_rows(named=True):
        yield dict(names), _date_value(kept, counted(kept, measure, names), names)


def _date_value(kept: Kept, found: Counted, names: Mapping[str, str]) -> Value:
    dated = {period: paths for period, paths in found.paths.items() if period is not None}
    inside = sum(dated.values())
    mean = sum(period * paths for period, paths in dated.items()) / inside if inside else None
    return Value(
        labels=dict(names), unit="period", date=None, mean=mean,
        quantiles={quantile_column(level): _quantile(kept, found, level) for level in QUANTILES},
        note=f"mean over the {inside:,} of {found.applies:,} paths in which it comes",
    )  # fmt: skip


def _quantile(kept: Kept, found: Counted, level: float) -> Any:
    """Return the day by which it has come in so many paths; None for later than the horizon."""
    seen = 0
    for period in sorted(own for own in found.paths if own is not None):
        seen += found.paths[period]
        if seen >= level * found.applies:
            return kept.result.calendar.starts[period]
    return None


def date_terms(kept: Kept, measure: str, names: Mapping[str, str]) -> Breakdown:
    """Return the share of paths by year; with those in which it never comes they are all."""
    found = counted(kept, measure, names)
    never = number("never within the horizon", found.paths.get(None, 0) / found.applies, unit="share")
    return added("share of paths by year", 1.0, [*_by_year(kept, found, ""), never])


def _by_year(kept: Kept, found: Counted, what: str) -> list[Term]:
    years: dict[int, int] = {}
    for period in sorted(own for own in found.paths if own is not None):
        year = kept.result.calendar.starts[period].year
        years[year] = years.get(year, 0) + found.paths[period]
    return [number(f"{what}{year}", paths / found.applies, unit="share") for year, paths in years.items()]


def headline_values(kept: Kept, measure: str) -> Iterator[tuple[Names, Value]]:
    """Iterate over the things that have a headline number."""
    for row in kept.result.summary.filter(pl.col("measure") == measure).iter_rows(named=True):
        names = {label: row[label] for label in LABELS if row[label]}
        yield names, Value(
            labels=names, unit=row["unit"], date=_day(kept, measure, names), mean=row["value"],
            standard_error=row["standard_error"], quantiles={},
        )  # fmt: skip


def period_of(kept: Kept, measure: str, names: Names) -> int | None:
    """Return the period in which a headline number matters; None where it is about all of them."""
    if measure == "pledge_fulfilment_at_due":
        pledge = kept.things["pledge"].index(names)
        return min(int(kept.arrays.pledges.due[pledge]), kept.periods - 1)
    if measure == "largest_shortfall":
        rows = kept.series("shortfall").get(tuple(names.get(label, "") for label in LABELS), {})
        return max(rows, key=lambda period: rows[period]["mean"], default=None)
    return None


def _day(kept: Kept, measure: str, names: Names) -> Any:
    period = period_of(kept, measure, names)
    return None if period is None else kept.result.calendar.starts[period]


def headline_terms(kept: Kept, measure: str, names: Names, value: float) -> Iterator[Breakdown]:
    """Yield the shares of paths by year that a probability is made of."""
    if measure == "stock_out_probability":
        yield added("share of paths by the year of their first stock-out", value, _first_stock_outs(kept, names))
        return
    made_of = HEADLINES[measure][1]
    if made_of in DATE_MEASURES:
        found = counted(kept, made_of, names)
        if measure == "below_requirement_probability":
            yield added(
                "share of paths by the year in which they are first below",
                value,
                _by_year(kept, found, "first below in "),
            )
        else:
            back = [
                number(f"back to stay in {term.name}", term.value, unit="share", sign=-1)
                for term in _by_year(kept, found, "")
            ]
            all_paths = number("all paths that were below", 1.0, unit="share")
            yield added("all less the share of paths by the year in which they are back", value, [all_paths, *back])


def _first_stock_outs(kept: Kept, names: Names) -> Iterator[Term]:
    """Yield by how much the share of paths with something unmet grows in each year."""
    rows = kept.series("unmet_cumulative").get(tuple(names.get(label, "") for label in LABELS), {})
    before, years = 0.0, {kept.result.calendar.starts[period].year: row for period, row in sorted(rows.items())}
    for year, row in years.items():
        if row["positive_share"] > before:
            yield number(f"first in {year}", row["positive_share"] - before, unit="share")
        before = row["positive_share"]
