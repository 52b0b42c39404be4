"""Sentences made from the tables: what the first screen and the titles of the pictures say.

"90 % band" always means from the 5 % to the 95 % quantile of the paths.
"""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from replenish.measures import MEASURES
from replenish.report.facts import (
    Dates,
    Depth,
    Need,
    Promise,
    Reserve,
    all_delivered,
    delivered_on_time,
    main_limit,
    spend_by_holder,
    total_spend,
)
from replenish.report.numbers import NBSP, count, money, people, percent, quantity, span
from replenish.report.view import Band, View, band_at
from replenish.scenario.model import Observation

BAND = f"90{NBSP}% band"
SURE = 0.9995
"""A share from which on "always" is said."""


def band(found: Band, form: Callable[[float], str]) -> str:
    """Return the 90 % band in words."""
    low, high = form(found.low), form(found.high)
    return f"{BAND}: {span(low, high)}" if low != high else "the same in nearly all paths"


def horizon(view: View) -> str:
    """Return the first and the last period."""
    return span(view.when(0), view.when(view.last))


def headline(view: View, need: Need | None, reserves: list[Reserve]) -> str:
    """Return the answer in one sentence."""
    recipient = view.title("holders", view.recipient)
    if need is None:
        met = f"Nothing is asked of {view.title('items', view.item)} in this study"
    elif need.fill_rate.low >= SURE:
        met = f"The need of {recipient} is met in full"
    else:
        met = f"{percent(need.fill_rate.middle)} of the need of {recipient} is met when it arises"
    return f"{met}; {_reserves_clause(view, reserves)}."


def need_sentence(view: View, need: Need | None) -> str:
    """Return how much of the need is met, and what stays unmet."""
    item, recipient = view.title("items", view.item), view.title("holders", view.recipient)
    if need is None:
        return f"Nothing is asked of {item}, so no need can stay unmet."
    if need.fill_rate.low >= SURE:
        return f"{recipient} gets all it asks for in at least 95{NBSP}% of the paths ({item})."
    unit = view.unit(view.item)
    return (
        f"{recipient} asks for {quantity(need.asked, unit)} ({item}; mean). {percent(need.fill_rate.middle)} of it is"
        f" issued in the {view.result.calendar.period} in which it is asked ({band(need.fill_rate, percent)}); by"
        f" {view.when(view.last)} a need of {quantity(need.unmet.middle, unit)} has not been met in time"
        f" ({band(need.unmet, people)})."
    )


def depth_sentence(view: View, reserves: list[Reserve]) -> str:
    """Return whose stock goes deepest below its requirement, and when."""
    if not reserves:
        return "No requirement is set, so no stock can be below it."
    deep = [(row, row.depth) for row in reserves if row.depth]
    if not deep:
        return "No stock falls below its requirement in any path."
    row, depth = max(deep, key=lambda pair: pair[1].share)
    return f"{view.title('holders', row.holder)} goes deepest, {depth_words(view, depth)}."


def depth_words(view: View, depth: Depth) -> str:
    """Return how far and when a stock is below its requirement."""
    unit = view.unit(view.item)
    if depth.shortfall.middle <= 0:
        return (
            f"in one path of twenty {quantity(depth.shortfall.high, unit)} or more short in {view.when(depth.period)}"
        )
    return (
        f"{quantity(depth.shortfall.middle, unit)} or {percent(depth.share)} below its requirement in"
        f" {view.when(depth.period)} ({band(depth.shortfall, people)})"
    )


def return_sentence(view: View, reserves: list[Reserve]) -> str:
    """Return when the stocks that were below are back at their requirement."""
    was_below = [row for row in reserves if row.back.applies]
    if not was_below:
        return ""
    back = [row for row in was_below if row.back.median is not None]
    late = [row for row in was_below if row.back.median is None]
    end, parts = view.when(view.last), []
    if back:
        dates = ", ".join(f"{_name(view, row)} in {view.when(row.back.median or 0)}{_never(row)}" for row in back)
        parts.append(f"Back at the requirement to stay (median of the paths that fell below it): {dates}.")
    if late:
        shares = ", ".join(f"{_name(view, row)} ({percent(1 - row.back.share)})" for row in late)
        parts.append(f"Not back by the end of {end} in most of the paths that fell below it: {shares}.")
    return " ".join(parts)


def _name(view: View, row: Reserve) -> str:
    return view.title("holders", row.holder)


def _never(row: Reserve) -> str:
    never = 1 - row.back.share
    return f" (not by the end in {percent(never)})" if never > 0 else ""


def pledge_sentence(view: View, promises: list[Promise]) -> str:
    """Return how much of what was promised is there on time."""
    if not promises:
        return f"Nobody has pledged {view.title('items', view.item)}."
    promised, there = delivered_on_time(promises)
    if promised <= 0:
        return f"No pledge falls due before the end of {view.when(view.last)}."
    unit = view.unit(view.item)
    return (
        f"Of {quantity(promised, unit)} pledged with a due date in the study, {quantity(there, unit)}"
        f" ({percent(there / promised)}) have arrived by then (mean of the paths)."
    )


def spend_sentence(view: View) -> str:
    """Return what is spent and by whom most."""
    spend, total = spend_by_holder(view), total_spend(view)
    currency = view.scenario.settings.money.currency
    if not spend or total is None or total.high <= 0:
        return "Nothing that happens in this study has a price, so no spend is reported."
    first, most = next(iter(spend.items()))
    share = f"the largest part by {view.title('holders', first)}, {percent(most / sum(spend.values()))}"
    committed = f"{money(total.middle, currency)} (median) is committed up to {view.when(view.last)}"
    return f"{committed} ({band(total, people)}); {share}."


def observed_sentence(observed: pl.DataFrame) -> str:
    """Return how many reported figures lie in the simulated band, and how many only meet it with their range."""
    compared = observed.filter(pl.col("is_inside").is_not_null())
    if compared.is_empty():
        return "No reported figure was given to hold these results against."
    inside = int(compared["is_inside"].sum())
    if inside == len(compared):
        return f"All {inside} reported figures that were held against the run lie in the {BAND}."
    only_range = int(compared["range_meets"].sum()) - inside
    conflicting = f"; of {only_range} more the range of conflicting reports meets it" if only_range else ""
    return (
        f"{inside} of {len(compared)} reported figures that were held against the run lie in the {BAND}{conflicting}."
        f" Those outside are listed with the study's notes."
    )


def assumed_sentence(assumed: int, reported: int, derived: int) -> str:
    """Return how many values rest on a report, and how many on an assumption."""
    total = assumed + reported + derived
    if not total:
        return "No value names where it comes from."
    return (
        f"Values with a stated origin: {total}; reported {reported}, derived from reports {derived}, assumed {assumed}"
        f" ({percent(assumed / total)})."
    )


def delivered_sentence(view: View) -> str:
    """Return how much reaches the recipient by the end."""
    found, name = all_delivered(view), view.title("holders", view.recipient)
    if found is None or found.high <= 0:
        return f"Nobody delivers to {name}."
    amount = quantity(found.middle, view.unit(view.item))
    return f"{amount} reach {name} by {view.when(view.last)} ({band(found, people)})."


def methods_sentence(view: View) -> str:
    """Return how the numbers were made."""
    run, calendar = view.result.provenance, view.result.calendar
    return (
        f"Monte Carlo simulation of {count(run.paths)} independent random futures (paths), {calendar.period} by"
        f" {calendar.period}, {horizon(view)}. In every {calendar.period}, path and stock, what comes in less what goes"
        f" out is what is left. Medians and bands are quantiles over the paths, taken separately in each"
        f" {calendar.period}; the median line is not itself a path."
    )


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


def _reserves_clause(view: View, reserves: list[Reserve]) -> str:
    """Return how many stocks fall below their requirement in most paths, and how many of them stay there."""
    if not reserves:
        return "no requirement is set for any stock"
    below = [row for row in reserves if row.below.share >= 0.5]
    if not below:
        return "no stock falls below its requirement in most paths"
    late = sum(row.back.median is None for row in below)
    verb = "is" if len(below) == 1 else "are"
    many = f"{len(below)}{NBSP}of{NBSP}{len(reserves)} stocks with a requirement {verb} below it at some time"
    if not late:
        return f"{many}, and back by {view.when(max(row.back.median or 0 for row in below))} (median)"
    return f"{many}, and {late} of them {'is' if late == 1 else 'are'} not back by {view.when(view.last)} (median)"
