"""A finished run as one workbook to work on: headline numbers, series, dates, assumptions, and how to repeat it."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from replenish.measures import DATE_MEASURES, LABELS, MEASURES
from replenish.report.origins import register, safe_address
from replenish.result import PLAN_LABELS, SUSTAIN_TABLES, Result, plan_table
from replenish.result.typed import with_schema
from replenish.scenario.model import TABLES
from replenish.scenario.workbook.book import Styles, making_book, put, styles

MOST_ROWS = 15_000
"""Rows of a sheet; of series, measures that do not fit are left out whole, and named."""
LONGEST_LINK = 2_000
HEAD_ROW = 3
"""Row of the heads, from 0; title and remark stand above."""
FIRST = (
    "on_hand", "requirement", "days_of_supply", "demand", "unmet_cumulative", "fill_rate", "production", "capacity",
    "delivered_cumulative", "pledge_fulfilment", "budget_left", "shortfall", "issues", "unmet", "backorders",
)  # fmt: skip
"""Measures that are kept first, where not all fit; the others follow by their number of rows."""


class Page(NamedTuple):
    """One sheet: its name, what it tells, a remark, and a table."""

    name: str
    title: str
    remark: str
    heads: Sequence[str]
    rows: Iterable[Sequence[Any]]


def write_book(result: Result, path: Path) -> Path:
    """Write the numbers of a run as a workbook and return its path; a file that is there is replaced."""
    pages = (
        _summary(result), _series(result), _dates(result), *_plan(result), *_spares(result), _assumptions(result),
        _measures(), _provenance(result),
    )  # fmt: skip
    with making_book(path, replaces=True) as book:
        look = styles(book)
        for page in pages:
            _write_page(book, page, look)
        book.set_properties({"title": result.scenario.settings.title, "comments": "A run of replenish"})
    return path


def _summary(result: Result) -> Page:
    settings, frame = result.scenario.settings, result.summary
    remark = (
        f"{result.provenance.paths:,} paths from {settings.time.start} to {settings.time.end}; the study is"
        f" {settings.report.reviewed}. standard_error is that of the simulation, not the doubt about the inputs."
    )
    heads = ("measure", *_labels(frame), "value", "standard_error", "unit", "formula")
    return Page("summary", settings.title, remark, heads, frame.select(heads).iter_rows())


def _series(result: Result) -> Page:
    moving = _moving(result.series)
    kept, left_out = _kept(moving)
    still = f"{len(result.series) - len(moving):,} rows of things that are always zero"
    said = f"left out, in quantiles.parquet: {', '.join([still, *left_out])}"
    heads = ("measure", *_labels(kept), "date", "mean", "p05", "p50", "p95", "unit")
    title = "By date over the paths: mean, quantiles (p50 is the median)"
    return Page("series", title, f"{len(kept):,} rows; {said}.", heads, kept.select(heads).iter_rows())


def _moving(series: pl.DataFrame) -> pl.DataFrame:
    """Return the series of what is not zero in every period and path."""
    is_zero = (pl.col("minimum") == 0) & (pl.col("maximum") == 0)
    return series.filter(~is_zero.all().over("measure", *LABELS))


def _kept(series: pl.DataFrame) -> tuple[pl.DataFrame, list[str]]:
    """Return the rows of the measures that fit, the first ones first, and the names of those left out."""
    parts = {str(key[0]): part for key, part in series.partition_by("measure", as_dict=True).items()}
    rank = {name: place for place, name in enumerate(FIRST)}
    kept, left_out, count = [series.clear()], [], 0
    for name in sorted(parts, key=lambda name: (rank.get(name, len(rank)), len(parts[name]))):
        if count + len(parts[name]) > MOST_ROWS:
            left_out.append(name)
            continue
        kept.append(parts[name])
        count += len(parts[name])
    return pl.concat(kept), left_out


def _dates(result: Result) -> Page:
    known = ("measure", "holder", "item")
    shares = result.dates.sort(*known, "period", nulls_last=True)
    shares = shares.with_columns(share=pl.col("paths") / pl.col("applies"))
    shares = shares.with_columns(by_then=pl.col("share").cum_sum().over(*known))
    starts = dict(enumerate(result.calendar.starts))
    heads = (*known, "date", "paths", "applies", "share", "share by then")
    rows = (
        (*row[:3], starts.get(row[3], "never by the end"), *row[4:])
        for row in shares.select(
            "measure", "holder", "item", "period", "paths", "applies", "share", "by_then"
        ).iter_rows()
    )
    return Page("dates", "When it happens", "Shares are of the paths to which the measure applies.", heads, rows)


def _plan(result: Result) -> Iterator[Page]:
    """Yield a sheet for each table of a plan that the run carries."""
    for name, title in _PLANNED.items():
        table = plan_table(result.studies, name)
        if len(table):
            heads = [column for column in table.columns if column not in PLAN_LABELS or (table[column] != "").any()]
            yield _whole(name, title, table.select(heads))


def _spares(result: Result) -> Iterator[Page]:
    """Yield a sheet for each table of a study of spares that the run carries."""
    for name, title in _SUSTAINED.items():
        table = with_schema(result.studies.get(name), SUSTAIN_TABLES[name])
        if len(table):
            yield _whole(name, title, table)


def _whole(name: str, title: str, table: pl.DataFrame) -> Page:
    remark = f"{len(table):,} rows" + (f", of which the first {MOST_ROWS:,}" if len(table) > MOST_ROWS else "")
    return Page(name, title, f"{remark}.", table.columns, table.head(MOST_ROWS).iter_rows())


_PLANNED = {
    "plan_about": "How the plan was made, what it costs, and how sure that is",
    "plan_decisions": "Decisions of the first stage; low to high costs at most the share within more in all; before:"
    " without the last iterations of training",
    "plan_seeds": "How training ended with each seed",
    "plan_early": "Means by quarter of the plan and as it is; difference: plan less as it is",
    "plan_side": "Headline numbers on the same paths; difference: plan less as it is, with its 95 % interval",
    "plan_series": "By date over the paths, both sides",
    "plan_replenishment": "Share of paths back at the requirement by each date",
    "plan_values": "What one more unit is worth now",
    "plan_digging": "What the next unit of a stock is worth, by how much is held",
    "plan_limits": "Limits that bind first, and by how much cost falls for one more unit of each",
    "plan_limits_over_time": "Limits that bind by stage: share of paths, and mean worth of one more unit",
    "plan_prices": "Prices used, with the statement and the row of the scenario behind each",
    "plan_path": "What the programme expects, by stage",
    "plan_training": "Iterations of training",
    "plan_information": "What it is worth to plan for chance, and to know the future",
    "plan_delays": "What longer delays cost a plan that knows them",
    "frontier": "What can be traded for what",
}
"""Titles of the sheets of a plan, in their order."""

_SUSTAINED = {
    "sustain_about": "How spares and repair were judged",
    "sustain_fleets": "Systems in service in the long run, by formulas and simulated, with its 95 % interval",
    "sustain_causes": "Systems down by the part that is the cause, mean",
    "sustain_purchases": "What to buy, what pays most first; without a saving: what fits it to budget or targets",
    "sustain_spares": "Spares by part and site; requests by year, waits in days",
    "sustain_servers": "Who repairs; smallest: as many keep up; load: parts under repair, mean",
    "sustain_curve": "Best that each amount of money buys",
    "sustain_checks": "Formulas beside simulation; errors: standard errors apart",
    "sustain_surge": "Systems in service by day where use changes",
}
"""Titles of the sheets of a study of spares, in their order."""


def _assumptions(result: Result) -> Page:
    heads = ("table", "row", "column", "value", "unit", "low", "high", "basis", "source", "address", "note")
    remark = "Each row is one statement about one cell of the scenario; low and high are its range."
    return Page("assumptions", "Where values come from", remark, heads, _origins(result))


def _origins(result: Result) -> Iterator[tuple[Any, ...]]:
    scenario = result.scenario
    sources = {source.name: source for source in scenario.sources}
    cells = {(table, row.key_value()): row for table in TABLES for row in scenario.rows(table)}
    for origin, said in zip(register(scenario), scenario.evidence, strict=True):
        value = getattr(cells.get((origin.table, origin.key)), origin.column, None)
        source = sources.get(said.source)
        told = (source.title, safe_address(source.address)) if source else (said.source, "")
        yield (*origin[:3], value, origin.unit, said.low, said.high, origin.basis, *told, origin.note)


def _measures() -> Page:
    defined = [(m.name, m.title, m.unit, m.formula) for m in MEASURES.values()]
    dated = [(name, "", "date", meaning) for name, meaning in DATE_MEASURES.items()]
    heads = ("measure", "title", "unit", "definition")
    return Page("measures", "What the measures mean", "period is that of the study", heads, [*defined, *dated])


def _provenance(result: Result) -> Page:
    run = result.provenance
    rows = [
        ("to repeat", f"replenish run SCENARIO --paths {run.paths} --seed {run.seed}"),
        ("SCENARIO", "the folder scenario beside this file"),
        ("paths", run.paths),
        ("seed", run.seed),
        ("hash of the input", run.input_hash),
        ("hash of the results", run.array_hash),
        ("ended", run.ended),
        ("kept", run.collected),
        ("started (UTC)", run.started),
        ("seconds", run.seconds),
        *((f"version of {name}", version) for name, version in run.versions.items()),
    ]
    return Page("provenance", "How to repeat this run", "Equal hashes mean equal numbers.", ("what", "value"), rows)


def _labels(frame: pl.DataFrame) -> list[str]:
    """Return the labels that say something in any row."""
    return [name for name in LABELS if (frame[name] != "").any()]


def _write_page(book: Workbook, page: Page, look: Styles) -> None:
    sheet, rows = book.add_worksheet(page.name), list(page.rows)
    put(sheet, 0, 0, page.title, look.title)
    put(sheet, 1, 0, page.remark)
    for place, row in enumerate(rows, HEAD_ROW + 1):
        for column, value in enumerate(row):
            _write_cell(sheet, place, column, value, look)
    last, widths = HEAD_ROW + len(rows), _widths(page.heads, rows)
    for column, head in enumerate(page.heads):
        put(sheet, HEAD_ROW, column, head, look.required)
        sheet.set_column(column, column, widths[column])
    sheet.autofilter(HEAD_ROW, 0, max(last, HEAD_ROW + 1), len(page.heads) - 1)
    sheet.freeze_panes(HEAD_ROW + 1, 1)


def _widths(heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[int]:
    """Return widths of columns [character] that fit their first rows."""
    columns = zip(heads, *rows[:100], strict=True)
    return [min(60, max(11, *(len(cell) + 3 if isinstance(cell, str) else 0 for cell in cells))) for cells in columns]


def _write_cell(sheet: Worksheet, row: int, column: int, value: Any, look: Styles) -> None:
    """Write a value; an infinite number as a word, as a spreadsheet has none.  Most cells are numbers and names."""
    if isinstance(value, float) and math.isfinite(value):
        sheet.write_number(row, column, value)
    elif isinstance(value, float):
        put(sheet, row, column, "" if math.isnan(value) else "infinite")
    elif isinstance(value, str) and value.startswith(("http://", "https://")) and len(value) < LONGEST_LINK:
        sheet.write_url(row, column, value, look.link, value)
    else:
        put(sheet, row, column, value, look.day if isinstance(value, dt.date) else None)
