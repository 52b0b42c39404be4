"""From a scenario to arrays: the last place that sees a name."""

from __future__ import annotations

import numpy as np

from replenish.arrays.context import context
from replenish.arrays.groups import Arrays, Streams
from replenish.arrays.labels import Labels, to_labels
from replenish.arrays.production import to_budgets, to_expansions, to_lines, to_products, to_slots
from replenish.arrays.rules import to_rules
from replenish.arrays.scope import find_unsupported
from replenish.arrays.stock import to_chains, to_clock, to_demands, to_stocks
from replenish.arrays.transport import to_flows, to_pledges
from replenish.draws import stream_id
from replenish.periods import Calendar, calendar
from replenish.scenario.model import Scenario

__all__ = ["Arrays", "Labels", "find_unsupported", "to_arrays", "to_calendar"]


def to_calendar(scenario: Scenario) -> Calendar:
    """Return the periods of a scenario."""
    time = scenario.settings.time
    return calendar(time.start, time.end, time.period)


def to_arrays(scenario: Scenario) -> tuple[Arrays, Labels]:
    """Return a sound scenario as numbers, and the names of their rows.

    What `find_unsupported` finds must have been refused before: it has no place in the arrays.
    """
    labels = to_labels(scenario)
    ctx = context(scenario, labels, to_calendar(scenario))
    lines, products = to_lines(ctx), to_products(ctx)
    demands, expansions = to_demands(ctx), to_expansions(ctx)
    return Arrays(
        clock=to_clock(ctx),
        chains=to_chains(ctx),
        laws=ctx.laws.to_laws(),
        stocks=to_stocks(ctx),
        demands=demands,
        lines=lines,
        products=products,
        slots=to_slots(ctx, lines, products),
        flows=to_flows(ctx),
        pledges=to_pledges(ctx),
        expansions=expansions,
        budgets=to_budgets(ctx),
        rules=to_rules(ctx),
        streams=_streams(labels),
    ), labels


def _streams(labels: Labels) -> Streams:
    def ids(kind: str, names: list[tuple[str, ...]]) -> np.ndarray[tuple[int], np.dtype[np.uint32]]:
        return np.array([stream_id(kind, *name) for name in names], dtype=np.uint32)

    return Streams(
        chain=ids("chain", [(name,) for name in labels.chains]),
        demand=ids("demand", list(labels.demands)),
        expansion=ids("expansion", [(name,) for name in labels.expansions]),
    )
