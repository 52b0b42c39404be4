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
from replenish.report.view import View

CASE_KEYS = (
    Key(draw.BLUE, "difference with its 95\xa0% interval", "point"),
    Key(draw.GREY, "cannot be told from none", "point"),
)
TORNADO_KEYS = (
    Key(draw.BLUE, "at the low end", "area"),
    Key(draw.ORANGE, "at the high end", "area"),
    Key(draw.GREY, "cannot be told from none", "area"),
)
_ORDER = ("fill_rate", "unmet_cumulative", REPLENISHMENT, "spend_cumulative")
"""Numbers that are drawn, in this order."""

SHOWN = 15
"""Doubtful values in a picture."""


def cases(view: View) -> list[Figure]:
    """Return what each case changes in the numbers that matter most, one picture for each number."""
    table = view.result.studies.get("cases")
    if table is None or table.is_empty():
        return []
    groups = table.partition_by(["measure", *LABELS], maintain_order=True)
    shown = [group for group in groups if _is_main(view, group.row(0, named=True))]
    known = [group for group in shown if _is_date(group) or not group["difference"].is_null().all()]
    ordered = sorted(known, key=lambda group: _ORDER.index(group["measure"][0]))
    return [_returns(view, group) if _is_date(group) else _cases(view, group) for group in ordered]


def _is_date(group: pl.DataFrame) -> bool:
    return bool(group["measure"][0] == REPLENISHMENT)


def _is_main(view: View, row: dict[str, Any]) -> bool:
    """Return whether a number is about the whole study, the recipient, or the date on which a main stock is back."""
    if row["measure"] == REPLENISHMENT:
        return bool(row["item"] == view.item)
    if row["measure"] == "spend_cumulative":
        return not row["holder"]
    return row["measure"] in _ORDER and (row["holder"], row["item"]) == (view.recipient, view.item)


def _returns(view: View, group: pl.DataFrame) -> Figure:
    """Return by how much each case changes the share of paths in which a stock is back at its requirement."""
    before, after = pl.col("applies_a"), pl.col("applies_b")
    variance = (before * (1 - before) + after * (1 - after)) / view.result.provenance.paths
    half = 196 * variance.sqrt()  # of two independent samples: too wide, if anything
    gain = 100 * (after - before)
    rows = group.with_columns(difference=gain, low=gain - half, high=gain + half).to_dicts()
    first, end = rows[0], view.when(view.last)
    name = f"{view.title('holders', first['holder'])} back at its requirement by {end}"
    bars = [_interval(view, row) for row in rows]
    kept = ("applies_a", "applies_b", "difference")
    columns = ("case", "as it is, share of paths", "in the case, share of paths", "difference, percentage points")
    told = ", ".join(f"{view.case(row['b'])} {percent(row['applies_b'])}" for row in rows)
    numbers = Numbers(
        columns, [[view.case(row["b"]), *(row[column] for column in kept)] for row in rows],
        f"Share of paths: as it is {percent(first['applies_a'])}; {told}.",
    )  # fmt: skip
    drawing = Drawing(named_bars(bars, "change, percentage points"), numbers, height=len(bars) * draw.STRIP)
    return figure(view, f"cases-back-{first['holder']}", titles.returns_title(view, name, rows), drawing)


def _cases(view: View, group: pl.DataFrame) -> Figure:
    is_share = group["unit"][0] == "share"
    rows = group.with_columns(pl.col("difference", "low", "high") * (100.0 if is_share else 1.0)).to_dicts()
    first = rows[0]
    bars = [_interval(view, row) for row in rows if row["difference"] is not None]
    name = titles.number_name(view, first)
    unit = titles.number_unit(view, first["unit"])
    columns = ("case", "as it is, mean", "in the case, mean", "difference", "low", "high")
    kept = ("mean_a", "mean_b", "difference", "low", "high")
    numbers = Numbers(
        columns, [[view.case(row["b"]), *(row[column] for column in kept)] for row in rows],
        f"Change of {name} in each case: {_spoken(view, rows, unit)}",
    )  # fmt: skip
    drawing = Drawing(named_bars(bars, f"change, {{}} {unit}"), numbers, height=max(1, len(bars)) * draw.STRIP)
    key = "-".join(filter(None, ("cases", first["measure"], *(first[label] for label in LABELS))))
    detail = f"{view.case(first['a'])}: {_level(view, first)}"
    return figure(view, key, titles.cases_title(view, name, unit, rows), drawing, detail=detail)


def _level(view: View, row: dict[str, Any]) -> str:
    """Return the mean of a number in the run."""
    value = row["mean_a"]
    if row["unit"] == "share" or value is None:
        return percent(value)
    return f"{people(value)} {titles.number_unit(view, row['unit'])} (mean)"


def _interval(view: View, row: dict[str, Any]) -> Bar:
    low, high = (row["difference"] if row[end] is None else row[end] for end in ("low", "high"))
    colour = draw.GREY if low <= 0 <= high else draw.BLUE
    return Bar(view.case(row["b"]), [(low, high, colour)], row["difference"])


def _spoken(view: View, rows: Sequence[dict[str, Any]], unit: str) -> str:
    told = [f"{view.case(row['b'])} {people(row['difference'])}" for row in rows if row["difference"] is not None]
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
