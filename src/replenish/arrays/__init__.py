"""From a scenario to arrays: the last place that sees a name."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from replenish.arrays.calls import to_call_rows, with_calls
from replenish.arrays.chains import to_chains, to_clock, to_influences
from replenish.arrays.context import Context, context
from replenish.arrays.demand import find_sources, to_demands, to_sources
from replenish.arrays.groups import Arrays, Streams, Words
from replenish.arrays.labels import PURPOSES, Call, Labels, to_labels
from replenish.arrays.money import to_budgets, to_expansions
from replenish.arrays.orders import to_slips, to_slots
from replenish.arrays.production import Making, to_lines, to_products
from replenish.arrays.rules import to_rules
from replenish.arrays.stock import to_stocks
from replenish.arrays.transport import to_flows, to_pledges
from replenish.draws import stream_id
from replenish.periods import Calendar, calendar
from replenish.policy import Calls
from replenish.scenario.model import Scenario

__all__ = ["Arrays", "Call", "Labels", "to_arrays", "to_calendar"]


def to_calendar(scenario: Scenario) -> Calendar:
    """Return the periods of a scenario."""
    time = scenario.settings.time
    return calendar(time.start, time.end, time.period)


def to_arrays(scenario: Scenario, calls: Calls = ()) -> tuple[Arrays, Labels]:
    """Return a sound scenario as numbers, and the names of their rows.

    Args:
        scenario: a scenario in which `replenish.scenario.check` finds no error.
        calls: functions that decide in place of rules; see `replenish.policy.to_calls`.

    Raises:
        ValueError: a function decides for what the scenario does not have.
    """
    complete = with_calls(scenario, calls)
    ctx = replace(
        context(complete, to_labels(complete), to_calendar(scenario)),
        calls=sum(len(call.rows) for call in calls),
        called=frozenset(name for call in calls for name in call.expansions),
        limited=frozenset(cell for call in calls for cell in call.issuing),
    )
    labels = replace(ctx.labels, scenario=scenario, calls=to_call_rows(ctx, calls))
    return _to_groups(ctx), labels


def _to_groups(ctx: Context) -> Arrays:
    making, sources = Making(ctx), find_sources(ctx)
    lines, flows = to_lines(ctx), to_flows(ctx)
    products = to_products(ctx, making)
    demands, expansions = to_demands(ctx, sources), to_expansions(ctx)
    slips = to_slips(ctx, products)
    return Arrays(
        clock=to_clock(ctx),
        chains=to_chains(ctx),
        influences=to_influences(ctx),
        laws=ctx.laws.to_laws(),  # complete only now: all that add laws stand above
        stocks=to_stocks(ctx, flows),
        demands=demands,
        sources=to_sources(ctx, sources),
        lines=lines,
        products=products,
        slots=to_slots(ctx, lines, products, making),
        slips=slips,
        flows=flows,
        pledges=to_pledges(ctx),
        expansions=expansions,
        budgets=to_budgets(ctx),
        accounts=np.repeat(np.arange(len(ctx.labels.holders)), len(PURPOSES)),
        rules=to_rules(ctx),
        streams=_streams(ctx.labels),
    )


def _streams(labels: Labels) -> Streams:
    def ids(kind: str, names: list[tuple[str, ...]]) -> Words:
        return np.array([stream_id(kind, *name) for name in names], dtype=np.uint32)

    return Streams(
        chain=ids("chain", [(name,) for name in labels.chains]),
        demand=ids("demand", list(labels.demands)),
        expansion=ids("expansion", [(name,) for name in labels.expansions]),
        line=ids("line", [(name,) for name in labels.lines]),
        product=ids("product", list(labels.products)),
        route=ids("route", list(labels.routes)),
        slip=ids("slip", [(name,) for name in labels.slips]),
    )
