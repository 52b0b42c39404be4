"""A made-up plan on the made-up run: every table that a run may carry of it, in closed form."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import polars as pl

from replenish.result import PLAN_LABELS, PLAN_TABLES, Result
from replenish.scenario.model import Expansion, Forced, Preference, Row, Scenario
from tests.report import synthetic

ROWS: tuple[Row, ...] = (
    *synthetic.ROWS,
    Expansion(
        name="works_2", title="Second hall", line="works", capacity_step=20_000, build_time_days=365, cost=2e8,
        start=date(2023, 9, 1),
    ),
    Expansion(name="fuzes_2", line="fuzes", capacity_step=10_000, build_time_days=200, cost=5e7),
    Preference(holder="front", item="shell", what="unmet", relation="before", over_what="money"),
    Forced(chain="tempo", start=date(2022, 3, 1), end=date(2022, 8, 31), state="quiet"),
)  # fmt: skip

ABOUT = {
    "method": "sddp", "stages": "23", "stage_periods": "3", "nodes": "46", "chains": "tempo", "outcomes": "4",
    "iterations": "60", "ended": "the bound moves no more", "bound": "4.1e9", "policy_value": "4.2e9",
    "policy_low": "4.15e9", "policy_high": "4.25e9", "gap_share": "0.0244", "simulated_cost": "4.5e9",
    "simulated_low": "4.4e9", "simulated_high": "4.6e9", "as_is_cost": "7.5e9", "as_is_low": "7.3e9",
    "as_is_high": "7.7e9", "difference": "-3.0e9", "difference_low": "-3.2e9", "difference_high": "-2.8e9",
    "as_is_money": "7.1e9", "plan_money": "7.2e9", "as_is_unmet": "4e8", "plan_unmet": "-2.7e9", "as_is_late": "0",
    "plan_late": "0", "paths": "1000", "seed": "20240301", "currency": "EUR", "seconds": "84.2",
    "tried": "Tried on 200 paths of the programme.",
}  # fmt: skip
WHY = ("sddp: 23 stages with 2 states are too many branches to write out", "stages of 3 months: 70 periods")
SIMPLE = "outages of works: less working time; that an outage lasts is known in the simulator alone"
WARNING = "The first release of Northland still moved by 20 % over the last iterations."

THINGS = ("holder", "item", "purpose", "line", "to_holder")
Labels = dict[str, str]

WORKS = {"holder": "north", "item": "shell", "line": "works"}
TO_FRONT = {"holder": "north", "item": "shell", "to_holder": "front"}
HALL = {"line": "works", "expansion": "works_2"}


def labelled(**labels: str) -> dict[str, str]:
    """Return all labels, those that are not given empty."""
    return dict.fromkeys(PLAN_LABELS, "") | labels


def to_table(name: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Return a table of a plan from its rows."""
    return pl.DataFrame(rows, schema=PLAN_TABLES[name], infer_schema_length=None)


def scenario() -> Scenario:
    """Return the made-up study with two expansions, a statement and known states."""
    return synthetic.scenario(ROWS)


def result(*, without: tuple[str, ...] = (), about: dict[str, str] | None = None) -> Result:
    """Return the made-up run with a plan; tables named in `without` are left out, and `about` changes what is said."""
    run = synthetic.result(scenario())
    studies = {name: table for name, table in tables(run, about or {}).items() if name not in without}
    return replace(run, studies=studies)


def tables(run: Result, about: dict[str, str]) -> dict[str, pl.DataFrame]:
    """Return all tables of the plan."""
    told = [
        *({**ABOUT, **about}).items(),
        *(("why", text) for text in WHY),
        ("warning", WARNING),
        ("simplification", SIMPLE),
    ]
    found = {
        "plan_about": [{"key": key, "value": value} for key, value in told],
        "plan_decisions": _decisions(), "plan_early": _early(), "plan_values": _values(), "plan_digging": _digging(),
        "plan_seeds": _seeds(), "plan_limits": _limits(), "plan_limits_over_time": _limits_over_time(run),
        "plan_prices": _prices(), "plan_path": _path(run), "plan_training": _training(),
        "plan_side": _side(), "plan_series": _series(run), "frontier": _frontier(), "plan_delays": _delays(),
        "plan_information": _information(), "plan_replenishment": _replenishment(run),
    }  # fmt: skip
    return {name: to_table(name, rows) for name, rows in found.items()}


def _decisions() -> list[dict[str, Any]]:
    days = {"first_day": date(2022, 3, 1), "last_day": date(2022, 5, 31)}
    return [
        {"what": what, **labelled(**of), "quantity": amount, "low": low, "high": high, "best": high, "unit": unit,
         "before": 0.92 * amount, "seed_low": 0.95 * amount, "seed_high": amount, "within": 1e-3, **days}
        for what, of, amount, low, high, unit in (
            ("order", WORKS, 120_000.0, 110_000.0, 130_000.0, "round"),
            ("release", TO_FRONT, 600_000.0, 500_000.0, 640_000.0, "round"),
            ("release", TO_FRONT | {"holder": "south"}, 20_000.0, 20_000.0, 20_000.0, "round"),
            ("rate", {"holder": "north", "line": "works"}, 40_000.0, 40_000.0, 40_000.0, "capacity/month"),
            ("rate", {"holder": "north", "line": "fuzes"}, 0.0, 0.0, 0.0, "capacity/month"),
            ("start", HALL, 1.0, 1.0, 1.0, "share"),
            ("start", {"line": "fuzes", "expansion": "fuzes_2"}, 0.0, 0.0, 0.0, "share"),
        )
    ]  # fmt: skip


def _seeds() -> list[dict[str, Any]]:
    return [
        {"seed": 20240301 + more, "bound": 4.1e9 - 2e7 * more, "iterations": 60, "ended": "the bound moves no more"}
        for more in range(2)
    ]


def _early() -> list[dict[str, Any]]:
    quarters = [date(2022 + (3 * q + 2) // 12, (3 * q + 2) % 12 + 1, 1) for q in range(8)]
    rows = []
    for q, day in enumerate(quarters):
        for what, of, plan, as_is, unit in (
            ("order", WORKS, 120_000.0 + 5_000 * q, 60_000.0 + 8_000 * q, "round"),
            ("release", TO_FRONT, 300_000.0 - 20_000 * q, 180_000.0, "round"),
            ("shipped", TO_FRONT, 290_000.0 - 20_000 * q, 170_000.0, "round/month"),
            ("shipped", TO_FRONT | {"holder": ""}, 290_000.0 - 20_000 * q, 170_000.0, "round/month"),
            ("spend", {"holder": "north", "purpose": "orders"}, 5e8, 3e8, "EUR/month"),
            ("spend", {"holder": "north"}, 5e8, 3e8, "EUR/month"),
            ("rate", {"line": "works"}, 40_000.0, 30_000.0, "capacity/month"),
            ("start", HALL, float(q == 0), float(q == 6), "share"),
        ):
            rows.append(
                {"date": day, "what": what, **labelled(**of), "plan": plan, "as_is": as_is,
                 "difference": plan - as_is, "unit": unit}
            )  # fmt: skip
    return rows


def _values() -> list[dict[str, Any]]:
    return [
        {"what": what, **labelled(**of), "value": value, "unit": "EUR",
         "statement": f"one more of {'/'.join(of.values())} is worth {value:,.4g} EUR"}
        for what, of, value in (
            ("stock", {"holder": "north", "item": "shell"}, 5_200.0),
            ("stock", {"holder": "south", "item": "shell"}, 4_900.0),
            ("stock", {"holder": "front", "item": "shell"}, 6_100.0),
            ("stock", {"holder": "north", "item": "fuze"}, 310.0),
            ("capacity", {"holder": "north", "line": "works"}, 84_000.0),
            ("capacity", {"holder": "north", "line": "fuzes"}, 2_000.0),
            ("expansion", HALL, 1.4e9),
            ("budget", {"holder": "north", "purpose": "orders"}, 1.7),
        )
    ]  # fmt: skip


def _digging() -> list[dict[str, Any]]:
    rows = []
    for holder, held, floor in (("north", 2_000_000.0, 700_000.0), ("south", 90_000.0, 90_000.0)):
        for place in range(11):
            level = held * place / 10
            value = 5_000.0 * (1 + floor / (level + 0.3 * floor)) if holder == "north" else 9_000.0 - level / 50
            rows.append({
                "holder": holder, "item": "shell", "on_hand": held, "level": level, "value": value,
                "cost_of_release": 5_000 * (held - level), "worth_elsewhere": 6_000.0 if holder == "north" else 5_900.0,
                "may_dig_to": floor,
            })  # fmt: skip
    return rows


def _limits() -> list[dict[str, Any]]:
    return [
        {"rule": rule, "title": title, **labelled(**of), "activity": limit, "limit": limit, "price": price, "date": day}
        for rule, title, of, limit, price, day in (
            ("capacity", "highest rate of a line", {"holder": "north", "line": "works"}, 40_000.0, 900.0,
             date(2022, 3, 1)),
            ("capacity", "highest rate of a line", {"holder": "north", "line": "works"}, 40_000.0, 1_100.0,
             date(2022, 6, 1)),
            ("floor", "nothing is shipped from below the floor", {"holder": "south", "item": "shell"}, 0.0, 5_000.0,
             date(2022, 3, 1)),
        )
    ]  # fmt: skip


def _limits_over_time(run: Result) -> list[dict[str, Any]]:
    found: list[tuple[str, str, Labels, Callable[[int], float]]] = [
        ("capacity", "highest rate of a line", {"holder": "north", "line": "works"}, lambda t: max(0.0, 1 - t / 20)),
        ("floor", "nothing is shipped from below the floor", {"holder": "south", "item": "shell"},
         lambda t: float(t < 4)),
    ]  # fmt: skip
    return [
        {"rule": rule, "title": title, **labelled(**of), "date": day, "share": share(t), "price": 1_000.0 * share(t)}
        for rule, title, of, share in found
        for t, day in enumerate(run.calendar.starts[::3])
        if share(t) > 0
    ]


def _prices() -> list[dict[str, Any]]:
    return [
        {"holder": holder, "item": item, "what": what, "share_from": low, "share_to": high, "price": price,
         "origin": origin, "source": source}
        for holder, item, what, low, high, price, origin, source in (
            ("front", "shell", "unmet", 0.0, 1.0, 5_000.0, "comes before its dearest price",
             "priorities front/shell/unmet/0/front/shell/money/0"),
            ("north", "shell", "shortfall", 0.5, 1.0, 333.0, "default: lacking for a year is worth the dearest price",
             ""),
            ("north", "shell", "shortfall", 0.0, 0.5, 1_200.0, "stated price", "prices north/shell/shortfall/0"),
            ("north", "shell", "terminal_stock", 0.0, 1.0, 4_000.0,
             "default: what is held at the end is worth the dearest price", ""),
        )
    ]  # fmt: skip


def _fan(middle: float, spread: float) -> dict[str, float]:
    steps = {"mean": 0.0, "p05": -1.645, "p25": -0.674, "p50": 0.0, "p75": 0.674, "p95": 1.645}
    return {name: max(0.0, middle * (1 + spread * step)) for name, step in steps.items()}


def _path(run: Result) -> list[dict[str, Any]]:
    courses: list[tuple[str, dict[str, str], Callable[[int], float]]] = [
        ("order", WORKS, lambda t: 150_000.0 + 500 * t),
        ("shipped", TO_FRONT, lambda t: 400_000.0 if t < 12 else 250_000.0),
        ("run", {"holder": "north", "line": "works"}, lambda t: 120_000.0 + 1_500 * t),
        ("start", HALL, lambda t: float(t == 0)),
        ("added", {"holder": "north", "line": "works"}, lambda t: 20_000.0 * (t > 12)),
        ("on_hand", {"holder": "north", "item": "shell"}, lambda t: 2_000_000.0 - 15_000 * t),
        ("unmet", {"holder": "front", "item": "shell", "purpose": "use"}, lambda t: 300_000.0 - 3_000 * t),
    ]
    starts = run.calendar.starts[::3]
    return [
        {"date": day, "what": what, **labelled(**of), **_fan(middle(3 * t), 0.1)}
        for what, of, middle in courses
        for t, day in enumerate(starts)
    ]


def _training() -> list[dict[str, Any]]:
    return [
        {"iteration": i, "bound": 4.1e9 * (1 - math.exp(-i / 8)), "simulated": 4.2e9 + 3e8 * math.sin(7 * i),
         "seconds": 1.4 * i}
        for i in range(1, 61)
    ]  # fmt: skip


def _side() -> list[dict[str, Any]]:
    return [
        {"measure": measure, **dict.fromkeys(THINGS, ""), "holder": holder, "item": item, "unit": unit,
         "as_is": as_is, "plan": plan, "difference": plan - as_is, "standard_error": error,
         "low": plan - as_is - 1.96 * error,
         "high": plan - as_is + 1.96 * error}
        for measure, holder, item, unit, as_is, plan, error in (
            ("fill_rate", "front", "shell", "share", 0.55, 0.71, 0.004),
            ("unmet_cumulative", "front", "shell", "round", 3.4e6, 2.2e6, 3e4),
            ("deepest_shortfall", "north", "shell", "round", 1.2e6, 9e5, 1e4),
            ("deepest_shortfall", "alliance", "shell", "round", 1.2e6, 9e5, 1e4),
            ("date_of_replenishment", "north", "shell", "period", 66.0, 60.0, 0.3),
            ("spend_cumulative", "", "", "EUR", 7.2e9, 7.3e9, 8e7),
        )
    ]  # fmt: skip


def _series(run: Result) -> list[dict[str, Any]]:
    def north(t: int) -> float:
        return 2_000_000.0 - 60_000 * t if t < 24 else 560_000.0 + 40_000 * (t - 24)

    shells: Labels = {"item": "shell"}
    to_front: Labels = {"item": "shell", "to_holder": "front"}
    courses: list[tuple[str, Labels, Callable[[int], float], float]] = [
        ("on_hand", {"holder": "north", **shells}, north, 0.8),
        ("on_hand", {"holder": "south", **shells}, lambda t: 90_000.0 + 400 * t, 0.7),
        ("on_hand", {"holder": "alliance", **shells}, north, 0.8),
        ("on_hand", {"holder": "north", "item": "fuze"}, lambda t: 500_000.0, 0.9),
        ("delivered", to_front, lambda t: 102_000.0 - 500 * t, 0.7),
        ("delivered", {"holder": "north", **to_front}, lambda t: 100_000.0 - 500 * t, 0.7),
        ("delivered", {"holder": "alliance", **to_front}, lambda t: 100_000.0 - 500 * t, 0.7),
        ("delivered", {"holder": "south", "item": "shell", "to_holder": "north"}, lambda t: 10.0, 0.7),
        ("production", {"holder": "north", "line": "works", **shells}, lambda t: 30_000.0 + 700 * t, 0.8),
        ("production", {"line": "works", **shells}, lambda t: 30_000.0 + 700 * t, 0.8),
        ("unmet_cumulative", {"holder": "front", "purpose": "use", **shells}, lambda t: 30_000.0 * (t + 1), 1.6),
        ("unmet_cumulative", {"holder": "north", "purpose": "training", **shells}, lambda t: 0.0, 1.6),
        ("spend_cumulative", {}, lambda t: 1e8 * (t + 1), 0.98),
        ("spend_cumulative", {"holder": "north", "purpose": "orders"}, lambda t: 9e7 * (t + 1), 0.98),
    ]
    rows = []
    for measure, of, course, factor in courses:
        for t, day in enumerate(run.calendar.starts):
            for side, scale in (("plan", 1.0), ("as_is", factor)):
                fan = _fan(scale * course(t), 0.12)
                kept = {name: fan[name] for name in ("mean", "p05", "p50", "p95")}
                rows.append({"measure": measure, **dict.fromkeys(THINGS, ""), **of, "date": day, "side": side, **kept})
    return rows


def _frontier() -> list[dict[str, Any]]:
    rows = [
        {"unmet": 1e6 + 4e5 * i, "shortfall": 4e7 / (1 + i), "money": 7e9 - 2e8 * i, "cost": 4.1e9 + 1e7 * i,
         "reserve_multiplier": 4.0**i / 16, "need_multiplier": 1.0, "is_dominated": False, "is_stated": i == 2,
         "label": f"a month of reserve is worth {0.02 * 4.0**i / 16:.3g} of a unit of need"}
        for i in range(5)
    ]  # fmt: skip
    worse = rows[3] | {"unmet": 2.9e6, "shortfall": 3e7, "is_dominated": True, "label": "need at a quarter"}
    as_is = rows[0] | {
        "unmet": 3.4e6, "shortfall": 3.5e7, "money": 7.2e9, "reserve_multiplier": None, "need_multiplier": None,
        "is_dominated": None, "is_stated": False, "label": "as it is",
    }  # fmt: skip
    return [*rows, worse, as_is]


def _delays() -> list[dict[str, Any]]:
    return [
        {"kind": kind, "title": kind, "days": 30.0, "unmet": unmet, "shortfall": 12 * unmet, "money": -1e5 * place,
         "cost": 6_000 * unmet, "unit": "round", "outcome": "done", "reason": ""}
        for place, (kind, unmet) in enumerate(
            (("deciding", 40_000.0), ("contracting", 21_000.0), ("building", 9_000.0), ("shipping", 60_000.0),
             ("funding", -500.0))
        )
    ] + [
        {"kind": "producing", "title": "producing", "days": 30.0, "unit": "round", "outcome": "skipped",
         "reason": "nothing has a production lead time"} | dict.fromkeys(("unmet", "shortfall", "money", "cost"))
    ]  # fmt: skip


def _information() -> list[dict[str, Any]]:
    return [
        {"what": "stochastic_solution", "reason": "", "value": 2e8, "low": 1.5e8, "high": 2.5e8, "paths": 400},
        {"what": "perfect_information", "reason": "", "value": 4e8, "low": 3e8, "high": 5e8, "paths": 100},
        {"what": "another", "reason": "nothing to compare", "value": None, "low": None, "high": None, "paths": None},
    ]


def _replenishment(run: Result) -> list[dict[str, Any]]:
    last = len(run.calendar) - 1
    return [
        {"holder": holder, "item": item, "date": day, "plan": min(1.0, max(0.0, (t - 40) / (last - 36))),
         "as_is": min(1.0, max(0.0, (t - 55) / (last - 30)))}
        for holder, item in (("north", "shell"), ("alliance", "shell"))
        for t, day in enumerate(run.calendar.starts)
    ]  # fmt: skip
