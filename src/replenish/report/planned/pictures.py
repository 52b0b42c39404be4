"""Pictures of worths, of how deep stocks may be dug, of what can be traded for what, of delays, and of training."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import polars as pl

from replenish.report import drawing as draw
from replenish.report import plane
from replenish.report.bars import Bar, named_bars
from replenish.report.drawing import Key
from replenish.report.figure import Drawing, Figure, Numbers, figure
from replenish.report.numbers import NBSP, money, people, plural, quantity
from replenish.report.planned import words
from replenish.report.planned.courses import programme
from replenish.report.planned.facts import Planned, thing
from replenish.report.planned.tables import WORTHS

MOST_BARS = 12
"""Bars in a picture; the table and the workbook have all."""

DIG_KEYS = (
    Key(draw.BLUE, "worth of the next unit at home", "line"),
    Key(draw.GREEN, "worth of it elsewhere", "dash"),
    Key(draw.GREY, "held now", "dash"),
    Key(draw.VERMILLION, "may be dug down to", "dash"),
)
FRONTIER_KEYS = (
    Key(draw.BLUE, "can be reached", "point"),
    Key(draw.GREY, "another point is better in all", "point"),
    Key(draw.VERMILLION, "at the stated prices", "diamond"),
    Key(draw.ORANGE, "as it is", "diamond"),
)
DELAY_KEYS = (Key(draw.VERMILLION, "more", "area"), Key(draw.GREEN, "less", "area"))
TRAINING_KEYS = (Key(draw.BLUE, "bound: no plan can cost less", "line"), Key(draw.GREY, "sampled cost", "line"))

_SHOWN_WORTHS = ("stock", "capacity", "expansion", "budget", "route")
_COSTS = {
    "cost": "all in money", "unmet": "unmet need", "shortfall": "short of requirements", "money": "money spent",
}  # fmt: skip


def worths(planned: Planned) -> list[Figure]:
    """Return what one more unit is worth now, one picture for each kind of thing, the main item alone."""
    rows = planned.of_item("plan_values").filter(pl.col("value").abs() > 0)
    found = [(what, rows.filter(pl.col("what") == what)) for what in _SHOWN_WORTHS]
    return [_worth(planned, what, own) for what, own in found if len(own)]


def _worth(planned: Planned, what: str, rows: pl.DataFrame) -> Figure:
    view, ranked = planned.view, rows.sort(pl.col("value").abs(), descending=True, maintain_order=True)
    unit = view.unit(view.item) if what == "stock" else planned.currency if what == "budget" else "unit"
    one = "the option to build" if what == "expansion" else f"one more {unit} {WORTHS[what]}"
    one = "one more tonne on a route" if what == "route" else one
    shown = ranked.head(MOST_BARS).to_dicts()
    bars = [Bar(thing(view, row), [(0.0, row["value"], draw.BLUE)]) for row in shown]
    told = [[thing(view, row), row["value"]] for row in ranked.iter_rows(named=True)]
    spoken = ", ".join(f"{name} {people(float(value))}" for name, value in told[:MOST_BARS])
    numbers = Numbers(("of", f"worth, {planned.currency}"), told, f"Worth in {planned.currency}: {spoken}.")
    title = f"{one[0].upper()}{one[1:]} is worth most at {told[0][0]}: {money(shown[0]['value'], planned.currency)}"
    layers = named_bars(bars, f"worth, {{}} {planned.currency}")
    drawing = Drawing(layers, numbers, height=len(bars) * draw.STRIP)
    detail = f"{len(shown)} of {len(ranked)}" if len(ranked) > len(shown) else ""
    return figure(view, f"plan-worth-{what}", title, drawing, detail=detail, origin=programme(planned))


def digging(planned: Planned) -> list[Figure]:
    """Return for each stock of the main item what its next unit is worth, the less is held the more."""
    rows = planned.table("plan_digging").filter(pl.col("item") == planned.view.item)
    return [_digging(planned, part.sort("level")) for part in rows.partition_by("holder", maintain_order=True)]


def _digging(planned: Planned, part: pl.DataFrame) -> Figure:
    view, first = planned.view, part.row(0, named=True)
    unit, currency = view.unit(view.item), planned.currency
    ys = [value for column in ("value", "worth_elsewhere") for value in part[column].drop_nulls().to_list()]
    xs = [*part["level"].to_list(), first["on_hand"]]
    on = plane.plane(xs, ys, (f"{{}} {plural(unit)} held", f"{{}} {currency} a {unit}"))
    layers = [
        plane.curve(on, on.rows(part.select("level", "value").iter_rows()), draw.BLUE),
        plane.curve(on, on.rows(part.select("level", "worth_elsewhere").iter_rows()), draw.GREEN, dashed=True),
        plane.upright(on, first["on_hand"], draw.GREY),
        plane.upright(on, first["may_dig_to"], draw.VERMILLION),
    ]
    columns = ("level", "value", "worth_elsewhere", "cost_of_release")
    heads = ("held", "worth of the next unit", "worth of it elsewhere", "cost of releasing all above")
    numbers = Numbers(
        heads, [[people(row[0]), *row[1:]] for row in part.select(columns).iter_rows()],
        f"Worth of the next unit: {people(part['value'][0])} with {people(part['level'][0])} held,"
        f" {people(part['value'][-1])} with {people(part['level'][-1])} held.",
    )  # fmt: skip
    down = quantity(first["may_dig_to"], unit)
    may = (
        f"may be dug down to {down}"
        if first["may_dig_to"] < first["on_hand"]
        else "no unit of it is worth more elsewhere"
    )
    title = f"{view.title('holders', first['holder'])}: {may}"
    detail = f"{quantity(first['on_hand'], unit)} held now"
    key = f"plan-dig-{first['holder']}/{view.item}"
    return figure(view, key, title, Drawing(layers, numbers), detail=detail, origin=programme(planned))


def frontier(planned: Planned) -> list[Figure]:
    """Return what can be traded for what: unmet need against shortfall, and against money."""
    rows = planned.table("frontier").filter(pl.col("unmet").is_not_null())
    if len(rows) < 2:
        return []
    unit = plural(planned.view.unit(planned.view.item))
    axes = {"shortfall": f"{{}} {unit} x months short of requirements", "money": f"{{}} {planned.currency} spent"}
    return [_frontier(planned, rows, column, axis) for column, axis in axes.items() if _spread(rows, column)]


def _spread(rows: pl.DataFrame, column: str) -> bool:
    """Return whether a goal differs between points; one that does not needs no picture."""
    values = rows[column].drop_nulls().to_list()
    return bool(values) and max(values) - min(values) > 1e-6 * max(map(abs, values), default=0.0)


def _frontier(planned: Planned, rows: pl.DataFrame, column: str, axis: str) -> Figure:
    unit = plural(planned.view.unit(planned.view.item))
    pairs = rows.select(column, "unmet")
    xs, ys = ([value for value in pairs[name].to_list() if value is not None] for name in (column, "unmet"))
    on = plane.plane(xs, ys, (axis, f"{{}} {unit} unmet"), from_zero=False)
    layers = []
    for own, colour, shape in _kinds(rows):
        points = on.rows(own.sort(column).select(column, "unmet").iter_rows())
        if colour == draw.BLUE:
            edge = on.rows(_edge(own, column).select(column, "unmet").iter_rows())
            layers.append(plane.curve(on, edge, colour, thin=True))
        layers.append(plane.dots(on, points, colour, "diamond" if shape else "circle"))
    drawing, title = Drawing(layers, _points(rows)), _traded(planned, rows, column)
    return figure(planned.view, f"plan-frontier-{column}", title, drawing, origin=programme_mean())


def _edge(points: pl.DataFrame, column: str) -> pl.DataFrame:
    """Return the points that no other beats in both goals of a picture, by one of them."""
    ordered = points.sort(column, "unmet")
    before = pl.col("unmet").cum_min().shift(1)
    return ordered.filter(before.is_null() | (pl.col("unmet") < before))


def _traded(planned: Planned, rows: pl.DataFrame, column: str) -> str:
    """Return the two ends of what can be reached."""
    reached = rows.filter(~_is_as_is(), pl.col("is_dominated").fill_null(value=False).not_())
    ends = [(reached if len(reached) else rows).sort(name).row(0, named=True) for name in ("unmet", column)]
    unit = plural(planned.view.unit(planned.view.item))
    told = [
        f"{people(end['unmet'])} {unit} unmet and "
        + (f"{people(end[column])} {unit} x months short" if column == "shortfall"
           else f"{money(end[column], planned.currency)} spent")
        for end in ends
    ]  # fmt: skip
    return f"From {told[0]} to {told[1]}"


def _is_as_is() -> pl.Expr:
    return pl.col("reserve_multiplier").is_null() & pl.col("need_multiplier").is_null()


def programme_mean() -> str:
    """Return what plans for mean values rest on."""
    return "Plans for mean values, one for each point"


def _kinds(rows: pl.DataFrame) -> Iterable[tuple[pl.DataFrame, str, bool]]:
    """Yield the points of each kind with colour and whether they are diamonds, the ones on top last."""
    is_as_is = _is_as_is()
    is_worse, is_stated = (pl.col(name).fill_null(value=False) for name in ("is_dominated", "is_stated"))
    yield rows.filter(is_worse, ~is_as_is, ~is_stated), draw.GREY, False
    yield rows.filter(~is_worse, ~is_as_is), draw.BLUE, False
    yield rows.filter(is_stated), draw.VERMILLION, True
    yield rows.filter(is_as_is), draw.ORANGE, True


def _points(rows: pl.DataFrame) -> Numbers:
    columns = ("unmet", "shortfall", "money", "cost", "reserve_multiplier", "need_multiplier")
    heads = ("point", "unmet", "short", "money", "cost", "price of reserves, times", "price of need, times")
    body = [
        [row["label"] or f"point {place}", *(row[column] for column in columns)]
        for place, row in enumerate(rows.iter_rows(named=True), 1)
    ]
    ends = [rows["unmet"].min(), rows["unmet"].max()]
    told = " to ".join(people(end) for end in ends if isinstance(end, float))
    return Numbers(heads, body, f"{len(rows)} points, unmet need from {told}.")


def delays(planned: Planned) -> list[Figure]:
    """Return what a longer delay costs a plan that knows it, one picture for each goal."""
    rows = planned.table("plan_delays").filter(pl.col("outcome") != "skipped")
    found = [column for column in _COSTS if rows[column].drop_nulls().abs().max()]
    return [_delay(planned, rows, column) for column in found]


def _delay(planned: Planned, rows: pl.DataFrame, column: str) -> Figure:
    view = planned.view
    known = rows.filter(pl.col(column).is_not_null()).sort(column, descending=True, maintain_order=True).to_dicts()
    unit = _unit(planned, known[0], column)
    names = [row["title"] or row["kind"] for row in known]
    bars = [
        Bar(name, [(0.0, row[column], draw.VERMILLION if row[column] > 0 else draw.GREEN)])
        for name, row in zip(names, known, strict=True)
    ]
    told = ", ".join(f"{name} {people(row[column])}" for name, row in zip(names, known, strict=True))
    numbers = Numbers(
        ("delay", "days", f"{_COSTS[column]}, {unit}"),
        [[name, row["days"], row[column]] for name, row in zip(names, known, strict=True)],
        f"Change of {_COSTS[column]} in {unit}: {told}.",
    )
    most = max(known, key=lambda row: abs(row[column]))
    sign = "+" if most[column] > 0 else ""
    told = money(most[column], unit) if unit == planned.currency else f"{people(most[column])}{NBSP}{unit}"
    days = f"{most['days']:g} days longer" if most["days"] is not None else "longer"
    title = f"{_COSTS[column].capitalize()}: {sign}{told} if {most['title'] or most['kind']} takes {days}"
    drawing = Drawing(named_bars(bars, f"change, {{}} {unit}"), numbers, height=len(bars) * draw.STRIP)
    return figure(view, f"plan-delay-{column}", title, drawing, origin=programme_mean())


def _unit(planned: Planned, row: dict[str, Any], column: str) -> str:
    unit = plural(row["unit"] or planned.view.unit(planned.view.item))
    return {"unmet": unit, "shortfall": f"{unit} x months"}.get(column, planned.currency)


def training(planned: Planned) -> Figure | None:
    """Return how bound and sampled cost move over the iterations of training."""
    rows = planned.table("plan_training").filter(pl.col("bound").is_finite()).sort("iteration")
    if len(rows) < 3:
        return None
    later = rows.tail(max(3, len(rows) * 9 // 10))  # the first bounds are far off and would flatten the rest
    sampled = later.filter(pl.col("simulated").is_finite())
    xs = later["iteration"].cast(pl.Float64).to_list()
    ys: Sequence[float] = [*later["bound"].to_list(), *sampled["simulated"].to_list()]
    on = plane.plane(xs, ys, ("iteration", f"{{}} {planned.currency}"), from_zero=False)
    layers = [
        plane.curve(on, on.rows(sampled.select("iteration", "simulated").iter_rows()), draw.GREY, thin=True),
        plane.curve(on, on.rows(later.select("iteration", "bound").iter_rows()), draw.BLUE),
    ]
    numbers = Numbers(
        ("iteration", "bound", "sampled cost", "seconds"),
        [[str(row[0]), *row[1:]] for row in rows.select("iteration", "bound", "simulated", "seconds").iter_rows()],
        f"Bound: {people(rows['bound'][0])} at first, {people(rows['bound'][-1])} at the end.",
    )
    title = f"The bound ends at {money(rows['bound'][-1], planned.currency)} after {rows['iteration'][-1]} iterations"
    return figure(planned.view, "plan-training", title, Drawing(layers, numbers), keys=TRAINING_KEYS,
                  origin=f"Training: {words.method_words(planned)}")  # fmt: skip
