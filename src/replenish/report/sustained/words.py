"""Sentences on fleets, spares and repair."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from replenish.report.numbers import NBSP, money, people, percent, plural
from replenish.report.sustained.facts import Sustained, availability

MOST_NAMED = 3
"""Things that a sentence names."""

CLEAR = 0.005
"""Change of availability that is worth a sentence."""

BUSY = 0.85
"""Utilisation from which on a workshop is called busy."""

OBJECTIVES = {"availability": "systems in service", "backorders": "parts owed to fleets"}


def headline(study: Sustained) -> str:
    """Return the answer in one sentence."""
    now, chosen = study.number("availability_now"), study.number("availability_chosen")
    if now is None:
        return "Spares and repair"
    if chosen is None or not study.has_choice:
        return f"{availability(now)} of systems are in service in the long run"
    added = (study.number("cost_chosen") or 0.0) - (study.number("cost_now") or 0.0)
    if added <= 0:
        saved = f" and {money(-added, study.currency)} less" if added < 0 else ""
        return f"{availability(chosen)} of systems in service with the spares chosen{saved}, {availability(now)} now"
    step = f"from {availability(now)} to {availability(chosen)}"
    return f"{money(added, study.currency)} more raises systems in service {step}"


def sentences(study: Sustained) -> list[str]:
    """Return all that is said before the pictures; what the study does not have is left out."""
    parts = (_causes, _shops, _queues, _purchases, _bound, _check)
    return [told for part in parts if (told := part(study))]


def _causes(study: Sustained) -> str:
    rows = study.table("sustain_causes").group_by("part", maintain_order=True).agg(pl.col("now").sum())
    ranked = rows.filter(pl.col("now") > 0).sort("now", descending=True, maintain_order=True)
    if ranked.is_empty():
        return ""
    total = float(ranked["now"].sum())
    named = [f"{study.title('part', part)} ({percent(down / total)})" for part, down in ranked.head(MOST_NAMED).rows()]
    return f"Systems that are down now wait mostly for {_and(named)}."


def _shops(study: Sustained) -> str:
    rows = study.table("sustain_servers").filter(pl.col(f"utilisation_{study.side}") >= BUSY)
    named = [
        f"{study.title('servers', row['servers'])} at {percent(row[f'utilisation_{study.side}'])}"
        for row in rows.iter_rows(named=True)
    ]
    return f"Repair is tight: {_and(named)} of their time busy; near that, waits grow fast." if named else ""


def _queues(study: Sustained) -> str:
    rows = study.table("sustain_fleets").with_columns(more=pl.col("without_queues") - pl.col(study.side))
    rows = rows.filter(pl.col("more").is_not_null()).sort("more", descending=True, maintain_order=True)
    if rows.is_empty() or rows["more"][0] <= CLEAR:
        return ""
    row, down = rows.row(0, named=True), float((rows["more"] * rows["systems"]).sum())
    told = f"{availability(row['without_queues'])} in place of {availability(row[study.side])}"
    return (
        f"Without queues for repair the model would promise {people(down)} systems too many, most of all for"
        f" {study.title('fleet', row['fleet'])}: {told}."
    )


def _purchases(study: Sustained) -> str:
    if not study.has_choice:
        return ""
    more = study.table("sustain_spares")["chosen"] - study.table("sustain_spares")["now"]
    servers = study.table("sustain_servers")["chosen"] - study.table("sustain_servers")["now"]
    what = [_counted(int(more.clip(0).sum()), "spare"), _counted(int(servers.sum()), "server")]
    idle = int((-more).clip(0).sum())
    left = f" {_counted(idle, 'spare')} held now would not be bought again." if idle else ""
    if not any(what):
        return f"Nothing needs to be bought.{left}"
    bought = study.table("sustain_purchases")
    first = f"; what pays first is {bought_name(study, bought.row(0, named=True))}" if len(bought) else ""
    return f"To buy: {_and([text for text in what if text])}{first}.{left}"


def _counted(number: int, word: str) -> str:
    return f"{number:,}{NBSP}{word if number == 1 else plural(word)}" if number else ""


def bought_name(study: Sustained, row: Mapping[str, Any]) -> str:
    """Return what a purchase is, for people."""
    if row["kind"] == "server":
        return f"a server more for {study.title('servers', row['servers'])}"
    where = f" at {study.title('site', row['site'])}" if row["site"] else ""
    return f"{study.title('part', row['part'])}{where}"


def _bound(study: Sustained) -> str:
    gap = study.number("bound_gap")
    if gap is None:
        return ""
    unit = OBJECTIVES.get(study.text("objective"), "objective")
    if gap <= 0:
        return "No other choice at this cost is better."
    return f"No other choice at this cost is better by more than {people(gap)} {unit}."


def _check(study: Sustained) -> str:
    rows = study.table("sustain_checks")
    if rows.is_empty():
        return ""
    wrong = rows.filter(pl.col("verdict") == "differs")
    if len(wrong):
        return f"{len(wrong)} of {len(rows)} numbers differ from the simulation by more than chance allows."
    judged = rows.filter(pl.col("verdict") == "agrees")
    if judged.is_empty():
        return "Formulas are approximations here, or too little happens to judge them; see them beside the simulation."
    largest = judged["errors"].abs().max()
    told = f", the farthest {people(float(largest))} standard errors apart" if isinstance(largest, float) else ""
    others = len(rows) - len(judged)
    more = f"; {others} others are approximations, too rare to judge or not settled" if others else ""
    return f"Formulas and simulation agree in all {len(judged)} numbers whose law is exact{told}{more}."


def _and(named: list[str]) -> str:
    return ", ".join(named[:-1]) + f" and {named[-1]}" if len(named) > 1 else "".join(named)
