"""Money: who commits how much, against which budget and behind which gate; and the states of the world."""

from __future__ import annotations

import polars as pl

from replenish.report import drawing as draw
from replenish.report import facts, titles
from replenish.report.charts.common import COLUMNS, FAN, areas, by_year, holder_colours, means, parts
from replenish.report.drawing import Key, Layer
from replenish.report.figure import Drawing, Figure, by_date, figure
from replenish.report.numbers import money
from replenish.report.view import View

BUDGET_KEYS = (*FAN, Key(draw.GREY, "strip: states of the gate", "area"))


def spend_by_year(view: View) -> Figure | None:
    """Return mean spend by year and holder."""
    names = {holder: view.title("holders", holder) for holder in facts.spend_by_holder(view)}
    spend = view.measured("spend").filter(pl.col("purpose") != "")
    frames = {name: _summed(spend.filter(pl.col("holder") == holder)) for holder, name in names.items()}
    currency, colours = view.scenario.settings.money.currency, holder_colours(view, names)

    def title(totals: dict[int, float]) -> str:
        return titles.by_year_title("Money is committed", totals, lambda total: money(total, currency))

    return by_year(view, "spend-by-year", frames, title, unit=currency, colours=colours)


def budget(view: View, holder: str, purpose: str) -> Figure | None:
    """Return what is left of a budget, above a strip of the states of its gate; None where it was not kept."""
    frame = view.select("budget_left", holder=holder, purpose=purpose)
    if frame.is_empty():
        return None
    top = view.top(lambda own: [own.select("budget_left", holder=holder, purpose=purpose)], "p95")
    on = draw.panel(view, view.scenario.settings.money.currency, top)
    layers = draw.fan(on, draw.rows(view, frame, COLUMNS, on.factor), draw.BLUE)
    gate = facts.gate_of(view, holder, purpose)
    strip, colours = _states(view, gate, labels=False) if gate else (None, {})
    detail = f"left of the budget at the end of each {view.result.calendar.period}"
    if strip:
        detail += f"; strip below: share of paths in each state of the gate {gate}"
    frames = {"left": frame, **(means(_named_states(view, gate), "state", list(colours)) if strip else {})}
    drawing = Drawing(layers, by_date(view, frames), below=strip)
    title = titles.budget_title(view, holder, purpose)
    cells, key = [("budgets", holder), ("transitions", gate)], f"budget-{holder}-{purpose}"
    return figure(view, key, title, drawing, detail=detail, cells=cells, keys=(*FAN, *areas(colours)))


def chain_states(view: View, chain: str) -> Figure | None:
    """Return the share of paths in each state of a chain over time."""
    shares, colours = _states(view, chain, labels=True)
    if shares is None:
        return None
    frames = means(_named_states(view, chain), "state", list(colours))
    drawing = Drawing([shares], by_date(view, frames))
    often = {name: float(frame["mean"].sum()) / len(view.result.calendar) for name, frame in frames.items()}
    cells = [("chains", chain), ("transitions", chain), ("forced", chain)]
    detail = "share of paths in each state"
    title = titles.chain_title(chain, often)
    return figure(view, f"chain-{chain}", title, drawing, detail=detail, cells=cells, keys=areas(colours))


def _states(view: View, chain: str, *, labels: bool) -> tuple[Layer | None, dict[str, str]]:
    """Return a stack of the states of a chain with their colours; None where they were not kept."""
    rows = _named_states(view, chain)
    names = [view.titles.get(("states", f"{chain}/{state}"), state) for state in _state_names(view, chain)]
    colours = draw.colours_of(names)
    return (draw.stack(view, parts(view, rows, "state", names), colours, labels=labels) if len(rows) else None), colours


def _named_states(view: View, chain: str) -> pl.DataFrame:
    names = {state: view.titles.get(("states", f"{chain}/{state}"), state) for state in _state_names(view, chain)}
    return view.measured("state_share").filter(pl.col("chain") == chain).with_columns(pl.col("state").replace(names))


def _state_names(view: View, chain: str) -> list[str]:
    return [row.state for row in view.scenario.chains if row.chain == chain]


def _summed(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the sum over purposes by period: period, mean."""
    return frame.group_by("period", maintain_order=True).agg(pl.col("mean").sum()).sort("period")
