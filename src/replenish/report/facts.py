"""The numbers behind the sentences: each function reads one answer out of the tables of a result."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import polars as pl

from replenish.measures import REPLENISHMENT
from replenish.report.view import Band, View, band_at
from replenish.scenario.model import Pledge

LEAST = 1e-6
"""Units from which on a stock is one, and not what rounding leaves."""


class Need(NamedTuple):
    """How much of the main need is met over the whole horizon."""

    fill_rate: Band
    unmet: Band
    asked: float  # mean
    owed: float  # mean, at the end


class Dates(NamedTuple):
    """When something happens in the paths to which it applies; periods are None where there is no such period."""

    applies: int  # paths
    share: float  # of them, in which it happens by the end
    median: int | None  # period by which it has happened in half of them
    typical: int | None  # median period of those in which it happens


class Depth(NamedTuple):
    """The largest shortfall of a stock, where its median is largest."""

    shortfall: Band
    share: float  # median shortfall / median requirement
    period: int


class Reserve(NamedTuple):
    """A stock against its requirement."""

    holder: str
    requirement: Band  # in the last period
    lowest_days: float | None  # of supply, median, at its lowest
    depth: Depth | None
    below: Dates
    back: Dates


class Promise(NamedTuple):
    """A pledge on the day on which it is due; `fulfilment` is None beyond the horizon."""

    pledge: Pledge
    fulfilment: Band | None


class Account(NamedTuple):
    """What a holder spends on one purpose up to the end."""

    holder: str
    purpose: str
    spend: Band


def need(view: View) -> Need | None:
    """Return how much of the need is met; None where nothing is asked."""
    fill = band_at(view.need("fill_rate", view.recipient, view.item), view.last)
    unmet = band_at(view.need("unmet_cumulative", view.recipient, view.item), view.last)
    asked = float(view.need("demand", view.recipient, view.item)["mean"].sum())
    owed = band_at(view.need("backorders", view.recipient, view.item), view.last)
    return Need(fill, unmet, asked, owed.mean if owed else 0.0) if fill and unmet and asked > 0 else None


def reserves(view: View) -> list[Reserve]:
    """Return each stock of the main item that has a requirement at some time."""
    found = (reserve(view, holder, view.item) for holder in view.holders_of(view.item))
    return [row for row in found if row]


def reserve(view: View, holder: str, item: str) -> Reserve | None:
    """Return one stock against its requirement; None where it has none."""
    requirement = view.select("requirement", holder=holder, item=item)
    at_end = band_at(requirement, view.last)
    if at_end is None or not (requirement["p95"] > 0).any():
        return None
    supply = view.select("days_of_supply", holder=holder, item=item)["p50"].drop_nans()
    lowest = supply.min()
    return Reserve(
        holder,
        at_end,
        float(lowest) if isinstance(lowest, float) else None,
        _depth(view, holder, item),
        dates(view, "first_below_requirement", holder, item),
        dates(view, "date_of_replenishment", holder, item),
    )


def dates(view: View, measure: str, holder: str, item: str) -> Dates:
    """Return when a date measure comes for a stock."""
    rows = view.result.dates.filter(
        pl.col("measure") == measure, pl.col("holder") == holder, pl.col("item") == item, pl.col("paths") > 0
    )
    if rows.is_empty():
        return Dates(0, 0.0, None, None)
    applies = int(rows["applies"][0])
    comes = rows.filter(pl.col("period").is_not_null()).sort("period")
    paths = int(comes["paths"].sum())
    return Dates(applies, paths / applies, _reached(comes, applies / 2), _reached(comes, paths / 2))


def _reached(rows: pl.DataFrame, paths: float) -> int | None:
    """Return the first period by which at least so many paths are counted."""
    reached = rows.filter(pl.col("paths").cum_sum() >= paths)
    return int(reached["period"][0]) if len(reached) else None


def promises(view: View) -> list[Promise]:
    """Return the pledges of the main item by due date, with their fulfilment in the period of that date."""
    rows = sorted((row for row in view.scenario.pledges if row.item == view.item), key=lambda row: row.due)
    return [Promise(row, _at_due(view, row)) for row in rows]


def delivered_on_time(found: list[Promise]) -> tuple[float, float]:
    """Return units promised with a due date in the horizon, and the mean of those that had arrived by it."""
    due = [(row.pledge.quantity, row.fulfilment.mean) for row in found if row.fulfilment]
    return sum(quantity for quantity, _ in due), sum(quantity * share for quantity, share in due)


def accounts(view: View) -> list[Account]:
    """Return what is spent, by holder and purpose, largest first."""
    rows = view.measured("spend_cumulative").filter(pl.col("period") == view.last, pl.col("purpose") != "")
    single = rows.filter(~pl.col("holder").is_in({*view.groups, ""}), pl.col("mean") > 0)
    ordered = single.sort("mean", descending=True, maintain_order=True)
    return [
        Account(row["holder"], row["purpose"], Band(row["p05"], row["p50"], row["p95"], row["mean"]))
        for row in ordered.iter_rows(named=True)
    ]


def total_spend(view: View) -> Band | None:
    """Return what all holders together have spent by the end."""
    return band_at(view.select("spend_cumulative"), view.last)


def spend_by_holder(view: View) -> dict[str, float]:
    """Return the mean spend of each holder, largest first."""
    total: dict[str, float] = {}
    for account in accounts(view):
        total[account.holder] = total.get(account.holder, 0.0) + account.spend.mean
    return dict(sorted(total.items(), key=lambda pair: -pair[1]))


def delivered(view: View, donor: str) -> pl.DataFrame:
    """Return what a donor has delivered to the recipient since the start."""
    return view.select("delivered_cumulative", holder=donor, item=view.item, to_holder=view.recipient)


def promised(view: View, donor: str) -> list[tuple[date, float]]:
    """Return the due dates of a donor's pledges to the recipient, with the running sum of what was still open."""
    rows = [
        (row.due, row.quantity - row.delivered_before_start)
        for row in view.scenario.pledges
        if (row.from_holder, row.to_holder, row.item) == (donor, view.recipient, view.item)
    ]
    total, steps = 0.0, []
    for due, quantity in sorted(rows):
        total += quantity
        steps.append((due, total))
    return steps


def all_delivered(view: View) -> Band | None:
    """Return what all donors together have delivered to the recipient by the end."""
    return band_at(view.select("delivered_cumulative", item=view.item, to_holder=view.recipient), view.last)


def products(view: View, item: str) -> list[str]:
    """Return the lines that make an item, in the order of the scenario."""
    making = {row.line for row in view.scenario.line_items if row.item == item}
    return [row.name for row in view.scenario.lines if row.name in making]


def other_products(view: View) -> list[tuple[str, str]]:
    """Return line and item of all other products."""
    return [(row.line, row.item) for row in view.scenario.line_items if row.item != view.item]


def limits(view: View, line: str, item: str) -> pl.DataFrame:
    """Return how often each limit sets what is started: limit, period, mean."""
    rows = view.measured("bottleneck_share").filter(pl.col("line") == line, pl.col("item") == item)
    return rows.select("limit", "period", "mean").sort("limit", "period")


def main_limit(view: View, line: str, item: str) -> tuple[str, float] | None:
    """Return what holds a product back most, and in what share of paths and periods; orders do not count."""
    rows = limits(view, line, item).filter(pl.col("limit") != "orders")
    if rows.is_empty():
        return None
    means = rows.group_by("limit", maintain_order=True).agg(pl.col("mean").mean())
    row = means.sort("mean", descending=True, maintain_order=True).row(0)
    return (str(row[0]), float(row[1])) if row[1] > 0 else None


def required_days(view: View, holder: str) -> float | None:
    """Return the days of supply that a stock should hold, where its requirement is one number of days throughout."""
    rows = [row for row in view.scenario.requirements if (row.holder, row.item) == (holder, view.item)]
    found = {row.days_of_supply for row in rows}
    return found.pop() if len(found) == 1 else None


def back_by(view: View, row: Reserve) -> pl.DataFrame:
    """Return the share of the paths that were below in which a stock is back to stay by each period: period, mean."""
    dates = view.result.dates.filter(
        pl.col("measure") == REPLENISHMENT, pl.col("holder") == row.holder, pl.col("item") == view.item
    )
    counted = dict(dates.filter(pl.col("period").is_not_null()).select("period", "paths").iter_rows())
    total, shares = 0, []
    for period in range(view.last + 1):
        total += counted.get(period, 0)
        shares.append(total / row.back.applies)
    return pl.DataFrame({"period": range(view.last + 1), "mean": shares})


def budgets(view: View) -> list[tuple[str, str]]:
    """Return holder and purpose of each budget, in the order of the scenario."""
    return list(dict.fromkeys((row.holder, row.purpose) for row in view.scenario.budgets))


def budget_total(view: View, holder: str, purpose: str) -> float:
    """Return the sum of the budgets of a holder for a purpose, in the scenario's currency."""
    rates = view.scenario.currency_rates
    rows = [row for row in view.scenario.budgets if (row.holder, row.purpose) == (holder, purpose)]
    return sum(row.amount * rates[row.currency] for row in rows)


def gate_of(view: View, holder: str, purpose: str) -> str:
    """Return the chain that gates a budget; empty for none."""
    rows = [row for row in view.scenario.budgets if (row.holder, row.purpose) == (holder, purpose)]
    return next((row.gate for row in rows if row.gate), "")


def is_shown(view: View, holder: str) -> bool:
    """Return whether a stock is worth a picture: it holds something at some time, or should."""
    stock = view.select("on_hand", holder=holder, item=view.item)
    return bool((stock["p95"] > LEAST).any()) or reserve(view, holder, view.item) is not None


def share_below(view: View, holder: str) -> pl.DataFrame:
    """Return the share of paths below the requirement at the end of each period: period, share."""
    rows = view.select("shortfall", holder=holder, item=view.item)
    return rows.select("period", pl.col("positive_share").alias("share"))


def _depth(view: View, holder: str, item: str) -> Depth | None:
    shortfall = view.select("shortfall", holder=holder, item=item)
    if shortfall.is_empty():
        return None
    deepest = shortfall.sort("p50", "p95", "period", descending=[True, True, False]).row(0, named=True)
    requirement = band_at(view.select("requirement", holder=holder, item=item), deepest["period"])
    band = band_at(shortfall, deepest["period"])
    if band is None or band.high <= 0:
        return None
    share = band.middle / requirement.middle if requirement and requirement.middle > 0 else 0.0
    return Depth(band, share, int(deepest["period"]))


def _at_due(view: View, pledge: Pledge) -> Band | None:
    period = view.result.calendar.index(pledge.due)
    if not 0 <= period <= view.last:
        return None
    rows = view.measured("pledge_fulfilment").filter(
        pl.col("holder") == pledge.from_holder,
        pl.col("to_holder") == pledge.to_holder,
        pl.col("item") == pledge.item,
        pl.col("pledge") == f"{pledge.name} {pledge.due}".strip(),
    )
    return band_at(rows, period)
