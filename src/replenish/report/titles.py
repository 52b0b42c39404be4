"""What stands above each picture: its finding in one line."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import polars as pl

from replenish.measures import MEASURES, REPLENISHMENT
from replenish.report.facts import Dates, Reserve, budget_total, main_limit
from replenish.report.numbers import NBSP, days, money, people, percent, plural, quantity
from replenish.report.tables import measure_title
from replenish.report.view import Band, View, band_at
from replenish.report.words import BAND, SURE, band
from replenish.scenario.model import Observation


class Beside(NamedTuple):
    """How one of several runs beside the run is spoken of; `{}` is its name."""

    one: str
    none: str
    whichever: str
    column: str
    row: str


IN_CASE = Beside("in the case {}", "no case makes a difference", "whatever the case", "in the case", "case")


def stock_title(view: View, holder: str, reserve: Reserve | None) -> str:
    """Return what the picture of a stock shows."""
    name = view.title("holders", holder)
    if reserve is None:
        return f"{name}: no requirement is set"
    below = reserve.below
    if below.typical is None:
        return f"{name}: never below its requirement"
    if below.share >= SURE:
        return f"{name}: below its requirement in all paths, {_from(view, below)}"
    if below.share >= 0.5:
        return f"{name}: below its requirement in {percent(below.share)} of paths, {_from(view, below)}"
    return f"{name}: below its requirement at some time in {percent(below.share)} of paths"


def back_words(view: View, back: Dates) -> str:
    """Return when a stock is back at its requirement, and in what share of paths it is not by the end."""
    if not back.applies:
        return ""
    end = view.when(view.last)
    never = 1 - back.share
    if back.median is None:
        return f"Not back at it by {end} in {percent(never)} of these paths."
    late = f"; not by {end} in {percent(never)} of these paths" if never > 0 else ""
    return f"Back at it to stay from {view.when(back.median)} (median){late}."


def unmet_title(view: View) -> str:
    """Return when most is unmet."""
    rows = view.need("unmet", view.recipient, view.item)
    if rows.is_empty() or not (rows["p95"] > 0).any():
        return "Nothing stays unmet"
    worst = rows.sort("p50", "mean", "period", descending=[True, True, False]).row(0, named=True)
    rate = f"{quantity(worst['p50'], view.unit(view.item))} in the {view.result.calendar.period} (median)"
    return f"Unmet need is largest in {view.when(worst['period'])}: {rate}"


def total_title(view: View, measure: str, what: str) -> str:
    """Return what a cumulative picture ends at."""
    at_end = band_at(view.need(measure, view.recipient, view.item), view.last)
    if at_end is None or at_end.high <= 0:
        return f"{what}: none"
    return f"{what}: {quantity(at_end.middle, view.unit(view.item))} by {view.when(view.last)} ({band(at_end, people)})"


def production_title(view: View, line: str, item: str) -> str:
    """Return what a line makes at the start and at the end, and what holds it back most."""
    made = view.product("production", line, item)
    name = view.title("lines", line)
    if made.is_empty():
        return f"{name}: no output"
    first, most = made["p50"][0], made.sort("p50", "period", descending=[True, False]).row(0, named=True)
    per, peak = plural_per(view, item), f"{people(most['p50'])}"
    grows = f"{people(first)} to at most {peak}" if most["p50"] > first else f"at most {peak}"
    return f"{name}: {grows} {per} (median, {view.when(most['period'])}){_held_back(view, line, item)}"


def plural_per(view: View, item: str) -> str:
    """Return the unit of a flow of an item: rounds a month."""
    return f"{quantity(2, view.unit(item)).split(NBSP, 1)[1]} a {view.result.calendar.period}"


def limit_name(view: View, limit: str) -> str:
    """Return the name of what may hold production back."""
    plain = {
        "orders": "orders (nothing else)", "capacity": "capacity", "ramp": "speed of the ramp", "outage": "outages",
        "minimum": "minimum rate (line closed)",
    }  # fmt: skip
    return plain.get(limit) or view.title("items", limit)


def delivery_title(view: View, donor: str, at_end: Band | None, promised: float) -> str:
    """Return what a donor delivers, beside what it promised."""
    name, unit = view.title("holders", donor), view.unit(view.item)
    if at_end is None or at_end.high <= 0:
        return f"{name}: delivers nothing" + (f" of {quantity(promised, unit)} pledged" if promised else "")
    pledged = f"; {quantity(promised, unit)} pledged" if promised else ""
    return f"{name}: {quantity(at_end.middle, unit)} by {view.when(view.last)} (median){pledged}"


def reported_title(view: View, row: Observation, found: pl.DataFrame) -> str:
    """Return what was reported, of whom, and how many of its figures lie in the band."""
    who = view.title("lines", row.line) if row.line else view.title("holders", row.holder) if row.holder else "All"
    to = f" to {view.title('holders', row.to_holder)}" if row.to_holder else ""
    inside = int(found["is_inside"].sum())
    if len(found) == 1:
        met = f"the reported figure {'lies in' if inside else 'lies outside'} the {BAND}"
    else:
        met = f"{inside} of {len(found)} reported figures lie in the {BAND}"
    item = "" if row.item == view.item else f", {view.title('items', row.item)}"
    what = f"{who}, {MEASURES[row.measure].title.lower()}{to}{item}"
    return f"{what}: {met}"


def _held_back(view: View, line: str, item: str) -> str:
    found = main_limit(view, line, item)
    return f"; held back most by {limit_name(view, found[0])}" if found else "; held back by orders alone"


def _from(view: View, below: Dates) -> str:
    if below.typical == 0:
        return "from the start"
    return f"first in {view.when(below.typical or 0)} (median)"


def supply_title(view: View, holder: str, frame: pl.DataFrame, required: float | None) -> str:
    """Return when a stock lasts for the fewest days, beside what is required."""
    fewest = frame.sort("p50", "period").row(0, named=True)
    beside = f"; {days(required)} required" if required else ""
    least = f"fewest {days(fewest['p50'])} in {view.when(fewest['period'])} (median)"
    return f"{view.title('holders', holder)}: {least}{beside}"


def back_title(view: View, reserves: Sequence[Reserve]) -> str:
    """Return whose stock is back last."""
    late = [row for row in reserves if row.back.median is None]
    if late:
        verb = "is" if len(late) == 1 else "are"
        return f"{len(late)} of {len(reserves)} stocks {verb} not back by {view.when(view.last)} in most paths"
    last = max(reserves, key=lambda row: row.back.median or 0)
    return f"{view.title('holders', last.holder)} is back last, in {view.when(last.back.median or 0)} (median)"


def expired_title(view: View, holder: str) -> str:
    """Return how much of a stock has expired by the end."""
    at_end = band_at(view.select("expired_cumulative", holder=holder, item=view.item), view.last)
    name = view.title("holders", holder)
    if at_end is None or at_end.high <= 0:
        return f"{name}: hardly anything expires"
    amount = quantity(at_end.middle, view.unit(view.item))
    return f"{name}: {amount} expire by {view.when(view.last)} ({band(at_end, people)})"


def budget_title(view: View, holder: str, purpose: str) -> str:
    """Return how much of all budgets of a holder is committed."""
    currency, given = view.scenario.settings.money.currency, budget_total(view, holder, purpose)
    spent = band_at(view.select("spend_cumulative", holder=holder, purpose=purpose), view.last)
    name = f"{view.title('holders', holder)}, {purpose}"
    if spent is None:
        return f"{name}: budget of {money(given, currency)}"
    return f"{name}: {money(spent.middle, currency)} of {money(given, currency)} committed (median)"


def number_name(view: View, row: Mapping[str, Any]) -> str:
    """Return what a number of the run is, and of whom."""
    is_return = row["measure"] == REPLENISHMENT
    title = "Date on which the requirement is met again" if is_return else measure_title(row["measure"])
    whose = f", {view.title('holders', row['holder'])}" if row["holder"] else ""
    item = f", {view.title('items', row['item'])}" if row["item"] and row["item"] != view.item else ""
    return f"{title}{whose}{item}"


def number_unit(view: View, unit: str) -> str:
    """Return the unit of a difference of a number of the run; a period is that of the calendar."""
    return {"share": "percentage points", "period": f"{view.result.calendar.period}s"}.get(unit, plural(unit))


def cases_title(name: str, unit: str, rows: Sequence[Mapping[str, Any]], words: Beside) -> str:
    """Return the case that changes a number most; rows bear the `title` of their case."""
    known = [row for row in rows if row["difference"] is not None]
    clear = [row for row in known if row["low"] is not None and not row["low"] <= 0 <= row["high"]]
    if not clear:
        return f"{name}: {words.none} that can be told from none"
    most = max(clear, key=lambda row: abs(row["difference"]))
    sign = "+" if most["difference"] > 0 else ""
    return f"{name}: {sign}{people(most['difference'])}{NBSP}{unit} {words.one.format(most['title'])}"


def cell_name(row: Mapping[str, Any]) -> str:
    """Return the name of a cell of the scenario: row, column and table."""
    key = " / ".join(part for part in row["row_key"].split("/") if part)
    return f"{row['table_name'].replace('_', ' ')}: {key}, {row['column'].replace('_', ' ')}"


def by_year_title(what: str, totals: Mapping[int, float], form: Callable[[float], str]) -> str:
    """Return the year in which most of something happens."""
    year = max(totals, key=lambda year: totals[year])
    return f"{what} most in {year}: {form(totals[year])} (mean)"


def chain_title(chain: str, shares: Mapping[str, float]) -> str:
    """Return the state in which a chain is most of the time."""
    state = max(shares, key=lambda state: shares[state])
    return (
        f"{chain.replace('_', ' ').capitalize()}: {state} most often, in {percent(shares[state])} of paths and periods"
    )


def below_title(reserves: Sequence[Reserve]) -> str:
    """Return how many stocks are below their requirement in most paths."""
    below = sum(row.below.share >= 0.5 for row in reserves)
    if not below:
        return "When stocks are below their requirement: none in most paths"
    return f"When stocks are below their requirement: {below} of {len(reserves)} in most paths at some time"


def returns_title(name: str, rows: Sequence[Mapping[str, Any]], words: Beside) -> str:
    """Return the case that changes most whether a stock comes back; rows bear the `title` of their case."""
    most = max(rows, key=lambda row: abs(row["difference"]))
    before, after = percent(most["applies_a"]), percent(most["applies_b"])
    if before == after:
        return f"{name}: in {before} of paths, {words.whichever}"
    return f"{name}: {before} to {after} of paths {words.one.format(most['title'])}"
