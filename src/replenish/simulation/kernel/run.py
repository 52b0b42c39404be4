"""All periods of one group of lanes, in the order of docs/explanation/period-step.md."""

from __future__ import annotations

from replenish.arrays.groups import (
    Budgets,
    Chains,
    Clock,
    Demands,
    Expansions,
    Floats,
    Flows,
    Laws,
    Lines,
    Pledges,
    Products,
    Rules,
    Slots,
    Stocks,
    Streams,
)
from replenish.simulation.kernel.collect import Series, Statistics, collect, collect_dates
from replenish.simulation.kernel.compiled import compiled, entry
from replenish.simulation.kernel.draw import draw_demand, draw_paths, draw_period, move_chains
from replenish.simulation.kernel.produce import place_orders, set_rates, start_production
from replenish.simulation.kernel.release import decide_releases, find_room, ship
from replenish.simulation.kernel.steps import (
    complete_expansions,
    issue,
    measure,
    receive_arrivals,
    receive_output,
    refresh_budgets,
    reveal,
    start_expansions,
)
from replenish.simulation.state import Readings, Scratch, State


@entry
def run_lanes(
    seed: int, first_path: int, skip: int, used: int,
    clock: Clock, chains: Chains, laws: Laws, stocks: Stocks, demands: Demands, lines: Lines, products: Products,
    slots: Slots, flows: Flows, pledges: Pledges, expansions: Expansions, budgets: Budgets, rules: Rules,
    streams: Streams, state: State, scratch: Scratch, readings: Readings, buffer: Floats, series: Series,
    statistics: Statistics, trace: Floats,
) -> None:  # fmt: skip
    """Run lanes for paths first_path, first_path + 1, ...; only lanes `skip` to `used` enter the statistics.

    `trace` (period, row of the buffer, lane) gets every reading; with no periods it gets none.
    """
    statistics.scratch[:] = 0.0
    draw_paths(seed, first_path, expansions, laws, streams, state, scratch)
    periods = clock.days.shape[0]
    for t in range(periods):
        draw_period(t, seed, first_path, streams, scratch)
        move_chains(t, chains, state, scratch, readings)
        reveal(t, clock, stocks, demands, state, readings)
        complete_expansions(t, expansions, state)
        receive_output(t, products, slots, state, readings)
        receive_arrivals(t, flows, pledges, state, scratch, readings)
        draw_demand(t, demands, laws, state, scratch, readings)
        refresh_budgets(t, budgets, state)
        start_expansions(t, expansions, budgets, chains, state, readings)
        place_orders(t, clock, slots, demands, rules, budgets, chains, state, scratch, readings)
        set_rates(t, lines, products, rules, state, scratch, readings)
        start_production(t, lines, products, slots, state, scratch, readings)
        find_room(t, flows, stocks, rules, scratch, readings)
        decide_releases(t, clock, flows, pledges, demands, rules, chains, state, scratch, readings)
        ship(t, flows, pledges, state, scratch, readings)
        issue(demands, readings)
        measure(t, clock, stocks, state, readings)
        if trace.shape[0] > 0:
            copy_rows(buffer, trace[t])
        collect(t, first_path, skip, used, buffer, series, statistics)
    collect_dates(first_path, skip, used, state.first_below, state.last_below, series, statistics)


@compiled
def copy_rows(rows: Floats, place: Floats) -> None:
    """Write `rows` to `place`, both (row, lane)."""
    for n in range(rows.shape[0]):
        row, own = rows[n], place[n]
        for i in range(row.shape[0]):
            own[i] = row[i]
