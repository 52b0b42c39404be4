"""What the commands on spares and repair do and print."""

from __future__ import annotations

import sys
from typing import Any

import polars as pl

from replenish.cli.show import STOPPED
from replenish.cli.studies import bar, print_table, short
from replenish.errors import SolveError
from replenish.interrupts import stopping
from replenish.report.numbers import DASH, money, people, percent
from replenish.report.sustained import Sustained, find_sustained, gains, write_sustain_report
from replenish.report.sustained.facts import availability
from replenish.report.sustained.words import headline, sentences
from replenish.study.spares import (
    SpareStudy,
    sustain_check,
    sustain_evaluate,
    sustain_optimise,
    sustain_simulate,
)

BEGUN = "the histories that have begun"
MOST_ROWS = 15
"""Rows of a printed table; the files hold all."""


def evaluate(name: str, **options: Any) -> int:
    """Judge what there is and print it; return the exit status."""
    found = sustain_evaluate(name, **options)
    _fleets(found)
    _servers(found)
    _spares(found, "now")
    return _end(found)


def optimise(name: str, *, is_shown: bool, **options: Any) -> int:
    """Find what to buy, simulate it and print both; return the exit status."""
    with bar(None, is_shown=is_shown) as (shown, task), stopping(BEGUN) as stop:
        found = sustain_optimise(name, progress=lambda count: shown.advance(task, count), stop=stop, **options)
    _purchases(found)
    _fleets(found)
    _servers(found)
    _checks(found)
    return _end(found, is_stopped=stop.is_set())


def simulate(name: str, *, is_shown: bool, **options: Any) -> int:
    """Simulate what there is and print it; return the exit status."""
    with bar(None, is_shown=is_shown) as (shown, task), stopping(BEGUN) as stop:
        found = sustain_simulate(name, progress=lambda count: shown.advance(task, count), stop=stop, **options)
    _fleets(found)
    _servers(found)
    rows = found.tables["sustain_checks"].filter(pl.col("quantity") == "parts owed")
    ranked = rows.sort("simulated", descending=True, maintain_order=True).head(MOST_ROWS)
    print_table(
        f"Parts owed, mean over histories{_more(rows)}", ("part", "site", "simulated", "standard error"),
        ((row["part"], row["site"], short(row["simulated"]), short(row["standard_error"]))
         for row in ranked.iter_rows(named=True)),
    )  # fmt: skip
    return _end(found, is_stopped=stop.is_set())


def check(name: str, *, is_shown: bool, **options: Any) -> int:
    """Print formulas beside simulation; return the exit status, 4 where an exact law differs."""
    with bar(None, is_shown=is_shown) as (shown, task), stopping(BEGUN) as stop:
        found = sustain_check(name, progress=lambda count: shown.advance(task, count), stop=stop, **options)
    _checks(found, most=None)
    return _end(found, is_stopped=stop.is_set())


def _fleets(found: SpareStudy) -> None:
    rows = found.tables["sustain_fleets"]
    has_choice = rows["chosen"].is_not_null().any()
    head = ("fleet", "site", "systems", "target", "now", *(("chosen",) if has_choice else ()), "without repair queues",
            "simulated")  # fmt: skip
    print_table("Systems in service in the long run", head, (_fleet(row, has_choice=has_choice)
                for row in rows.iter_rows(named=True)))  # fmt: skip


def _fleet(row: dict[str, Any], *, has_choice: bool) -> tuple[str, ...]:
    simulated = DASH if row["simulated"] is None else (
        f"{availability(row['simulated'])} ({availability(row['low'])} to {availability(row['high'])})"
    )  # fmt: skip
    chosen = (availability(row["chosen"]),) if has_choice else ()
    return (
        row["fleet"], row["site"], str(row["systems"]), availability(row["target"]), availability(row["now"]), *chosen,
        availability(row["without_queues"]), simulated,
    )  # fmt: skip


def _servers(found: SpareStudy) -> None:
    rows = found.tables["sustain_servers"]
    if len(rows):
        head = ("servers", "site", "now", "chosen", "fewest that keep up", "busy now", "busy, chosen")
        print_table("Who repairs", head, (
            (row["servers"], row["site"], str(row["now"]), str(row["chosen"] if row["chosen"] is not None else DASH),
             str(row["smallest"]), percent(row["utilisation_now"]), percent(row["utilisation_chosen"]))
            for row in rows.iter_rows(named=True)
        ))  # fmt: skip


def _spares(found: SpareStudy, side: str) -> None:
    rows = found.tables["sustain_spares"].filter(pl.col("requests") > 0)
    ranked = rows.sort(f"backorders_{side}", descending=True, nulls_last=True, maintain_order=True).head(MOST_ROWS)
    head = ("part", "site", "held", "asked a year", "outstanding", "owed", "from the shelf", "wait, days", "law")
    print_table(f"Spares, most owed first{_more(rows)}", head, (
        (row["part"], row["site"], str(row[side]), short(row["requests"]), short(row[f"outstanding_{side}"]),
         short(row[f"backorders_{side}"]), percent(row[f"fill_rate_{side}"]), short(row[f"wait_{side}"]),
         "exact" if row["is_exact"] else "approximation")
        for row in ranked.iter_rows(named=True)
    ))  # fmt: skip


def _purchases(found: SpareStudy) -> None:
    rows, currency = found.tables["sustain_purchases"], found.scenario.settings.money.currency
    study = _study(found)
    unit = gains.money_unit(study)
    head = ("", "What", "Where", "Units", "Costs", gains.gain_head(study), gains.rate_head(study, unit),
            gains.then_head(study), "Cost then")  # fmt: skip
    print_table(f"What to buy, in the order in which it pays{_more(rows)}", head, (
        (str(row["place"]), row["part"] or f"server: {row['servers']}", row["site"], people(row["units"]),
         money(row["cost"], currency), people(gains.gain(study, row)), people(gains.rate(study, row, unit)),
         gains.then(study, row), money(row["total_cost"], currency))
        for row in rows.head(MOST_ROWS).iter_rows(named=True)
    ))  # fmt: skip


def _checks(found: SpareStudy, most: int | None = MOST_ROWS) -> None:
    rows = found.tables["sustain_checks"]
    is_rare = pl.col("verdict") == "rare"
    ranked = rows.sort(is_rare, pl.col("errors").abs(), descending=[False, True], nulls_last=True, maintain_order=True)
    head = ("number", "of", "by formula", "simulated", "standard error", "errors apart", "")
    shown = ranked if most is None else ranked.head(most)
    print_table(f"Formulas beside simulation, farthest apart first{_more(rows) if most else ''}", head,
                map(_check, shown.iter_rows(named=True)))  # fmt: skip


def _check(row: dict[str, Any]) -> tuple[str, ...]:
    of = " ".join(filter(None, (row[name] for name in ("fleet", "part", "servers", "site"))))
    numbers = (short(row[name]) for name in ("analytic", "simulated", "standard_error", "errors"))
    return row["quantity"], of, *numbers, row["verdict"]


def _study(found: SpareStudy) -> Sustained:
    study = find_sustained(found.tables, found.scenario)
    assert study is not None  # each study says something of itself
    return study


def _more(rows: pl.DataFrame) -> str:
    return f"; {MOST_ROWS} of {len(rows):,}" if len(rows) > MOST_ROWS else ""


def _end(found: SpareStudy, *, is_stopped: bool = False) -> int:
    """Print what is said in words, write the page, and return the exit status."""
    assert found.folder is not None  # the study has saved itself
    study = _study(found)
    for text in (f"{headline(study)}.", *sentences(study)):
        print(text)
    for warning in study.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    for told in study.approximations:
        print(f"note: the law is an approximation for {told}", file=sys.stderr)
    print(f"tables  {found.folder}")
    print(f"page    {write_sustain_report(found.tables, found.scenario, found.folder / 'report.html')}")
    if not found.is_sound:
        return SolveError.exit_code
    if is_stopped:
        print("replenish: stopped; what was done is kept", file=sys.stderr)
    return STOPPED if is_stopped else 0
