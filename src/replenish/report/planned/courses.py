"""Pictures over time: both sides of a run beside each other, first quarters, and the programme's own course."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

import polars as pl

from replenish.report import drawing as draw
from replenish.report.charts.common import FAN
from replenish.report.drawing import Key
from replenish.report.facts import LEAST
from replenish.report.figure import Drawing, Figure, Numbers, by_date, figure
from replenish.report.numbers import NBSP, count, percent, plural, quantity
from replenish.report.planned import words
from replenish.report.planned.facts import Planned, amount, thing
from replenish.report.view import View
from replenish.result import PLAN_LABELS

PLAN, AS_IS = draw.BLUE, draw.ORANGE
SIDES = (("plan", "plan", PLAN), ("as_is", "as it is", AS_IS))
SIDE_KEYS = (
    Key(PLAN, "the plan, median", "line"),
    Key(PLAN, f"the plan, 90{NBSP}% of paths", "band"),
    Key(AS_IS, "as it is, median", "line"),
    Key(AS_IS, f"as it is, 90{NBSP}% of paths", "band"),
    Key(draw.VERMILLION, "requirement (median)", "dash"),
)
_NAMES = ["holder", "item", "purpose", "line", "to_holder"]
LINE_KEYS = (Key(PLAN, "the plan", "line"), Key(AS_IS, "as it is", "line"))
PATH_KEYS = FAN
PATH_COLUMNS = ("p05", "p25", "p50", "p75", "p95")

SMALL = 1e-3
"""Part of a mean by which another item must change to be shown."""

MOST_OTHERS = 12
"""Pictures of things that are folded away."""

_MEASURES = ("on_hand", "delivered", "production", "unmet_cumulative", "spend_cumulative")
"""Measures that are drawn for the main item, in this order."""

_PATHS = {
    "order": "orders", "shipped": "ships", "start": "starts", "added": "capacity added", "unmet": "unmet",
    "shortfall": "short", "run": "capacity used", "on_hand": "on hand",
}  # fmt: skip


def sides(planned: Planned) -> list[Figure]:
    """Return stocks, deliveries, production, unmet need and spend of both sides, about the main item or all of them."""
    return list(_sides(planned, planned.of_item("plan_series"), _MEASURES))


def other_sides(planned: Planned) -> list[Figure]:
    """Return stocks and production of other items that the plan changes."""
    own = pl.col("item").is_in(["", planned.view.item])
    table = planned.table("plan_series").filter(~own)
    keys = ["measure", *_NAMES]
    by_side = table.group_by(*keys, "side").agg(pl.col("mean").sum())
    changed = by_side.group_by(keys).agg(
        ((pl.col("mean").max() - pl.col("mean").min()) > SMALL * pl.col("mean").max()).alias("is_changed")
    )
    moved = table.join(changed.filter("is_changed"), on=keys, how="semi", maintain_order="left")
    return list(_sides(planned, moved, ("on_hand", "production")))[:MOST_OTHERS]


def _sides(planned: Planned, table: pl.DataFrame, measures: Sequence[str]) -> Iterator[Figure]:
    view = planned.view
    series = planned.with_periods(table.filter(~pl.col("holder").is_in(view.groups)))
    holders = ["", *(row.name for row in view.scenario.holders)]
    rank = pl.col("holder").replace_strict(holders, list(range(len(holders))), default=len(holders))
    for measure in measures:
        own = _drawn(view, measure, series.filter(pl.col("measure") == measure))
        for frame in own.sort(rank, maintain_order=True).partition_by(_NAMES, maintain_order=True):
            if (frame["p95"] > LEAST).any():
                yield _side(planned, measure, frame)


def _drawn(view: View, measure: str, series: pl.DataFrame) -> pl.DataFrame:
    """Return the series that are drawn: of single things, of deliveries to the recipient, of money the sum over all."""
    if measure == "spend_cumulative":
        totals = series.filter(pl.col("purpose") == "")
        return whole if len(whole := totals.filter(pl.col("holder") == "")) else totals
    if measure == "delivered":
        return series.filter(pl.col("to_holder").is_in([view.recipient, ""]))
    return series.filter(pl.col("holder") != "")


def _side(planned: Planned, measure: str, frame: pl.DataFrame) -> Figure:
    """Return one measure of one thing, both sides over one another."""
    view, names = planned.view, {name: str(frame[name][0]) for name in _NAMES}
    holder, item = names["holder"], names["item"]
    unit = planned.currency if measure == "spend_cumulative" else plural(view.unit(item))
    per = f" a {view.result.calendar.period}" if measure in ("delivered", "production") else ""
    frames = {name: frame.filter(pl.col("side") == side) for side, name, _ in SIDES}
    required = view.select("requirement", holder=holder, item=item) if measure == "on_hand" else frame.clear()
    is_required = len(required) > 0 and bool((required["p50"] > 0).any())
    top = max(draw.largest(frame, "p95"), draw.largest(required, "p50") if is_required else 0.0)
    on = draw.panel(view, f"{unit}{per}", top)
    layers = [
        layer
        for _, name, colour in reversed(SIDES)
        for layer in draw.band(on, draw.rows(view, frames[name], ("p05", "p50", "p95"), on.factor), colour)
    ]
    if is_required:
        limit = draw.rows(view, required, ("p50",), on.factor)
        layers.append(draw.line(on, limit, "p50", colour=draw.VERMILLION, dashed="step"))
        frames["requirement"] = required.select("period", "p50")
    drawing = Drawing(layers, by_date(view, frames))
    key = "-".join(filter(None, ("plan", measure, *names.values())))
    return figure(view, key, _side_title(planned, measure, names, frame), drawing, origin=both(planned))


def both(planned: Planned) -> str:
    """Return what the numbers of both sides rest on."""
    paths = planned.number("paths") or planned.view.result.provenance.paths
    return f"Simulation of {count(int(paths))} paths, the plan and as it is on the same draws"


def programme(planned: Planned) -> str:
    """Return what numbers of the programme rest on."""
    return ", ".join(filter(None, ("The plan's own programme", words.stage_words(planned))))


def _side_title(planned: Planned, measure: str, names: dict[str, str], frame: pl.DataFrame) -> str:
    unit = planned.currency if measure == "spend_cumulative" else planned.view.unit(names["item"])
    name = thing(planned.view, names)
    name = name if names["holder"] else f"All{' to ' + name.rpartition(' to ')[2] if names['to_holder'] else ''}"
    plan, as_is = (_told(frame.filter(pl.col("side") == side), measure) for side, _, _ in SIDES)
    ours, theirs = (amount(value, unit, planned.currency) for value in (plan, as_is))
    told = f"{ours} under both" if ours == theirs else f"{ours} under the plan, {theirs} as it is"
    whole = {
        "on_hand": "at its lowest", "delivered": "delivered", "production": "made", "unmet_cumulative": "unmet",
        "spend_cumulative": "committed",
    }[measure]  # fmt: skip
    mean = "means" if measure in ("delivered", "production") else "medians"
    return f"{name}: {whole} {told} ({mean})"


def _told(frame: pl.DataFrame, measure: str) -> float:
    """Return the number of a side that stands in the title: the lowest of a stock, a sum of flows, the end of sums."""
    if frame.is_empty():
        return 0.0
    if measure in ("delivered", "production"):
        return float(frame["mean"].sum())
    values = frame.sort("period")["p50"]
    return float(values.to_list()[-1]) if measure != "on_hand" else float(min(values.to_list()))


_EARLY = {"order": "Orders", "release": "Releases", "shipped": "Shipments", "production": "Production"}


def early(planned: Planned) -> list[Figure]:
    """Return orders and releases of the main item in the first quarters, all holders together."""
    rows = words.early_rows(planned).filter(pl.col("item") == planned.view.item)
    found = []
    for what, told in _EARLY.items():
        own = rows.filter(pl.col("what") == what).group_by("date").agg(pl.col("plan", "as_is").sum()).sort("date")
        if len(own) > 1 and max(draw.largest(own, "plan"), draw.largest(own, "as_is")) > 0:
            found.append(_early(planned, what, told, own))
    return found


def _early(planned: Planned, what: str, told: str, own: pl.DataFrame) -> Figure:
    view, unit = planned.view, planned.view.unit(planned.view.item)
    end = words.early_end(planned)
    on = draw.panel(view, f"{plural(unit)} a quarter", max(draw.largest(own, side) for side, _, _ in SIDES), end=end)
    middle = [*own["date"].to_list(), end]
    x = [(draw.moment(a) + draw.moment(b)) // 2 for a, b in pairwise(middle)]
    values = [
        {"x": place, "plan": draw.clamp(row["plan"], on.factor), "as_is": draw.clamp(row["as_is"], on.factor)}
        for place, row in zip(x, own.iter_rows(named=True), strict=True)
    ]
    layers = [draw.line(on, values, side, colour=colour) for side, _, colour in reversed(SIDES)]
    rows = [[row["date"].isoformat(), row["plan"], row["as_is"]] for row in own.iter_rows(named=True)]
    numbers = Numbers(("quarter from", "plan, mean", "as it is, mean"), rows)
    sums = [quantity(float(own[side].sum()), unit) for side, _, _ in SIDES]
    title = f"{told}: {sums[0]} under the plan, {sums[1]} as it is (means, first {len(own)} quarters)"
    return figure(view, f"plan-early-{what}", title, Drawing(layers, numbers), origin=both(planned))


def replenishment(planned: Planned, *, of_main: bool = True) -> list[Figure]:
    """Return by when each stock is back at its requirement, as a share of paths of both sides."""
    own = pl.col("item") == planned.view.item
    rows = planned.table("plan_replenishment").filter(own if of_main else ~own)
    rows = planned.with_periods(rows.filter(~pl.col("holder").is_in(planned.view.groups)))
    parts = rows.partition_by("holder", "item", maintain_order=True)
    return [_replenishment(planned, part) for part in sorted(parts, key=_is_late)][: None if of_main else MOST_OTHERS]


def _is_late(part: pl.DataFrame) -> float:
    return float(part["plan"][-1] or 0.0)


def _replenishment(planned: Planned, part: pl.DataFrame) -> Figure:
    view, first = planned.view, part.row(0, named=True)
    on = draw.share_panel(view)
    named = [(name, part.select("period", pl.col(side).alias("mean")), colour) for side, name, colour in SIDES]
    layers = [
        draw.line(on, draw.rows(view, own, ("mean",)), "mean", colour=colour) for _, own, colour in reversed(named)
    ]
    ends = [percent(float(part[side][-1] or 0.0)) for side, _, _ in SIDES]
    title = (
        f"{thing(view, first)}: back at its requirement by {view.when(int(part['period'][-1]))} in {ends[0]} of paths"
        f" under the plan, in {ends[1]} as it is"
    )
    halves = "; ".join(f"{name}: half by {_half(planned, own)}" for name, own, _ in named)
    halves = f"Of the paths in which it falls below. {halves[0].upper()}{halves[1:]}"
    drawing = Drawing(layers, by_date(view, {name: own for name, own, _ in named}))
    key = f"plan-back-{first['holder']}/{first['item']}"
    return figure(view, key, title, drawing, detail=halves, origin=both(planned))


def _half(planned: Planned, own: pl.DataFrame) -> str:
    reached = own.filter(pl.col("mean") >= 0.5)
    return planned.view.when(int(reached["period"][0])) if len(reached) else "no date in the study"


def own_course(planned: Planned) -> list[Figure]:
    """Return what the programme expects to do with the main item and the lines, by stage, the largest of each kind."""
    rows = planned.of_item("plan_path")
    found: list[Figure] = []
    for what in _PATHS:
        own = rows.filter(pl.col("what") == what)
        parts = [part for part in own.partition_by(list(PLAN_LABELS), maintain_order=True) if _moves(part)]
        parts.sort(key=lambda part: -float(part["mean"].sum()))
        found += [_course(planned, what, part) for part in parts[: max(1, MOST_OTHERS // len(_PATHS) * 2)]]
    return found


def _moves(part: pl.DataFrame) -> bool:
    return draw.largest(part, "p95") > LEAST


def _course(planned: Planned, what: str, part: pl.DataFrame) -> Figure:
    view, first = planned.view, part.row(0, named=True)
    unit = "share of it" if what == "start" else plural(view.unit(first["item"])) if first["item"] else "capacity"
    on = draw.panel(view, unit, draw.largest(part, "p95"))
    values = [
        {"x": draw.moment(row["date"]), **{column: draw.clamp(row[column], on.factor) for column in PATH_COLUMNS}}
        for row in part.sort("date").iter_rows(named=True)
    ]
    columns = ("mean", "p05", "p50", "p95")
    rows = [[row["date"].isoformat(), *(row[column] for column in columns)] for row in part.iter_rows(named=True)]
    name = thing(view, first)
    heads = ("mean", f"5{NBSP}%", "median", f"95{NBSP}%")
    numbers = Numbers(("stage from", *(f"{_PATHS[what]}, {head}" for head in heads)), rows)
    most = max(part["mean"].drop_nulls().to_list(), default=math.nan)
    title = (
        f"{name}: {_PATHS[what]}, at most {quantity(most, view.unit(first['item']) if first['item'] else '').strip()}"
    )
    key = "-".join(filter(None, ("plan-path", what, *(first[label] for label in PLAN_LABELS))))
    drawing = Drawing(draw.fan(on, values, draw.BLUE), numbers)
    return figure(view, key, f"{title} in a stage (mean)", drawing, origin=programme(planned))
