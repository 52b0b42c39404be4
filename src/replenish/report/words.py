"""Sentences made from the tables: what the first screen and the titles of the pictures say.

"90 % band" always means from the 5 % to the 95 % quantile of the paths.
"""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from replenish.report.facts import (
    Depth,
    Need,
    Promise,
    Reserve,
    all_delivered,
    delivered_on_time,
    spend_by_holder,
    total_spend,
)
from replenish.report.numbers import NBSP, count, money, people, percent, quantity, span
from replenish.report.origins import Counts
from replenish.report.view import Band, View
from replenish.result import Provenance

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
        met = f"{percent(need.fill_rate.middle)} of the need of {recipient} is met when it arises{_later(need)}"
    return f"{met}; {_reserves_clause(view, reserves)}."


def _later(need: Need) -> str:
    """Return how much is met in the end, where what is not met at once stays owed."""
    in_the_end = 1 - need.owed / need.asked
    is_owed = need.owed > 0 and in_the_end > need.fill_rate.middle + 0.005
    return f" and {percent(in_the_end)} in the end, some of it late" if is_owed else ""


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
        f" ({band(need.unmet, people)}).{_owed(view, need)}"
    )


def _owed(view: View, need: Need) -> str:
    if need.owed <= 0:
        return ""
    return f" What is not met in time stays owed; at the end {quantity(need.owed, view.unit(view.item))} are (mean)."


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
    if total is None or total.high <= 0:
        return "Nothing that happens in this study has a price, so no spend is reported."
    committed = f"{money(total.middle, currency)} (median) is committed up to {view.when(view.last)}"
    if not spend:  # a large run keeps the sum alone
        return f"{committed} ({band(total, people)})."
    first, most = next(iter(spend.items()))
    share = f"the largest part by {view.title('holders', first)}, {percent(most / sum(spend.values()))}"
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


def trust_sentence(counts: Counts) -> str:
    """Return what the ranges hold and what they do not."""
    doubt = "Ranges hold the chance in the model, not the doubt about the values that went into it"
    if not counts.assumed:
        return f"{doubt}."
    return f"{doubt}: {count(counts.assumed)} of {count(counts.total)} values with a stated origin are assumed."


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


def ended_sentence(run: Provenance) -> str:
    """Return how the run ended, if not by doing all its paths."""
    if run.ended == "complete":
        return ""
    asked = f"{count(run.paths)} of {count(run.asked)} paths"
    return f"The run ended early: {run.ended} ({asked}). {run.target}".strip()
