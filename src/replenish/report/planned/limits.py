"""Which limits hold the plan back in which years: strips over time, and a table."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from typing import Any, NamedTuple

import polars as pl

from replenish.report import drawing as draw
from replenish.report.drawing import Row
from replenish.report.figure import Drawing, Figure, Numbers, figure
from replenish.report.numbers import count, money, percent, span
from replenish.report.planned.courses import programme
from replenish.report.planned.facts import Planned, thing
from replenish.report.tables import Cell, Table, number
from replenish.result import PLAN_LABELS

MOST_STRIPS = 12
"""Limits in the picture; the table has more, the workbook all."""

MOST_ROWS = 30
LONGEST = 50
"""Letters that fit over a strip."""

SHORT = {
    "capacity": "highest rate", "ramp": "ramp", "minimum": "minimum rate", "floor": "floor",
    "own_need_first": "own need first", "gate": "gate on releases", "route": "route", "storage": "storage",
    "budget": "budget", "budget_gate": "gate on the budget", "order_gate": "gate on orders",
    "counted": "pledges", "is_open": "keeping it open",
}  # fmt: skip
"""Limits in few words."""


class _Bound(NamedTuple):
    """One limit: its names, what it is called, its stages (`date`, `share`, `price`), and its mean share."""

    names: Mapping[str, Any]
    name: str
    rows: pl.DataFrame
    mean: float


def _bound(planned: Planned) -> list[_Bound]:
    """Return the limits that ever bind, those that do for longest first.

    That an expansion is built once is left out: it binds from its start on, and would crowd out all others.
    """
    rows = planned.table("plan_limits_over_time").filter(pl.col("share") > 0, pl.col("rule") != "left")
    stages = planned.number("stages") or max(1, rows["date"].n_unique())
    found = []
    for part in rows.partition_by("rule", *PLAN_LABELS, maintain_order=True):
        first = part.row(0, named=True)
        name = f"{thing(planned.view, first)}: {SHORT.get(first['rule'], first['title'])}"
        found.append(_Bound(first, name, part.sort("date"), float(part["share"].sum()) / stages))
    return sorted(found, key=lambda row: -row.mean)


def over_time(planned: Planned) -> Figure | None:
    """Return strips over time of the share of paths on which limits bind, about the main item or about no item."""
    bound = [row for row in _bound(planned) if row.names["item"] in ("", planned.view.item)]
    if not bound:
        return None
    shown = bound[:MOST_STRIPS]
    named = [(_clipped(row.name), _runs(planned, row.rows)) for row in shown]
    title = f"{shown[0].name} binds longest, over {percent(shown[0].mean)} of the horizon (mean of paths)"
    part = f"{len(shown)} of {count(len(bound))} limits; " if len(bound) > len(shown) else ""
    detail = f"{part}share of paths on which a limit binds: pale none, full colour all"
    drawing = Drawing(draw.strips(planned.view, named, draw.PURPLE), _numbers(shown), height=draw.STRIP * len(shown))
    return figure(planned.view, "plan-limits-over-time", title, drawing, detail=detail, origin=programme(planned))


def _clipped(name: str) -> str:
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1].rstrip(' ,:')}\u2026"


def _runs(planned: Planned, rows: pl.DataFrame) -> list[Row]:
    """Return stages as rows of a strip, neighbours of one share as one."""
    calendar = planned.view.result.calendar
    length = int(planned.number("stage_periods") or 1)
    found: list[Row] = []
    for day, share in rows.select("date", "share").iter_rows():
        end = bisect_right(calendar.starts, day) - 1 + length
        last, told = draw.moment(calendar.bounds[min(end, len(calendar))]), draw.clamp(share)
        if found and found[-1]["end"] == draw.moment(day) and found[-1]["share"] == told:
            found[-1]["end"] = last
        else:
            found.append({"x": draw.moment(day), "end": last, "share": told})
    return found


def _numbers(shown: list[_Bound]) -> Numbers:
    """Return the shares by stage, one column for each limit."""
    dates = sorted({day for row in shown for day in row.rows["date"].to_list()})
    shares = [dict(row.rows.select("date", "share").iter_rows()) for row in shown]
    body = [[day.isoformat(), *(own.get(day, 0.0) for own in shares)] for day in dates]
    told = "; ".join(f"{row.name}, {percent(row.mean)} of the horizon" for row in shown)
    return Numbers(("stage from", *(row.name for row in shown)), body, f"How long limits bind: {told}.")


def limits_over_time(planned: Planned) -> Table | None:
    """Return when each limit binds, on how many paths, and when one more unit is worth most."""
    bound = _bound(planned)
    body = [_row(planned, row) for row in bound[:MOST_ROWS]]
    cut = f" ({MOST_ROWS} of {count(len(bound))})" if len(bound) > MOST_ROWS else ""
    caption = f"Limits by how long they bind, but expansions that are built; prices are means over paths{cut}"
    heads = ("Limit", "Of", "From first to last", "Part of the horizon", "One more is worth at most", "When")
    return Table(caption, heads, body) if body else None


def _row(planned: Planned, row: _Bound) -> tuple[Cell, ...]:
    dearest = row.rows.sort("price", descending=True, maintain_order=True).row(0, named=True)
    ends = (row.rows["date"].to_list()[place] for place in (0, -1))
    return (
        Cell(row.names["title"] or row.names["rule"].replace("_", " ")), Cell(thing(planned.view, row.names)),
        number(span(*(planned.when(day) for day in ends))), number(percent(row.mean)),
        number(money(dearest["price"], planned.currency)), number(planned.when(dearest["date"])),
    )  # fmt: skip
