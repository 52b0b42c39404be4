"""Tables of spares: what to buy, fleets, stocks, servers, and formulas beside simulation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import polars as pl

from replenish.report.numbers import DASH, days, money, people, percent, points, quantity, span
from replenish.report.sustained import gains, words
from replenish.report.sustained.facts import Sustained, availability
from replenish.report.tables import Cell, Table, number

MOST_ROWS = 40
"""Rows of a table; the workbook has all."""

VERDICTS = {
    "agrees": "agrees", "differs": "differs by more than chance allows", "approximation": "an approximation",
    "rare": "too rare to judge", "unsettled": "had not settled",
}  # fmt: skip
_ORDER = {"differs": 0, "agrees": 1, "approximation": 1, "unsettled": 1, "rare": 2}


def purchases(study: Sustained) -> Table | None:
    """Return what to buy, what saves most for its price first."""
    rows = study.table("sustain_purchases")
    if rows.is_empty():
        return None
    unit = gains.money_unit(study)
    columns = (
        "What", "Where", "Units", "Costs", gains.gain_head(study), gains.rate_head(study, unit),
        gains.then_head(study), "Cost then",
    )  # fmt: skip
    body = [_purchase(study, row, unit) for row in rows.head(MOST_ROWS).iter_rows(named=True)]
    return Table(f"What to buy, in the order in which it pays{_cut(rows)}", columns, body)


def _purchase(study: Sustained, row: Mapping[str, Any], unit: float) -> tuple[Cell, ...]:
    what = study.title("servers", row["servers"]) if row["kind"] == "server" else study.title("part", row["part"])
    where = study.title("site", row["site"]) if row["site"] else ""
    return (
        Cell(f"a server more: {what}" if row["kind"] == "server" else what), Cell(where), number(people(row["units"])),
        number(money(row["cost"], study.currency)), number(people(gains.gain(study, row))),
        number(people(gains.rate(study, row, unit))), number(gains.then(study, row)),
        number(money(row["total_cost"], study.currency)),
    )  # fmt: skip


def fleets(study: Sustained) -> Table | None:
    """Return systems in service by fleet."""
    rows = study.table("sustain_fleets")
    if rows.is_empty():
        return None
    columns = (
        "Fleet", "Site", "Systems", "Target", "In service now", *(("Chosen",) if study.has_choice else ()),
        "Without queues for repair", "Simulated", "95\xa0% interval",
    )  # fmt: skip
    body = [_fleet(study, row) for row in rows.head(MOST_ROWS).iter_rows(named=True)]
    return Table(f"Systems in service in the long run{_cut(rows)}", columns, body)


def _fleet(study: Sustained, row: Mapping[str, Any]) -> tuple[Cell, ...]:
    target, reached = row["target"] or None, row[study.side]
    misses = bool(target) and reached is not None and reached < target
    chosen = (_toned(availability(row["chosen"]), is_bad=misses),) if study.has_choice else ()
    interval = DASH if row["low"] is None else span(availability(row["low"]), availability(row["high"]))
    return (
        Cell(study.title("fleet", row["fleet"])), Cell(study.title("site", row["site"])), number(str(row["systems"])),
        number(availability(target)), _toned(availability(row["now"]), is_bad=misses and not study.has_choice), *chosen,
        number(availability(row["without_queues"])), number(availability(row["simulated"])), number(interval),
    )  # fmt: skip


def causes(study: Sustained) -> Table | None:
    """Return for which part systems of each fleet are down."""
    rows = study.table("sustain_causes").filter(pl.col(study.side) > 0)
    if rows.is_empty():
        return None
    total = pl.col(study.side).sum().over("fleet")
    ranked = rows.with_columns(share=pl.col(study.side) / total).sort(
        "fleet", study.side, descending=[False, True], maintain_order=True
    )  # fmt: skip
    shown = ranked.group_by("fleet", maintain_order=True).head(5)
    body = [
        (
            Cell(study.title("fleet", row["fleet"])), Cell(study.title("part", row["part"])),
            number(people(row[study.side])), number(percent(row["share"])),
        )
        for row in shown.head(MOST_ROWS).iter_rows(named=True)
    ]  # fmt: skip
    return Table("Parts for which systems are down, the five worst of each fleet",
                 ("Fleet", "Part", "Systems down, mean", "Share"), body)  # fmt: skip


def servers(study: Sustained) -> Table | None:
    """Return how busy those who repair are."""
    rows = study.table("sustain_servers")
    if rows.is_empty():
        return None
    side = study.side
    body = [
        (
            Cell(study.title("servers", row["servers"])), Cell(study.title("site", row["site"])),
            number(str(row["now"])), number(str(row["chosen"]) if row["chosen"] is not None else DASH),
            number(str(row["smallest"])), number(people(row["load"])),
            _toned(percent(row[f"utilisation_{side}"]), is_bad=(row[f"utilisation_{side}"] or 0.0) > words.BUSY),
        )
        for row in rows.iter_rows(named=True)
    ]  # fmt: skip
    columns = ("Servers", "Site", "Now", "Chosen", "Fewest that keep up", "Parts under repair, mean", "Busy")
    return Table("Who repairs, and how busy they are", columns, body)


def spares(study: Sustained) -> Table | None:
    """Return stocks of spares, those with most owed first."""
    rows = study.table("sustain_spares")
    if rows.is_empty():
        return None
    side = study.side
    ranked = rows.filter(pl.col("requests") > 0).sort(
        f"backorders_{side}", descending=True, nulls_last=True, maintain_order=True
    )
    columns = (
        "Part", "Site", "Price", "Asked a year", "Outstanding, mean", "Held now",
        *(("Chosen",) if study.has_choice else ()), "Owed, mean", "From the shelf", "Wait", "Law",
    )  # fmt: skip
    body = [_spare(study, row) for row in ranked.head(MOST_ROWS).iter_rows(named=True)]
    return Table(f"Spares by part and site, most owed first{_cut(ranked)}", columns, body)


def _spare(study: Sustained, row: Mapping[str, Any]) -> tuple[Cell, ...]:
    side = study.side
    chosen = (number(str(row["chosen"])),) if study.has_choice else ()
    return (
        Cell(study.title("part", row["part"])), Cell(study.title("site", row["site"])),
        number(money(row["unit_cost"], study.currency)), number(people(row["requests"])),
        number(people(row[f"outstanding_{side}"])), number(str(row["now"])), *chosen,
        number(people(row[f"backorders_{side}"])), number(percent(row[f"fill_rate_{side}"])),
        number(days(row[f"wait_{side}"]) if row[f"wait_{side}"] is not None else DASH),
        Cell("exact") if row["is_exact"] else Cell("approximation", "note"),
    )  # fmt: skip


def approximations(study: Sustained) -> Table | None:
    """Return for which parts the law is an approximation, and why."""
    told = [text.partition(": ") for text in study.approximations]
    body = [(Cell(_titles(study, parts)), Cell(why)) for parts, _, why in told]
    return Table("Where the law is an approximation", ("Parts", "Why"), body) if body else None


def _titles(study: Sustained, parts: str) -> str:
    return ", ".join(study.title("part", name) for name in parts.split(", "))


def checks(study: Sustained) -> Table | None:
    """Return formulas beside simulation, those farthest apart first."""
    rows = study.table("sustain_checks")
    if rows.is_empty():
        return None
    order = pl.col("verdict").replace_strict(_ORDER, default=1)
    ranked = rows.sort(order, pl.col("errors").abs(), descending=[False, True], nulls_last=True, maintain_order=True)
    columns = ("Number", "Of", "By formula", "Simulated", "Standard error", "Standard errors apart", "")
    body = [_check(study, row) for row in ranked.head(MOST_ROWS).iter_rows(named=True)]
    return Table(f"Formulas beside simulation, the farthest apart first{_cut(ranked)}", columns, body)


def _check(study: Sustained, row: Mapping[str, Any]) -> tuple[Cell, ...]:
    is_share = row["quantity"] in ("availability", "fill rate")
    told: Callable[[float | None], str] = availability if is_share else people
    named = [study.title(kind, row[kind]) for kind in ("fleet", "part", "servers", "site") if row[kind]]
    error = points(row["standard_error"]) if is_share else people(row["standard_error"])
    return (
        Cell(row["quantity"]), Cell(", ".join(named)), number(told(row["analytic"])), number(told(row["simulated"])),
        number(error), number(people(row["errors"])),
        Cell(VERDICTS.get(row["verdict"], row["verdict"]), "bad" if row["verdict"] == "differs" else "note"),
    )  # fmt: skip


def about(study: Sustained) -> Table:
    """Return how it was computed."""
    known: Sequence[tuple[str, str]] = (
        ("Law of units outstanding", study.text("method").replace("_", " ")),
        ("An optimum raises or lowers", words.OBJECTIVES.get(study.text("objective"), "")),
        ("It ended", study.text("stop")),
        ("Simulated", _simulated(study)),
        ("Seed", study.text("seed")),
    )
    return Table("How it was computed", ("", ""), [(Cell(name), Cell(told)) for name, told in known if told])


def _simulated(study: Sustained) -> str:
    histories, years = study.number("histories"), study.number("years")
    if histories is None or years is None:
        return ""
    warm = quantity(study.number("warm_up_years"), "year")
    return f"{histories:,.0f} histories of {quantity(years, 'year')}, after {warm} that are left out"


def _toned(text: str, *, is_bad: bool) -> Cell:
    return Cell(text, "bad" if is_bad else "number")


def _cut(rows: pl.DataFrame) -> str:
    return f"; the first {MOST_ROWS} of {len(rows):,}" if len(rows) > MOST_ROWS else ""
