"""What comes of cases and of doubtful values, beside the run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from replenish.measures import LABELS, REPLENISHMENT
from replenish.report import drawing as draw
from replenish.report import titles
from replenish.report.bars import Bar, named_bars
from replenish.report.drawing import Key
from replenish.report.figure import Drawing, Figure, Numbers, figure
from replenish.report.numbers import people, percent
from replenish.report.titles import Beside
from replenish.report.view import View
from replenish.study.delay_costs import DEEPEST

CASE_KEYS = (
    Key(draw.BLUE, "difference with its 95\xa0% interval", "point"),
    Key(draw.GREY, "cannot be told from none", "point"),
)
TORNADO_KEYS = (
    Key(draw.BLUE, "at the low end", "area"),
    Key(draw.ORANGE, "at the high end", "area"),
    Key(draw.GREY, "cannot be told from none", "area"),
)
_ORDER = ("fill_rate", "unmet_cumulative", DEEPEST, REPLENISHMENT, "spend_cumulative")
"""Numbers that are drawn, in this order."""

SHOWN = 15
"""Doubtful values in a picture."""


def cases(view: View) -> list[Figure]:
    """Return what each case changes in the numbers that matter most, one picture for each number."""
    table = view.result.studies.get("cases")
    if table is None or table.is_empty():
        return []
    names = {name: view.case(name) for name in table["b"].unique()}
    title = pl.col("b").replace_strict(names, return_dtype=pl.String)
    titled = table.with_columns(title=title, all=pl.lit(view.result.provenance.paths))
    return beside(view, titled, "cases", titles.IN_CASE)


def beside(view: View, table: pl.DataFrame, key: str, words: Beside) -> list[Figure]:
    """Return by how much other runs differ from the run in the numbers that matter most.

    `table` has the columns of `compare.Comparison.differences`, the `title` of each run and the number of paths, `all`.
    """
    groups = table.partition_by(["measure", *LABELS], maintain_order=True)
    shown = [group for group in groups if _is_main(view, group.row(0, named=True))]
    known = [group for group in shown if _is_date(group) or not group["difference"].is_null().all()]
    ordered = sorted(known, key=lambda group: _ORDER.index(group["measure"][0]))
    return [(_returns if _is_date(group) else _changes)(view, group, key, words) for group in ordered]


def _is_date(group: pl.DataFrame) -> bool:
    return bool(group["measure"][0] == REPLENISHMENT)


def _is_main(view: View, row: dict[str, Any]) -> bool:
    """Return whether a number is about the whole study, the recipient, or a main stock."""
    if row["measure"] == REPLENISHMENT:
        return bool(row["item"] == view.item)
    if row["measure"] == DEEPEST:
        return bool(row["item"] == view.item and row["holder"] not in view.groups)
    if row["measure"] == "spend_cumulative":
        return not row["holder"]
    return row["measure"] in _ORDER and (row["holder"], row["item"]) == (view.recipient, view.item)


def _returns(view: View, group: pl.DataFrame, key: str, words: Beside) -> Figure:
    """Return by how much each case changes the share of paths in which a stock is back at its requirement."""
    before, after = pl.col("applies_a"), pl.col("applies_b")
    variance = (before * (1 - before) + after * (1 - after)) / pl.col("all")
    half = 196 * variance.sqrt()  # of two independent samples: too wide, if anything
    gain = 100 * (after - before)
    rows = group.with_columns(difference=gain, low=gain - half, high=gain + half).to_dicts()
    first, end = rows[0], view.when(view.last)
    name = f"{view.title('holders', first['holder'])} back at its requirement by {end}"
    bars = [_interval(row) for row in rows]
    kept = ("applies_a", "applies_b", "difference")
    shares = ("as it is, share of paths", f"{words.column}, share of paths")
    told = ", ".join(f"{row['title']} {percent(row['applies_b'])}" for row in rows)
    numbers = Numbers(
        (words.row, *shares, "difference, percentage points"),
        [[row["title"], *(row[column] for column in kept)] for row in rows],
        f"Share of paths: as it is {percent(first['applies_a'])}; {told}.",
    )  # fmt: skip
    drawing = Drawing(named_bars(bars, "change, percentage points"), numbers, height=len(bars) * draw.STRIP)
    return figure(view, f"{key}-back-{first['holder']}", titles.returns_title(name, rows, words), drawing)


def _changes(view: View, group: pl.DataFrame, key: str, words: Beside) -> Figure:
    is_share = group["unit"][0] == "share"
    rows = group.with_columns(pl.col("difference", "low", "high") * (100.0 if is_share else 1.0)).to_dicts()
    first = rows[0]
    bars = [_interval(row) for row in rows if row["difference"] is not None]
    name = titles.number_name(view, first)
    unit = titles.number_unit(view, first["unit"])
    columns = (words.row, "as it is, mean", f"{words.column}, mean", "difference", "low", "high")
    kept = ("mean_a", "mean_b", "difference", "low", "high")
    numbers = Numbers(
        columns, [[row["title"], *(row[column] for column in kept)] for row in rows],
        f"Change of {name}, each {words.column}: {_spoken(rows, unit)}",
    )  # fmt: skip
    drawing = Drawing(named_bars(bars, f"change, {{}} {unit}"), numbers, height=max(1, len(bars)) * draw.STRIP)
    place = "-".join(filter(None, (key, first["measure"], *(first[label] for label in LABELS))))
    detail = f"{view.case(first['a'])}: {_level(view, first)}"
    return figure(view, place, titles.cases_title(name, unit, rows, words), drawing, detail=detail)


def _level(view: View, row: dict[str, Any]) -> str:
    """Return the mean of a number in the run."""
    value = row["mean_a"]
    if row["unit"] == "share" or value is None:
        return percent(value)
    return f"{people(value)} {titles.number_unit(view, row['unit'])} (mean)"


def _interval(row: dict[str, Any]) -> Bar:
    low, high = (row["difference"] if row[end] is None else row[end] for end in ("low", "high"))
    colour = draw.GREY if low <= 0 <= high else draw.BLUE
    return Bar(row["title"], [(low, high, colour)], row["difference"])


def _spoken(rows: Sequence[dict[str, Any]], unit: str) -> str:
    told = [f"{row['title']} {people(row['difference'])}" for row in rows if row["difference"] is not None]
    return f"{', '.join(told)} {unit}.".replace(" .", ".")


def tornado(view: View) -> Figure | None:
    """Return by how much the number of an attached sensitivity study changes with each doubtful value."""
    table = view.result.studies.get("tornado")
    done = None if table is None else table.filter(pl.col("state") == "done")
    if done is None or done.is_empty():
        return None
    first = done.row(0, named=True)
    detail = (
        f"{first['number']}: {people(first['base'])} at the values of the scenario; {first['paths']:,} paths a run;"
        f" {min(SHOWN, len(done))} widest of {len(done)} ranges"
    )
    title = f"{titles.cell_name(first)} matters most"
    return figure(view, "tornado", title, tornado_drawing(done, first["number"], first["number_unit"]), detail=detail)


def tornado_drawing(done: pl.DataFrame, number: str, unit: str, *, top: int = SHOWN) -> Drawing:
    """Return a bar from the effect at the low end to that at the high end for each range, the widest first."""
    rows = done.head(top).to_dicts()
    bars = [Bar(name, _ends(row)) for name, row in zip(_numbered(rows), rows, strict=True)]
    kept = ("value", "low", "high", "effect_low", "effect_high")
    numbers = Numbers(
        ("value that is varied", "value", "low", "high", "change at low", "change at high"),
        [[name, *(row[column] for column in kept)] for name, row in zip(_numbered(rows), rows, strict=True)],
        f"Change of {number} at the low and the high end of each value, the widest first.",
    )
    layers = named_bars(bars, f"change of {number}, {{}} {unit}")
    return Drawing(layers, numbers, height=max(1, len(bars)) * draw.STRIP)


def _ends(row: dict[str, Any]) -> list[tuple[float, float, str]]:
    colours = {"low": draw.BLUE, "high": draw.ORANGE}
    return [
        (0.0, row[f"effect_{end}"], colours[end] if row["is_distinguishable"] else draw.GREY)
        for end in ("low", "high")
        if row[f"effect_{end}"] is not None
    ]


def _numbered(rows: Sequence[dict[str, Any]]) -> list[str]:
    """Return the names of the cells; a cell with several ranges is numbered."""
    names = [titles.cell_name(row) for row in rows]
    return [
        f"{name} ({names[:place].count(name) + 1})" if name in names[:place] else name
        for place, name in enumerate(names)
    ]
