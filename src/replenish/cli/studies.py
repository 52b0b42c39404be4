"""What the commands of studies do and print."""

from __future__ import annotations

import datetime as dt
import math
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import polars as pl
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from replenish.measures import LABELS
from replenish.report import write_comparison
from replenish.report.numbers import DASH, people, percent, points, quantity
from replenish.report.tornado import write_tornado
from replenish.study import compare as comparing
from replenish.study import rare as rarity
from replenish.study import requirement as requiring
from replenish.study import tornado as tornados

STOPPED = 5
MOST_CELLS = 20
"""Cells that differ, printed for each comparison; the file holds all."""


def compare(first: str, *others: str, is_shown: bool, **options: Any) -> None:
    """Compare and print what differs."""
    with bar(None, is_shown=is_shown) as (shown, task):
        found = comparing.compare(first, *others, progress=lambda count: shown.advance(task, count), **options)
    for (name,), cells in found.inputs.group_by("b", maintain_order=True):
        many = "1 cell differs" if len(cells) == 1 else f"{len(cells)} cells differ"
        print_table(f"{many}: {found.inputs['a'][0]} and {name}", ("cell", "A", "B"), _cells(cells))
        if len(cells) > MOST_CELLS:
            print(f"... {len(cells) - MOST_CELLS} more in {found.folder}/inputs.csv")
    if found.inputs.is_empty():
        print("the inputs are the same")
    if found.differences.is_empty():
        print("no number is kept by path in both; name measures under scalars in [collect]")
    head = ("number", "mean A", "mean B", "B - A", "standard error", "95 % interval", "B higher in")
    for (name,), rows in found.differences.group_by("b", maintain_order=True):
        kind = "same draws, by path" if rows["is_paired"].all() else "independent draws: the seeds differ"
        print_table(f"A {rows['a'][0]}, B {name} ({kind})", head, map(_difference, rows.iter_rows(named=True)))
    assert found.folder is not None  # compare has saved it
    print(f"tables  {found.folder}")
    print(f"page    {write_comparison(found, found.folder / 'compare.html')}")


def tornado(name: str, *, top: int, is_shown: bool, **options: Any) -> int:
    """Rank ranges, print the widest and draw them; return the exit status."""
    with bar(None, is_shown=is_shown) as (shown, task):
        found = tornados.tornado(
            name, progress=lambda done, total: shown.update(task, completed=done, total=total), **options
        )  # fmt: skip
    done = found.rows.filter(pl.col("state") == "done")
    head = ("cell", "value", "low", "high", "at low", "at high", "standard error", "told from none")
    title = f"{found.measure}: {people(found.base)} {found.unit}; change at each end, {found.paths} paths"
    print_table(title, head, map(_range, done.head(top).iter_rows(named=True)))
    skipped = found.rows.filter(pl.col("state") == "skipped")
    unclear = len(done) - int(done["is_distinguishable"].sum())
    print(f"{len(done)} ranges run, {unclear} of them not told from none; {len(skipped)} skipped")
    why = skipped.select(
        pl.when(pl.col("rule") == "").then("reason").otherwise("breaks " + pl.col("rule")).alias("why")
    )
    for reason, count in why.group_by("why", maintain_order=True).len().iter_rows():
        print(f"  {count}: {reason}")
    assert found.folder is not None  # tornado has saved it
    print(f"table    {found.folder / 'tornado.csv'}")
    if len(done):
        print(f"picture  {write_tornado(found, found.folder / 'tornado.svg', top=top)}")
    if not found.is_complete:
        print("replenish: stopped; what was done is kept, --resume goes on with it", file=sys.stderr)
        return STOPPED
    return 0


def rare(name: str, *, is_shown: bool, **options: Any) -> None:
    """Estimate rare stock-outs and print them."""
    with bar(None, is_shown=is_shown) as (shown, task):
        found = rarity.rare(name, progress=lambda count: shown.advance(task, count), **options)
    head = ("demand", "probability", "standard error", "effective", "largest weight", "plain", "variance ratio")
    title = (
        f"Not issued in full by the end of the horizon; tilt {', '.join(map(str, found.tilts))}, {found.paths} paths"
    )
    print_table(title, head, map(_estimate, found.estimates.iter_rows(named=True)))
    for warning in found.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    print(f"table  {found.folder}/estimates.csv")


def requirement(name: str, *, date: dt.date | None) -> None:
    """Print the years to the requirement of each stock."""
    found = requiring.requirement(name, date=date)
    if found.is_empty():
        print(f"{name}: no stock has a requirement")
        return
    head = (
        "stock",
        "on hand",
        "required",
        "lacks",
        "own use a year",
        "made a year",
        "years",
        "replaced in",
        "money a year",
    )
    title = "Years to requirement, at the rates of now / at full capacity; years to replace what lacks"
    print_table(title, head, map(_stock, found.iter_rows(named=True)))


def _cells(cells: pl.DataFrame) -> Iterator[tuple[str, ...]]:
    for row in cells.head(MOST_CELLS).iter_rows(named=True):
        place = " ".join(filter(None, (row["table_name"], row["row_key"], row["column"])))
        yield place, row["value_a"] or DASH, row["value_b"] or DASH


def _difference(row: dict[str, Any]) -> tuple[str, ...]:
    name = "/".join(filter(None, (row["measure"], *(row[label] for label in LABELS))))
    numbers = (row[column] for column in ("mean_a", "mean_b", "difference", "standard_error"))
    interval = DASH if row["low"] is None else f"{short(row['low'])} to {short(row['high'])}"
    known = "" if row["applies_a"] == row["applies_b"] == 1 else f" ({_shares(row['applies_a'], row['applies_b'])})"
    return f"{name} [{row['unit']}]{known}", *map(short, numbers), interval, percent(row["share_higher"])


def _shares(in_a: float, in_b: float) -> str:
    """Return in how many paths a number is there at all; what is compared are those in which both have it."""
    return f"in {percent(in_a)} of A, {percent(in_b)} of B"


def _range(row: dict[str, Any]) -> tuple[str, ...]:
    cell = " ".join((row["table_name"], row["row_key"], row["column"]))
    errors = [error for end in ("low", "high") if (error := row[f"effect_{end}_error"]) is not None]
    numbers = (row[column] for column in ("value", "low", "high", "effect_low", "effect_high"))
    return cell, *map(short, numbers), short(max(errors, default=None)), "yes" if row["is_distinguishable"] else "no"


def _estimate(row: dict[str, Any]) -> tuple[str, ...]:
    name = "/".join(filter(None, (row["holder"], row["item"], row["purpose"]))) or "any demand"
    plain = f"{row['crude_probability']:.3g} ± {row['crude_standard_error']:.2g}"
    return (
        name,
        f"{row['probability']:.3g}",
        f"{row['standard_error']:.2g}",
        f"{row['effective_stock_outs']:.0f} of {row['stock_outs']}",
        points(row["largest_weight_share"]),
        plain,
        short(row["variance_ratio"]),
    )


def _stock(row: dict[str, Any]) -> tuple[str, ...]:
    units = (people(row[column]) for column in ("requirement", "shortfall", "use"))
    rates = " / ".join(people(row[column]) for column in ("rate_now", "rate_full"))
    years = " / ".join(_years(row[column]) for column in ("years_now", "years_full"))
    spend = DASH if row["yearly_money"] is None else f"{row['currency']} {people(row['yearly_money'])}"
    held = quantity(row["on_hand"], row["unit"])
    return f"{row['holder']} {row['item']}", held, *units, rates, years, _years(row["replacement_years"]), spend


def _years(value: float) -> str:
    return "never" if math.isinf(value) else f"{value:.1f}"


def short(value: float | None) -> str:
    """Return a number as people read it; a dash where there is none."""
    return DASH if value is None or math.isnan(value) else people(value)


def print_table(title: str, head: Sequence[str], rows: Iterable[tuple[str, ...]]) -> None:
    """Print a table; text from files is printed as it is, never as markup."""
    table = Table(title=Text(title), title_justify="left")
    for place, name in enumerate(head):
        table.add_column(Text(name), overflow="fold", justify="right" if place else "left")
    for row in rows:
        table.add_row(*map(Text, row))
    is_wide_known = sys.stdout.isatty() or "COLUMNS" in os.environ
    Console(width=None if is_wide_known else 140).print(table)


@contextmanager
def bar(total: int | None, *, is_shown: bool) -> Iterator[tuple[Progress, TaskID]]:
    """Show a progress bar on the error stream, where it does not mix with results."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not is_shown or not console.is_terminal) as shown:
        yield shown, shown.add_task("simulating", total=total)
