"""A result with the names that people use, and the item and recipient that the first screen is about."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import polars as pl

from replenish.measures import LABELS
from replenish.report.numbers import when
from replenish.result import Result
from replenish.scenario.model import Scenario


class Band(NamedTuple):
    """What the paths say about one number: 5 % quantile, median, 95 % quantile, mean."""

    low: float
    middle: float
    high: float
    mean: float


@dataclass(frozen=True)
class View:
    """A result, and what it is mainly about.  `select` finds series by their labels."""

    result: Result
    item: str
    recipient: str
    peers: tuple[View, ...] = ()  # other runs that are drawn to the same scale

    @property
    def scenario(self) -> Scenario:
        """Return the scenario of the run."""
        return self.result.scenario

    @property
    def last(self) -> int:
        """Return the last period."""
        return len(self.result.calendar) - 1

    @cached_property
    def groups(self) -> frozenset[str]:
        """Return the holders that stand for others."""
        return frozenset(holder.parent for holder in self.scenario.holders if holder.parent)

    @cached_property
    def titles(self) -> dict[tuple[str, str], str]:
        """Return the title of each named thing by table and name."""
        rows = self.scenario
        named = [("holders", row.name, row.title) for row in rows.holders]
        named += [("items", row.name, row.title) for row in rows.items]
        named += [("lines", row.name, row.title) for row in rows.lines]
        named += [("expansions", row.name, row.title) for row in rows.expansions]
        named += [("states", f"{row.chain}/{row.state}", row.title) for row in rows.chains]
        return {(table, name): title for table, name, title in named if title}

    @cached_property
    def _by_measure(self) -> dict[str, pl.DataFrame]:
        parts = self.result.series.partition_by("measure", as_dict=True)
        return {str(key[0]): part for key, part in parts.items()}

    def title(self, table: str, name: str) -> str:
        """Return the name of a thing for people."""
        return self.titles.get((table, name), name.replace("_", " "))

    def unit(self, item: str) -> str:
        """Return the unit in which an item is counted."""
        return next((row.unit for row in self.scenario.items if row.name == item), "unit")

    def measured(self, measure: str) -> pl.DataFrame:
        """Return all rows of a measure."""
        return self._by_measure.get(measure, self.result.series.clear())

    def select(self, measure: str, **labels: str) -> pl.DataFrame:
        """Return the series with exactly these labels and no other, by period; empty where the run kept none."""
        wanted = [pl.col(label) == labels.get(label, "") for label in LABELS]
        return self.measured(measure).filter(*wanted).sort("period")

    def labelled(self, measure: str, column: str, **labels: str) -> list[str]:
        """Return the values of `column` among the series with these labels, in their order, without the empty one."""
        found = self.measured(measure).filter(*[pl.col(label) == value for label, value in labels.items()])
        return [value for value in found[column].unique(maintain_order=True).to_list() if value]

    def need(self, measure: str, holder: str, item: str) -> pl.DataFrame:
        """Return a measure of demand for all purposes; where that was not kept, for the largest purpose."""
        return self.select(measure, holder=holder, item=item, purpose=main_purpose(self, holder, item))

    def top(self, find: Callable[[View], Sequence[pl.DataFrame]], column: str) -> float:
        """Return the largest value of a column in the series that `find` gives, of this run and of its peers."""
        frames = [frame for view in (self, *self.peers) for frame in find(view)]
        return max((value for frame in frames for value in finite(frame[column])), default=0.0)

    def case(self, name: str) -> str:
        """Return the title of a case, also of one named as `SCENARIO:case`; of anything else its name."""
        case = name.rpartition(":")[2]
        titles = (row.title for row in self.scenario.cases if row.case == case and row.title)
        return next(titles, name.replace("_", " "))

    def when(self, period: int) -> str:
        """Return the date of a period for people."""
        calendar = self.result.calendar
        return when(calendar.starts[min(max(period, 0), self.last)], calendar.period)

    def product(self, measure: str, line: str, item: str) -> pl.DataFrame:
        """Return a measure of an item on a line; such series bear the name of the line's owner too."""
        owner = next((row.owner for row in self.scenario.lines if row.name == line), "")
        return self.select(measure, holder=owner, line=line, item=item)

    def holders_of(self, item: str) -> list[str]:
        """Return the single holders that hold an item, in the order of the scenario."""
        having = set(self.labelled("on_hand", "holder", item=item)) - self.groups
        return [row.name for row in self.scenario.holders if row.name in having]

    def items(self) -> list[str]:
        """Return all items, the main one first."""
        return [self.item, *(row.name for row in self.scenario.items if row.name != self.item)]

    def donors(self) -> list[str]:
        """Return who may deliver the main item to the recipient, in the order of the scenario."""
        routes = {row.from_holder for row in self.scenario.routes if row.to_holder == self.recipient}
        pledges = {row.from_holder for row in self.scenario.pledges if row.to_holder == self.recipient}
        flows = set(self.labelled("delivered", "holder", item=self.item, to_holder=self.recipient))
        giving = (routes | pledges) & flows - self.groups
        return [row.name for row in self.scenario.holders if row.name in giving]


def finite(values: pl.Series) -> Iterator[float]:
    """Iterate over the values that can be drawn."""
    return (float(value) for value in values if value is not None and math.isfinite(value))


def look_at(result: Result) -> View:
    """Return a view of `result`: its item and recipient as the settings say, else by what is asked."""
    chosen = result.scenario.settings.report
    item = chosen.item or _first_item(result.scenario)
    return View(result, item, chosen.recipient or _largest_asker(result, item))


def band_at(frame: pl.DataFrame, period: int) -> Band | None:
    """Return the band of a series in a period; None where there is none."""
    row = frame.filter(pl.col("period") == period)
    return Band(*(float(row[column][0]) for column in ("p05", "p50", "p95", "mean"))) if len(row) else None


def main_purpose(view: View, holder: str, item: str) -> str:
    """Return the purpose that stands for a need: all ("") where kept, else the one of which most is asked."""
    of_need = pl.col("holder") == holder, pl.col("item") == item
    kept = view.measured("fill_rate").filter(*of_need)["purpose"].unique(maintain_order=True).to_list()
    if not kept or "" in kept:
        return ""
    asked = view.measured("demand").filter(*of_need).group_by("purpose").agg(pl.col("mean").sum())
    amounts = dict(asked.iter_rows())
    return str(max(kept, key=lambda purpose: amounts.get(purpose, 0.0)))


def _first_item(scenario: Scenario) -> str:
    names: Sequence[str] = [row.item for row in scenario.demand] or [row.name for row in scenario.items]
    return next(iter(names), "")


def _largest_asker(result: Result, item: str) -> str:
    groups = {row.parent for row in result.scenario.holders} | {""}
    asked = result.series.filter(
        pl.col("measure") == "demand", pl.col("item") == item, ~pl.col("holder").is_in(groups), pl.col("purpose") != ""
    )
    if asked.is_empty():
        return next((row.holder for row in result.scenario.demand if row.item == item), "")
    totals = asked.group_by("holder", maintain_order=True).agg(pl.col("mean").sum())
    return str(totals.sort("mean", descending=True, maintain_order=True)["holder"][0])
