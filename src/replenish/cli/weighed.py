"""What the commands of studies on top of a plan do and print."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from replenish.cli.studies import STOPPED, bar, print_table, short
from replenish.planning.methods import make_plan, to_options
from replenish.planning.plan import Plan
from replenish.planning.storing import is_plan, load_plan
from replenish.report.numbers import DASH, percent
from replenish.study import frontier as frontiers
from replenish.study import information as informing
from replenish.study import plan_delays as delays
from replenish.study import pricing, replanning
from replenish.study.delay_costs import read_delay_costs
from replenish.study.sides import find_scenario_of
from replenish.study.wishes import Share, Wish

_INFORMATION = {"stochastic_solution": "to weigh chance", "perfect_information": "to know the future"}


def frontier(name: str, *, is_shown: bool, **options: Any) -> int:
    """Trace the frontier and print its points; return the exit status."""
    with bar(None, is_shown=is_shown) as (shown, task):
        found = frontiers.frontier(
            name, progress=lambda done, total: shown.update(task, completed=done, total=total), **options
        )  # fmt: skip
    what = f", {found.item}" if found.item else ""
    title = f"The best plans on mean paths as prices move{what}; cost is by the stated prices"
    unit = found.unit
    head = (
        "reserve x",
        "need x",
        f"unmet [{unit}]",
        f"shortfall [{unit} months]",
        f"money [{found.currency}]",
        "cost",
        "",
    )
    print_table(title, head, map(_point, found.points.iter_rows(named=True)))
    stated = found.points.filter(pl.col("is_stated"))
    for label in stated["label"]:
        print(f"stated prices: {label}")
    assert found.folder is not None  # frontier has saved it
    print(f"table  {found.folder / 'frontier.csv'}")
    return _end(is_complete=found.is_complete)


def _point(row: dict[str, Any]) -> tuple[str, ...]:
    multipliers = (short(row[name]) for name in ("reserve_multiplier", "need_multiplier"))
    numbers = (short(row[name]) for name in ("unmet", "shortfall", "money", "cost"))
    mark = "stated prices" if row["is_stated"] else "dominated" if row["is_dominated"] else ""
    return *multipliers, *numbers, mark


def plan_delay(name: str, *, as_is: Path | None, is_shown: bool, **options: Any) -> int:
    """Lengthen each delay, plan anew and print what it costs; return the exit status."""
    beside = read_delay_costs(as_is, find_scenario_of(name)) if as_is is not None else None
    with bar(None, is_shown=is_shown) as (shown, task):
        found = delays.plan_delays(
            name, as_is=beside, progress=lambda done, total: shown.update(task, completed=done, total=total), **options
        )
    whose = f", of {found.holder}" if found.holder else ""
    taken = f"{abs(found.days):g} days {'longer' if found.days > 0 else 'shorter'}{whose}"
    title = f"Change if one delay is {taken}, and the plan knows of it and adapts; on mean paths"
    unit, money = found.unit, found.currency
    head = ("delay", f"unmet [{unit}]", f"shortfall [{unit} months]", f"money [{money}]", f"cost [{money}]")
    more = ("unmet, rules as they are", "money, rules as they are") if beside is not None else ()
    columns = ("unmet", "shortfall", "money", "cost", *(("as_is_unmet", "as_is_money") if more else ()))
    done = found.rows.filter(pl.col("outcome") == "done")
    rows = ((row["title"], *(short(row[column]) for column in columns)) for row in done.iter_rows(named=True))
    print_table(title, (*head, *more), rows)
    print("cost: the three by the stated prices, discounted, less what is held at the end")
    for kind, reason in found.rows.filter(pl.col("outcome") == "skipped").select("kind", "reason").iter_rows():
        print(f"{kind} skipped: {reason}")
    assert found.folder is not None  # plan_delays has saved it
    print(f"table  {found.folder / 'plan_delays.csv'}")
    return _end(is_complete=found.is_complete)


def information(name: str, *, is_shown: bool, **options: Any) -> int:
    """Find what it is worth to weigh chance and to know it, and print that; return the exit status."""
    plan = _plan(name)
    with bar(None, is_shown=is_shown) as (shown, task):
        found = informing.value_of_information(
            plan, progress=lambda done, total: shown.update(task, completed=done, total=total), **options
        )  # fmt: skip
    head = ("worth", f"value [{found.currency}]", "95 % interval", "cost of the plan", "cost of the other", "paths")
    title = "What it is worth to weigh chance (in the simulator), and to know the future (in the programme)"
    print_table(title, head, map(_value, found.rows.iter_rows(named=True)))
    for what, reason in found.rows.filter(pl.col("reason") != "").select("what", "reason").iter_rows():
        print(f"{_INFORMATION[what]}: {reason}")
    assert found.folder is not None  # value_of_information has saved it
    print(f"table  {found.folder / 'information.csv'}")
    return _end(is_complete=found.is_complete)


def _plan(name: str) -> Plan:
    """Return a saved plan, or that of a scenario."""
    if is_plan(Path(name)):
        return load_plan(name)
    scenario = find_scenario_of(name)
    options, why = to_options(scenario)
    return make_plan(scenario, options, why=why)


def _value(row: dict[str, Any]) -> tuple[str, ...]:
    interval = DASH if row["low"] is None else f"{short(row['low'])} to {short(row['high'])}"
    numbers = short(row["plan"]), short(row["other"])
    return _INFORMATION[row["what"]], short(row["value"]), interval, *numbers, str(row["paths"] or DASH)


def price(name: str, wish: Wish | str, *, paths: int | None, is_shown: bool, **options: Any) -> int:
    """Find the price at which a plan reaches a target and print it; return the exit status."""
    with bar(None, is_shown=is_shown) as (shown, task):
        found = pricing.reach_by_price(
            name, wish, paths=paths or pricing.PATHS,
            progress=lambda done, total: shown.update(task, completed=done, total=total), **options,
        )  # fmt: skip
    head = ("multiplier", "price", "probability", "95 % interval", "iterations")
    print_table(f"{found.wish}; plans at prices, {found.paths} paths", head, map(_trial, found.rows.to_dicts()))
    print(_verdict(found))
    if found.fresh is not None:
        print(f"on fresh draws {_share(found.fresh)}")
    assert found.folder is not None  # reach_by_price has saved it
    print(f"table  {found.folder / 'trials.csv'}")
    return _end(is_complete=found.is_complete)


def _trial(row: dict[str, Any]) -> tuple[str, ...]:
    share = percent(row["probability"]), f"{percent(row['low'])} to {percent(row['high'])}"
    return short(row["multiplier"]), short(row["price"]), *share, str(row["iterations"])


def _verdict(found: pricing.PriceReach) -> str:
    if found.outcome == "suffices":
        return f"the price at hand suffices: {_share(found.probability)}"
    if found.outcome == "reached":
        price = f"{short(found.multiplier)} x the price at hand ({short(found.price)})"
        return f"reached at {price}: {_share(found.probability)}"
    largest = max(found.rows["multiplier"].to_list())
    return f"not reached up to {short(largest)} x the price at hand: best is {_share(found.probability)}"


def _share(share: Share) -> str:
    return f"{percent(share.probability)} (95 % interval {percent(share.low)} to {percent(share.high)})"


def replan(plan: Path, name: str, **options: Any) -> int:
    """Apply a saved plan to later data and print what it decides; return the exit status."""
    found = replanning.replan(plan, name, **options)
    title = f"Decisions for {found.first_day} to {found.last_day}: the saved plan, and one made afresh"
    print_table(title, ("decision", "saved plan", "afresh", "difference", "unit"), _decisions(found.rows))
    if found.begun:
        print(f"{found.begun} periods of the saved plan's stage had passed; it decides as if the stage began now")
    if found.rows.is_empty():
        print("nothing is decided")
    assert found.folder is not None  # replan has saved it
    print(f"table  {found.folder / 'decisions.csv'}")
    return 0


def _decisions(rows: pl.DataFrame) -> Iterator[tuple[str, ...]]:
    """Yield the decisions that are not zero in both."""
    for row in rows.iter_rows(named=True):
        if row["old"] or row["fresh"]:
            names = filter(None, (row[name] for name in ("holder", "to_holder", "item", "line", "expansion")))
            numbers = (short(row[name]) for name in ("old", "fresh", "difference"))
            yield f"{row['what']} {' '.join(names)}", *numbers, row["unit"]


def _end(*, is_complete: bool) -> int:
    if not is_complete:
        print("replenish: stopped; what was done is kept", file=sys.stderr)
    return 0 if is_complete else STOPPED
