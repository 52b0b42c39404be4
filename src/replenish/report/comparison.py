"""Scenarios or runs side by side as one page: what differs in the input, in the numbers, and in the pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from replenish.report import charts, facts, tables, titles
from replenish.report.drawing import Key
from replenish.report.figure import Figure
from replenish.report.numbers import DASH, count, people, percent, span
from replenish.report.rendering import render
from replenish.report.tables import Cell, Table, number
from replenish.report.view import View, look_at
from replenish.study.compare import Comparison


class Shown(NamedTuple):
    """A picture of one side; None where its run has nothing to show."""

    name: str
    figure: Figure | None


@dataclass(frozen=True, slots=True)
class Pairs:
    """A section of pictures side by side, all of a row drawn to the same scale."""

    anchor: str
    heading: str
    keys: Sequence[Key]
    rows: Sequence[Sequence[Shown]]


def write_comparison(found: Comparison, path: Path) -> Path:
    """Write a comparison as a page to `path` and return it; the file opens anywhere, without a network."""
    path.write_text(comparison_to_html(found), encoding="utf-8")
    return path


def comparison_to_html(found: Comparison) -> str:
    """Return a comparison as one HTML page."""
    found = _named(found)
    views = _views(found)
    first = views[0]
    figures = charts.cases(replace(first, result=replace(first.result, studies={"cases": found.differences})))
    is_paired = bool(found.differences["is_paired"].all())
    return render(
        "compare.html.j2",
        title=f"Comparison: {first.scenario.settings.title}",
        sub=f"{', '.join(found.names[1:])} against {found.names[0]}",
        headline=_headline(found, figures),
        lead=_lead(is_paired=is_paired),
        keys=charts.CASE_KEYS,
        figures=figures,
        differences=[_differences(first, name, own) for name, own in _by_side(found.differences)],
        inputs=[_inputs(name, own) for name, own in _by_side(found.inputs)],
        sections=[section for section in _sections(found.names, views) if section.rows],
        version=first.result.provenance.versions.get("replenish", ""),
        origin="runs of scenarios",
    )


def _named(found: Comparison) -> Comparison:
    """Return a comparison with names for people: titles of cases, and folders without their path."""
    view = look_at(found.results[0])
    plain = [view.case(name) if ":" in name else Path(name).name or name for name in found.names]
    names = plain if len(set(plain)) == len(plain) else list(found.names)
    told = dict(zip(found.names, names, strict=True))
    sides = [pl.col(side).replace(told) for side in ("a", "b")]
    return replace(
        found, names=tuple(names), inputs=found.inputs.with_columns(sides),
        differences=found.differences.with_columns(sides),
    )  # fmt: skip


def _views(found: Comparison) -> list[View]:
    """Return the runs, each to be drawn to the scale of all, about what the first is about."""
    first = look_at(found.results[0])
    views = [View(result, first.item, first.recipient) for result in found.results]
    return [replace(view, peers=tuple(views)) for view in views]


def _headline(found: Comparison, figures: Sequence[Figure]) -> str:
    cells = f"{count(len(found.inputs))} {'cell differs' if len(found.inputs) == 1 else 'cells differ'}"
    return figures[0].title if figures else f"{cells} in the input; no number is kept by path in all runs"


def _lead(*, is_paired: bool) -> str:
    if is_paired:
        return (
            "All runs meet the same random futures, so that each difference is taken path by path and what remains is"
            " due to the input; bars and ranges are 95\xa0% confidence intervals."
        )
    return (
        "The runs have different seeds: differences are between independent samples, and their 95\xa0% confidence"
        " intervals hold the chance of both. Runs of one seed would be compared path by path, far more sharply."
    )


def _by_side(frame: pl.DataFrame) -> Iterator[tuple[str, pl.DataFrame]]:
    for (name,), own in frame.group_by("b", maintain_order=True):
        yield str(name), own


def _inputs(name: str, cells: pl.DataFrame) -> Table:
    first = str(cells["a"][0])
    return Table(f"{first} and {name}{tables.cut(cells)}", ("Cell", first, name), tables.differing(cells))


def _differences(view: View, name: str, rows: pl.DataFrame) -> Table:
    first = str(rows["a"][0])
    columns = ("Number", first, name, "Difference", "95\xa0% interval", f"Higher in {name}")
    body = [_difference(view, row) for row in rows.iter_rows(named=True)]
    return Table(f"{name} less {first}: means over paths", columns, body)


def _difference(view: View, row: dict[str, Any]) -> tuple[Cell, ...]:
    def told(value: float | None) -> str:
        return percent(value) if row["unit"] == "share" else people(value)

    interval = DASH if row["low"] is None else span(_points(row, "low"), _points(row, "high"))
    is_clear = row["low"] is not None and not row["low"] <= 0 <= row["high"]
    unit = titles.number_unit(view, row["unit"])
    is_partial = min(row["applies_a"], row["applies_b"]) < 1
    there = f"; there in {percent(row['applies_a'])} and {percent(row['applies_b'])} of paths" if is_partial else ""
    return (
        Cell(f"{titles.number_name(view, row)} [{unit if row['unit'] != 'share' else 'share'}]{there}"),
        number(told(row["mean_a"])),
        number(told(row["mean_b"])),
        Cell(_points(row, "difference"), "number" if is_clear else "note"),
        number(interval),
        number(percent(row["share_higher"])),
    )


def _points(row: dict[str, Any], column: str) -> str:
    value = row[column]
    if value is None:
        return DASH
    sign = "+" if value > 0 else ""
    return f"{sign}{people(100 * value)}\xa0points" if row["unit"] == "share" else f"{sign}{people(value)}"


def _sections(names: Sequence[str], views: Sequence[View]) -> list[Pairs]:
    """Return the pictures of all runs, those of the same thing beside one another."""
    lines = _union(views, lambda view: facts.products(view, view.item))
    holders = _union(views, lambda view: [h for h in view.holders_of(view.item) if facts.is_shown(view, h)])
    donors = _union(views, lambda view: view.donors())
    need = [charts.need(view) for view in views]
    return [
        Pairs("stocks", "Stocks against requirements", charts.STOCK_KEYS,
              [_row(names, views, partial(_stock, holder=holder)) for holder in holders]),
        Pairs("need", "Need, issued, unmet", charts.NEED_KEYS,
              [[Shown(name, own[place] if own else None) for name, own in zip(names, need, strict=True)]
               for place in range(max(map(len, need), default=0))]),
        Pairs("production", "Production and what holds it back",
              (*charts.PRODUCTION_KEYS, *charts.limit_keys(views[0], views[0].item)),
              [_row(names, views, partial(_production, line=line)) for line in lines]),
        Pairs("deliveries", "Deliveries and pledges", charts.DELIVERY_KEYS,
              [_row(names, views, partial(_deliveries, donor=donor)) for donor in donors]),
        Pairs("money", "Money", (), [_row(names, views, charts.spend_by_year)]),
    ]  # fmt: skip


def _row(names: Sequence[str], views: Sequence[View], draw: Callable[[View], Figure | None]) -> list[Shown]:
    return [Shown(name, draw(view)) for name, view in zip(names, views, strict=True)]


def _union(views: Sequence[View], find: Callable[[View], Sequence[str]]) -> list[str]:
    return list(dict.fromkeys(name for view in views for name in find(view)))


def _stock(view: View, holder: str) -> Figure | None:
    return charts.stock(view, holder) if holder in view.holders_of(view.item) else None


def _production(view: View, line: str) -> Figure | None:
    return charts.production(view, line, view.item) if len(view.product("production", line, view.item)) else None


def _deliveries(view: View, donor: str) -> Figure | None:
    return charts.deliveries(view, donor) if donor in view.donors() else None
