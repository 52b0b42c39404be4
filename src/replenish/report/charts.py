"""One function for each picture: which series it shows, in which colours, under which title."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import polars as pl
from markupsafe import Markup

from replenish.report import drawing as draw
from replenish.report import facts, words
from replenish.report.drawing import Key, Row
from replenish.report.facts import Reserve
from replenish.report.numbers import count, percent, plural
from replenish.report.origins import inputs
from replenish.report.view import View, band_at
from replenish.scenario.model import Observation
from replenish.study.observed import is_flow, series_of

FAN = (
    Key(draw.BLUE, "median", "line"),
    Key(draw.BLUE, "half of the paths", "inner"),
    Key(draw.BLUE, "90\xa0% of the paths", "band"),
)
STOCK_KEYS = (*FAN, Key(draw.VERMILLION, "requirement (median)", "dash"), Key(draw.GREY, "floor", "dash"))
NEED_KEYS = (
    Key(draw.PURPLE, "need", "line"),
    Key(draw.GREEN, "issued", "line"),
    Key(draw.ORANGE, "unmet", "line"),
    Key(draw.GREY, "bands: half and 90\xa0% of the paths", "band"),
)
PRODUCTION_KEYS = (*FAN, Key(draw.ORANGE, "capacity (median)", "dash"))
DELIVERY_KEYS = (*FAN, Key(draw.VERMILLION, "pledged by due date", "dash"))
REPORTED_KEYS = (
    *FAN,
    Key(draw.GREEN, "reported, in the 90\xa0% band", "point"),
    Key(draw.VERMILLION, "reported, outside it", "diamond"),
)

PLAIN_LIMITS = {
    "orders": draw.GREY,
    "capacity": draw.ORANGE,
    "ramp": draw.SKY,
    "outage": draw.YELLOW,
    "minimum": draw.PURPLE,
}
COMPONENT_COLOURS = (draw.VERMILLION, draw.PURPLE, draw.GREEN, draw.BLUE, draw.YELLOW)
"""Colours of what may hold a product back: the same in every picture of an item."""

MARGIN = timedelta(days=365)
"""What is shown after the last reported figure."""

COLUMNS = ("p05", "p25", "p50", "p75", "p95")


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture with what is said above and below it."""

    title: str
    detail: str
    svg: Markup
    source: str
    keys: Sequence[Key] = ()  # a legend of its own, where that of the section does not hold


def below_requirement(view: View, reserves: Sequence[Reserve]) -> Figure | None:
    """Return strips over time of the share of paths in which each stock is below its requirement."""
    named = [(view.title("holders", row.holder), _runs(view, facts.share_below(view, row.holder))) for row in reserves]
    if not named:
        return None
    title = "When stocks are below their requirement"
    detail = f"share of paths at the end of each {view.result.calendar.period}: pale none, full colour all"
    layers = draw.strips(view, named, draw.VERMILLION)
    return _figure(view, title, detail, draw.picture(layers, title, height=draw.STRIP * len(named)))


def stock(view: View, holder: str) -> Figure:
    """Return the fan of a stock against its requirement and floor."""
    kept = facts.reserve(view, holder, view.item)
    hand = view.select("on_hand", holder=holder, item=view.item)
    required = view.select("requirement", holder=holder, item=view.item)
    floor = next((row.floor for row in view.scenario.stocks if (row.holder, row.item) == (holder, view.item)), 0.0)
    on = draw.panel(view, _units(view), max(draw.largest(hand, "p95"), draw.largest(required, "p50"), floor))
    layers = draw.fan(on, draw.rows(view, hand, COLUMNS, on.factor), draw.BLUE)
    if floor > 0:
        level: list[Row] = [{"x": row["x"], "floor": floor / on.factor} for row in draw.rows(view, hand, ())]
        layers.append(draw.line(on, level, "floor", colour=draw.GREY, dashed="step"))
    if kept:
        limit = draw.rows(view, required, ("p50",), on.factor)
        layers.append(draw.line(on, limit, "p50", colour=draw.VERMILLION, dashed="step"))
    title = words.stock_title(view, holder, kept)
    detail = words.back_words(view, kept.back) if kept else ""
    key = f"{holder}/{view.item}"
    return _figure(view, title, detail, draw.picture(layers, title), ("stocks", key), ("requirements", key))


def need(view: View) -> list[Figure]:
    """Return need beside issues, unmet by period, and unmet since the start, of the recipient."""
    asked, issued, unmet, total = (
        view.need(measure, view.recipient, view.item) for measure in ("demand", "issues", "unmet", "unmet_cumulative")
    )
    if asked.is_empty():
        return []
    name = view.title("holders", view.recipient)
    found = facts.need(view)
    met = f"{percent(found.fill_rate.middle)} of the need is issued when it arises" if found else "no need"
    return [
        _fans(view, f"{name}: {met}", [(asked, draw.PURPLE), (issued, draw.GREEN)], words.plural_per(view, view.item)),
        _fans(view, words.unmet_title(view), [(unmet, draw.ORANGE)], words.plural_per(view, view.item)),
        _fans(view, words.total_title(view, "unmet_cumulative", "Unmet so far"), [(total, draw.ORANGE)], _units(view)),
    ]


def production(view: View, line: str, item: str) -> Figure:
    """Return what a line makes of an item against its capacity, above a strip of what holds it back."""
    made, capacity = (view.product(measure, line, item) for measure in ("production", "capacity"))
    top = max(draw.largest(made, "p95"), draw.largest(capacity, "p50"))
    on = draw.panel(view, words.plural_per(view, item), top)
    layers = draw.fan(on, draw.rows(view, made, COLUMNS, on.factor), draw.BLUE)
    limit = draw.rows(view, capacity, ("p50",), on.factor)
    layers.append(draw.line(on, limit, "p50", colour=draw.ORANGE, dashed="linear"))
    colours = {key.label: key.colour for key in limit_keys(view, item)}
    names = dict(zip(view.labelled("bottleneck_share", "limit", item=item), colours, strict=True))
    limits = facts.limits(view, line, item).with_columns(pl.col("limit").replace(names))
    shares = _parts(view, limits, "limit", list(colours))
    strip = draw.stack(view, shares, colours, labels=False) if shares else None
    title = words.production_title(view, line, item)
    picture = draw.picture(layers, title, below=strip)
    detail = "strip below: what sets the rate, as a share of paths" if shares else ""
    return _figure(view, title, detail, picture, ("lines", line), ("line_items", f"{line}/{item}"), *_steps(view, line))


def limit_keys(view: View, item: str) -> list[Key]:
    """Return the legend of what may hold an item back."""
    found = view.labelled("bottleneck_share", "limit", item=item)
    parts = [limit for limit in found if limit not in PLAIN_LIMITS]
    colours = PLAIN_LIMITS | dict(zip(parts, COMPONENT_COLOURS, strict=False))
    return [Key(colours.get(limit, draw.GREY), words.limit_name(view, limit), "area") for limit in found]


def deliveries_by_year(view: View) -> Figure | None:
    """Return mean deliveries to the recipient by year and donor."""
    names = {donor: view.title("holders", donor) for donor in view.donors()}
    colours = _holder_colours(view, names)
    frames = {
        name: view.select("delivered", holder=donor, item=view.item, to_holder=view.recipient)
        for donor, name in names.items()
    }
    title = f"Deliveries to {view.title('holders', view.recipient)} by year and donor (mean)"
    return _by_year(view, frames, _units(view), colours, title)


def deliveries(view: View, donor: str) -> Figure:
    """Return what a donor has delivered to the recipient beside what it pledged."""
    frame, steps = facts.delivered(view, donor), facts.promised(view, donor)
    bounds = view.result.calendar.bounds
    inside = [(due, total) for due, total in steps if due < bounds[-1]]
    pledged = inside[-1][1] if inside else 0.0
    on = draw.panel(view, _units(view), max(draw.largest(frame, "p95"), pledged))
    layers = draw.fan(on, draw.rows(view, frame, COLUMNS, on.factor), draw.BLUE)
    if inside:
        stairs = _stairs([(bounds[0], 0.0), *inside, (bounds[-1], pledged)], on.factor)
        layers.append(draw.line(on, stairs, "pledged", colour=draw.VERMILLION, dashed="linear"))
    title = words.delivery_title(view, donor, band_at(frame, view.last), pledged)
    route = f"{donor}/{view.recipient}"
    return _figure(view, title, "", draw.picture(layers, title), ("routes", route), ("pledges", f"{route}/{view.item}"))


def reported(view: View, observed: pl.DataFrame) -> list[Figure]:
    """Return the simulated band of each series that has reported figures, with the figures on it."""
    groups: dict[tuple[str, ...], list[Observation]] = {}
    for row in view.scenario.observations:
        per = row.per or view.result.calendar.period
        groups.setdefault((row.measure, row.holder, row.item, row.line, row.to_holder, per), []).append(row)
    compared = observed.filter(pl.col("is_inside").is_not_null())
    names = set(compared["name"])
    shown = [rows for rows in groups.values() if names & {row.name for row in rows}]
    return [_reported(view, compared, rows) for rows in shown]


def spend_by_year(view: View) -> Figure | None:
    """Return mean spend by year and holder."""
    names = {holder: view.title("holders", holder) for holder in facts.spend_by_holder(view)}
    colours = _holder_colours(view, names)
    spend = view.measured("spend").filter(pl.col("purpose") != "")
    frames = {name: spend.filter(pl.col("holder") == holder) for holder, name in names.items()}
    title = "Money committed by year and holder (mean)"
    return _by_year(view, frames, view.scenario.settings.money.currency, colours, title)


def chain_states(view: View, chain: str) -> Figure | None:
    """Return the share of paths in each state of a chain over time."""
    rows = view.measured("state_share").filter(pl.col("chain") == chain)
    if rows.is_empty():
        return None
    states = [row.state for row in view.scenario.chains if row.chain == chain]
    names = {state: view.titles.get(("states", f"{chain}/{state}"), state) for state in states}
    colours = draw.colours_of(list(names.values()))
    named = rows.with_columns(pl.col("state").replace(names))
    shares = draw.stack(view, _parts(view, named, "state", list(names.values())), colours)
    title = f"Chain {chain}: share of paths in each state"
    figure = _figure(
        view, title, "", draw.picture([shares], title), ("chains", chain), ("transitions", chain), ("forced", chain)
    )
    return replace(figure, keys=_areas(colours))


def _figure(view: View, title: str, detail: str, svg: Markup, *cells: tuple[str, str]) -> Figure:
    paths = f"Simulation of {count(view.result.provenance.paths)} paths"
    known = inputs(view, *cells)
    return Figure(title, detail, svg, f"{paths}. Inputs: {known}." if known else f"{paths}.")


def _fans(view: View, title: str, coloured: Sequence[tuple[pl.DataFrame, str]], unit: str) -> Figure:
    """Return fans of several series of the recipient's need over one another."""
    on = draw.panel(view, unit, max(draw.largest(frame, "p95") for frame, _ in coloured))
    fans = [draw.fan(on, draw.rows(view, frame, COLUMNS, on.factor), colour) for frame, colour in coloured]
    picture = draw.picture([layer for fan in fans for layer in fan], title)
    return _figure(view, title, "", picture, ("demand", f"{view.recipient}/{view.item}"))


def _reported(view: View, compared: pl.DataFrame, group: Sequence[Observation]) -> Figure:
    """Return one band with its reported figures, up to a year after the last of all figures, in their unit of time."""
    first, calendar = group[0], view.result.calendar
    per = first.per or calendar.period
    last = _last_shown(view, compared)
    frame = series_of(view.result.series, first).filter(pl.col("period") <= last)
    unit = plural(first.unit or view.unit(first.item))
    if is_flow(first.measure):
        shares = dict(enumerate(calendar.share_of(per)))
        frame = frame.with_columns(pl.col(COLUMNS) / pl.col("period").replace_strict(shares, return_dtype=pl.Float64))
        unit = f"{unit} a {per}"
    found = compared.filter(pl.col("name").is_in([row.name for row in group]))
    top = max(draw.largest(frame, "p95"), draw.largest(found, "value", "high"))
    on = draw.panel(view, unit, top, end=calendar.bounds[last + 1])
    layers = draw.fan(on, draw.rows(view, frame, COLUMNS, on.factor), draw.BLUE)
    layers += draw.points(on, _dots(found, on.factor))
    title = words.reported_title(view, first, found)
    return _figure(view, title, "", draw.picture(layers, title))


def _last_shown(view: View, compared: pl.DataFrame) -> int:
    """Return the last period that pictures of reported figures show."""
    day = max(compared["date"].to_list()) + MARGIN
    return min(view.last, view.result.calendar.index(day))


def _dots(found: pl.DataFrame, factor: float) -> list[Row]:
    return [
        {
            "x": draw.moment(row["date"]),
            "is_inside": row["is_inside"],
            **{end: (row["value"] if row[end] is None else row[end]) / factor for end in ("value", "low", "high")},
        }
        for row in found.iter_rows(named=True)
    ]


def _by_year(
    view: View, frames: Mapping[str, pl.DataFrame], unit: str, colours: Mapping[str, str], title: str
) -> Figure | None:
    """Return stacked bars of means by year; None where all are zero."""
    starts = view.result.calendar.starts
    sums: dict[tuple[int, str], float] = {}
    for name, frame in frames.items():
        for period, mean in frame.select("period", "mean").iter_rows():
            cell = (starts[period].year, name)
            sums[cell] = sums.get(cell, 0.0) + (draw.clamp(mean) or 0.0)
    totals = [sum(value for (at, _), value in sums.items() if at == year) for year in {year for year, _ in sums}]
    if max(totals, default=0.0) <= 0:
        return None
    on, place = draw.panel(view, unit, max(totals)), list(frames)
    values = [
        {"year": year, "name": name, "value": value / on.factor, "place": place.index(name)}
        for (year, name), value in sums.items()
    ]
    figure = _figure(view, title, "", draw.picture([draw.yearly_bars(on, values, colours)], title))
    return replace(figure, keys=_areas(colours))


def _holder_colours(view: View, names: Mapping[str, str]) -> dict[str, str]:
    """Return the colour of each named holder by its title: the same in every picture, donors first."""
    donors = view.donors()
    others = [row.name for row in view.scenario.holders if row.name not in donors and row.name not in view.groups]
    colours = draw.colours_of([*donors, *others])
    return {title: colours.get(name, draw.GREY) for name, title in names.items()}


def _areas(colours: Mapping[str, str]) -> list[Key]:
    return [Key(colour, name, "area") for name, colour in colours.items()]


def _parts(view: View, frame: pl.DataFrame, column: str, order: Sequence[str]) -> list[Row]:
    """Return rows of a stack of shares over time from a table of `period`, `mean` and the part's name."""
    found = []
    for name in order:
        part = frame.filter(pl.col(column) == name)
        found += [
            {"x": row["x"], "name": name, "share": row["mean"], "place": order.index(name)}
            for row in draw.rows(view, part, ("mean",))
        ]
    return found


def _runs(view: View, shares: pl.DataFrame) -> list[Row]:
    """Return stretches of time with the same share, to the nearest 2 per cent; empty ones are left out."""
    bounds, runs = view.result.calendar.bounds, list[Row]()
    for period, share in shares.iter_rows():
        tone, start, end = round(share * 50) / 50, draw.moment(bounds[period]), draw.moment(bounds[period + 1])
        if runs and runs[-1]["share"] == tone and runs[-1]["end"] == start:
            runs[-1]["end"] = end
        else:
            runs.append({"x": start, "end": end, "share": tone})
    return [run for run in runs if run["share"] > 0]


def _stairs(steps: Sequence[tuple[date, float]], factor: float) -> list[Row]:
    """Return the corners of a running sum that jumps on its dates."""
    start = steps[0][0]
    found, before = list[Row](), 0.0
    for day, total in steps:
        x = draw.moment(max(day, start))
        found += [{"x": x, "pledged": before / factor}, {"x": x, "pledged": total / factor}]
        before = total
    return found


def _units(view: View) -> str:
    return plural(view.unit(view.item))


def _steps(view: View, line: str) -> list[tuple[str, str]]:
    return [("expansions", row.name) for row in view.scenario.expansions if row.line == line]
