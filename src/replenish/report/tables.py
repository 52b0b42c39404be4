"""The tables of the report, as cells ready for the page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import polars as pl

from replenish.measures import LABELS, MEASURES
from replenish.report.facts import Account, Promise, Reserve
from replenish.report.numbers import DASH, count, days, money, people, percent, plural, points, quantity, span, when
from replenish.report.origins import Origin, safe_address
from replenish.report.view import View
from replenish.report.words import ended_sentence
from replenish.scenario.model import LedgerSettings, Scenario, Source

Tone = Literal["", "number", "good", "bad", "assumed", "note", "code"]


MOST_CELLS = 200
"""Cells that differ in a case, as far as they are listed."""


class Cell(NamedTuple):
    """One cell: text, what it links to, and how it looks."""

    text: str
    tone: Tone = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table for the page."""

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    notes: Sequence[str] = ()  # a text under each row, over its whole width


def number(text: str) -> Cell:
    """Return a cell that stands to the right."""
    return Cell(text, "number")


def reserves(view: View, rows: Sequence[Reserve]) -> Table:
    """Return each stock against its requirement in one line."""
    columns = (
        "Stock", f"Requirement, {view.when(view.last)}", "Falls below it", "First (median)",
        "Deepest (median)", "Fewest days of supply (median)", "Back to stay (median)", "Not back by the end",
    )  # fmt: skip
    caption = f"Stocks of {view.title('items', view.item)} against their requirement"
    return Table(caption, columns, [_reserve(view, row) for row in rows])


def promises(view: View, rows: Sequence[Promise]) -> Table:
    """Return each pledge with what has arrived on its due date."""
    columns = ("Pledge", "From", "To", "Quantity", "Due", "Arrived by then (median)", "90\xa0% band")
    return Table(
        "Pledges on the day on which they are due; what arrives counts for the earliest due first",
        columns,
        [_promise(view, row) for row in rows],
    )


def accounts(view: View, rows: Sequence[Account]) -> Table:
    """Return what is spent by holder and purpose."""
    currency = view.scenario.settings.money.currency
    body = [
        (
            Cell(view.title("holders", row.holder)),
            Cell(row.purpose),
            number(money(row.spend.mean, currency)),
            number(span(people(row.spend.low), people(row.spend.high))),
        )
        for row in rows
    ]
    return Table("Money committed over the horizon", ("Holder", "Purpose", "Mean", "90\xa0% band"), body)


def observed(view: View, rows: pl.DataFrame) -> Table:
    """Return each reported figure beside the simulated band at its date."""
    columns = (
        "Reported figure", "Date", "Reported", "Simulated median", "90\xa0% band",
        "Value in the 90\xa0% band", "Source",
    )  # fmt: skip
    body = [_observed(view, row) for row in rows.iter_rows(named=True)]
    caption = "Reported figures and the simulated band in the period of their date"
    return Table(caption, columns, body, rows["note"].to_list())


def measures(view: View, *, of_item: bool) -> Table:
    """Return the headline measures of the main item and of none, or those of all other items."""
    shared = ("", view.item)
    is_none = (pl.col("measure") == "spend_cumulative") & (pl.col("value") == 0)
    rows = view.result.summary.filter(pl.col("item").is_in(shared) == of_item, ~is_none)
    columns = ("Measure", "Of", "Value", "Standard error", "Unit")
    return Table("Headline measures", columns, [_measure(view, row) for row in rows.iter_rows(named=True)])


def definitions(view: View) -> Table:
    """Return the formula of each headline measure, once."""
    rows = view.result.summary.select("measure", "formula").unique(maintain_order=True)
    body = [(Cell(measure_title(row[0])), Cell(row[1], "note")) for row in rows.iter_rows()]
    return Table("What the measures mean", ("Measure", "Formula"), body)


def origins(rows: Sequence[Origin], sources: dict[str, Source]) -> Table:
    """Return the register of evidence of one table of the scenario."""
    columns = ("Row", "Column", "Value", "Unit", "Low to high", "Basis", "Source")
    body = [_origin(row, sources) for row in rows]
    return Table("Where the values come from", columns, body, [row.note for row in rows])


def defaults(rows: pl.DataFrame) -> Table:
    """Return the defaults that were used, once for each column, with the number of cells that were left empty."""
    by = ("table", "column", "default", "unit", "meaning")
    counted = rows.group_by(by, maintain_order=True).agg(pl.len().alias("cells"))
    body = [
        (
            Cell(row["table"]),
            Cell(row["column"]),
            number(row["default"] or "nothing"),
            Cell(row["unit"]),
            number(count(row["cells"])),
            Cell(row["meaning"], "note"),
        )
        for row in counted.iter_rows(named=True)
    ]
    return Table("Defaults used", ("Table", "Column", "Default", "Unit", "Empty cells", "Meaning"), body)


def sources(rows: Sequence[Source]) -> Table:
    """Return the sources to cite."""
    body = [
        (
            Cell(row.title, "", safe_address(row.address)),
            Cell(row.publisher or DASH),
            number(when(row.published, "day") if row.published else DASH),
        )
        for row in rows
    ]
    return Table("Sources", ("Title", "Publisher", "Published"), body, [row.note for row in rows])


def provenance(view: View) -> Table:
    """Return what is needed to repeat the run."""
    run = view.result.provenance
    rows = [
        ("Seed", str(run.seed)),
        ("Paths", count(run.paths)),
        ("Hash of the input", run.input_hash),
        ("Hash of the results", run.array_hash),
        ("Started (UTC)", run.started),
        ("How it ended", ended_sentence(run) or "complete"),
        ("Kept", run.collected or DASH),
        ("Duration", f"{run.seconds:.1f} seconds"),
        ("Versions", ", ".join(f"{name} {version}" for name, version in run.versions.items())),
        *_ledger(view.result.scenario.settings.ledger),
    ]
    body = [(Cell(name), Cell(value, "code")) for name, value in rows]
    return Table("To repeat this run", ("What", "Value"), body)


def _ledger(settings: LedgerSettings) -> list[tuple[str, str]]:
    """Return which ledger cells asked, and as of when; nothing where none did."""
    if not settings.recorded_by:
        return []
    place = re.sub(r"://([^:/@]*):[^@]*@", r"://\1:***@", settings.place)  # a password is nobody's business
    known = f"known at {settings.known_at}" if settings.known_at else "known at any time"
    return [("Ledger", place), ("As of", f"{known}, recorded by {settings.recorded_by}")]


def case_inputs(view: View) -> Table:
    """Return the cells in which each case differs from the run."""
    found = view.result.studies["case_inputs"]
    names = found["b"].to_list()
    body = [(Cell(view.case(name)), *cells) for name, cells in zip(names, differing(found), strict=False)]
    return Table(f"Cells that differ{cut(found)}", ("Case", "Cell", "As it is", "In the case"), body)


def differing(found: pl.DataFrame) -> list[tuple[Cell, ...]]:
    """Return the cells in which two scenarios differ, with both values, as far as they are listed."""
    return [
        (
            Cell(" ".join(filter(None, (row["table_name"], row["row_key"], row["column"])))),
            number(row["value_a"] or DASH),
            number(row["value_b"] or DASH),
        )
        for row in found.head(MOST_CELLS).iter_rows(named=True)
    ]


def cut(found: pl.DataFrame) -> str:
    """Return how many cells are listed, where not all are."""
    return f" (the first {MOST_CELLS} of {count(len(found))})" if len(found) > MOST_CELLS else ""


def outside(view: View, rows: pl.DataFrame) -> Table:
    """Return the reported figures outside the band, with what the scenario notes about each."""
    body = [
        (Cell(_figure_name(view, row)), number(when(row["date"], "day")), number(_with_unit(row["value"], row["unit"])))
        for row in rows.iter_rows(named=True)
    ]
    caption = "Reported figures outside the 90\xa0% band, and why"
    return Table(caption, ("Reported figure", "Date", "Reported"), body, [note or "no note" for note in rows["note"]])


def source_cell(name: str, known: dict[str, Source]) -> Cell:
    """Return a source as a link, if its address may be followed."""
    source = known.get(name)
    return Cell(source.title or name, "", safe_address(source.address)) if source else Cell(name or DASH)


def by_name(scenario: Scenario) -> dict[str, Source]:
    """Return the sources by name."""
    return {source.name: source for source in scenario.sources}


def measure_title(measure: str) -> str:
    """Return the name of a measure for people."""
    known = MEASURES.get(measure)
    return known.title if known else measure.replace("_", " ").capitalize()


def _reserve(view: View, row: Reserve) -> tuple[Cell, ...]:
    unit, below, back, depth = view.unit(view.item), row.below, row.back, row.depth
    deepest = f"{quantity(depth.shortfall.middle, unit)}, {view.when(depth.period)}" if depth else DASH
    return (
        Cell(view.title("holders", row.holder)),
        number(quantity(row.requirement.middle, unit)),
        Cell(f"{percent(below.share)} of\xa0paths", "bad" if below.share >= 0.5 else "good"),
        number(DASH if below.typical is None else view.when(below.typical)),
        number(f"{deepest} ({percent(depth.share)} short)" if depth and depth.shortfall.middle > 0 else DASH),
        number(days(row.lowest_days)),
        number(
            view.when(back.median) if back.median is not None else DASH if not back.applies else "not in most paths"
        ),
        number(percent(1 - back.share) if back.applies else DASH),
    )


def _promise(view: View, row: Promise) -> tuple[Cell, ...]:
    pledge, share = row.pledge, row.fulfilment
    return (
        Cell(pledge.name.replace("_", " ") or DASH),
        Cell(view.title("holders", pledge.from_holder)),
        Cell(view.title("holders", pledge.to_holder)),
        number(quantity(pledge.quantity, view.unit(pledge.item))),
        number(when(pledge.due, "day")),
        number(percent(share.middle) if share else "due later"),
        number(span(percent(share.low), percent(share.high)) if share else DASH),
    )


def _observed(view: View, row: dict[str, Any]) -> tuple[Cell, ...]:
    value, reported_range = _with_unit(row["value"], row["unit"]), ""
    if row["low"] is not None or row["high"] is not None:
        low, high = (row["value"] if row[end] is None else row[end] for end in ("low", "high"))
        reported_range = f" ({span(people(low), people(high))})"
    verdicts = {True: Cell("yes", "good"), False: Cell("no", "bad"), None: Cell("not simulated", "note")}
    only_range = not row["is_inside"] and row["range_meets"]
    return (
        Cell(_figure_name(view, row)),
        number(when(row["date"], "day")),
        number(f"{value}{reported_range}"),
        number(people(row["p50"])),
        number(span(people(row["p05"]), people(row["p95"])) if row["p05"] is not None else DASH),
        Cell("no, but its range meets it", "note") if only_range else verdicts[row["is_inside"]],
        source_cell(row["source"], by_name(view.scenario)),
    )


def _figure_name(view: View, row: dict[str, Any]) -> str:
    who = view.title("lines", row["line"]) if row["line"] else view.title("holders", row["holder"] or "all")
    to = f" to {view.title('holders', row['to_holder'])}" if row["to_holder"] else ""
    item = "" if row["item"] == view.item else f", {view.title('items', row['item'])}"
    return f"{who}: {measure_title(row['measure']).lower()}{to}{item}"


def _with_unit(value: float, unit: str) -> str:
    counted, _, per = unit.partition("/")
    return f"{quantity(value, counted)}{f' a {per}' if per else ''}"


def _measure(view: View, row: dict[str, Any]) -> tuple[Cell, ...]:
    counted, _, per = row["unit"].partition("/")
    is_share = counted == "share"
    return (
        Cell(measure_title(row["measure"])),
        Cell(_thing(view, row)),
        number(percent(row["value"]) if is_share else people(row["value"])),
        number(points(row["standard_error"]) if is_share else people(row["standard_error"])),
        Cell("" if is_share else f"{plural(counted)}{f' a {per}' if per else ''}"),
    )


def _thing(view: View, row: dict[str, Any]) -> str:
    """Return what a row is about: donor to recipient, line, purpose, ..., and the item if it is not the main one."""
    named = {"holder": "holders", "to_holder": "holders", "line": "lines", "item": "items"}
    found = {label: view.title(named.get(label, ""), row[label]) for label in LABELS if row[label]}
    if row["item"] == view.item:
        del found["item"]
    if row["to_holder"]:
        found["to_holder"] = f"to {found['to_holder']}"
    return ", ".join(found.values()) or "all"


def _origin(row: Origin, sources: dict[str, Source]) -> tuple[Cell, ...]:
    is_assumed = row.basis == "assumed"
    return (
        Cell(row.key.replace("//", "/").strip("/").replace("/", " / ")),
        Cell(row.column.replace("_", " ")),
        number(row.value),
        Cell(row.unit),
        number(DASH if row.low == row.high == DASH else span(row.low, row.high)),
        Cell(row.basis, "assumed" if is_assumed else ""),
        source_cell(row.source, sources),
    )
