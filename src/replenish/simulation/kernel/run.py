"""All periods of one group of lanes, in the order of docs/explanation/period-step.md."""

from __future__ import annotations

from collections.abc import Callable

from replenish.arrays.groups import Floats, Ints, Words
from replenish.simulation.kernel.collect import Series, Statistics, collect, collect_dates
from replenish.simulation.kernel.compiled import compiled, entry
from replenish.simulation.kernel.draw import draw_paths, draw_period
from replenish.simulation.kernel.issue import close_stocks, issue_jointly
from replenish.simulation.kernel.lanes import copy
from replenish.simulation.kernel.order import place_orders, refresh_budgets, start_expansions
from replenish.simulation.kernel.produce import set_rates, start_production
from replenish.simulation.kernel.receive import book_slips, complete_output
from replenish.simulation.kernel.release import decide_releases, find_room, ship
from replenish.simulation.kernel.reveal import clear, complete_expansions, move_chains, move_outages
from replenish.simulation.kernel.share import join_overdue
from replenish.simulation.kernel.stock import open_stocks, order_rest
from replenish.simulation.kernel.tables import Tables


@entry
def run_lanes(
    seed: int, first_path: int, skip: int, used: int, tables: Tables, amounts: Floats, codes: Ints, words: Words,
    progress: Ints, buffer: Floats, series: Series, statistics: Statistics, trace: Floats, asks: bool,
    ask: Callable[[int], None],
) -> None:  # fmt: skip
    """Run lanes for paths first_path, first_path + 1, ...; only lanes `skip` to `used` enter the statistics.

    `trace` (period, row of the buffer, lane) gets every reading; with no periods it gets none.  If it `asks`, `ask` is
    called at the moment of decision of every period: functions of the user then write what they decide.
    """
    statistics.scratch[:] = 0.0
    draw_paths(seed, first_path, tables, amounts, codes, words[0])
    for t in range(tables.clock.shape[0]):
        # Sections 1 to 4: all that is known before anything is decided.
        draw_period(t, seed, first_path, tables.streams, words)
        move_chains(t, tables, amounts, codes, words)
        move_outages(t, tables.lines, codes, words)
        clear(tables.zeroed, amounts)
        complete_expansions(t, tables.expansions, amounts, codes, progress)
        join_overdue(t, tables.slots, amounts)
        complete_output(t, tables.products, amounts)
        open_stocks(t, tables, amounts, codes, words)
        book_slips(t, tables, amounts, codes)
        refresh_budgets(t, tables.budgets, tables.budget_periods, amounts)
        if asks:
            ask(t)
        # Sections 5 to 8: decisions, shipments, issues and readings.
        start_expansions(t, tables, amounts, codes, progress)
        order_rest(t, tables, amounts, codes)
        place_orders(t, tables, amounts, codes)
        set_rates(t, tables, amounts, codes)
        start_production(t, tables, amounts, codes, words)
        find_room(t, tables, amounts)
        decide_releases(t, tables, amounts, codes)
        ship(t, tables, amounts, codes, words)
        issue_jointly(tables, amounts)
        close_stocks(t, tables, amounts)
        write_down(t, first_path, skip, used, tables, amounts, buffer, series, statistics, trace)


@compiled
def write_down(
    t: int, first_path: int, skip: int, used: int, tables: Tables, amounts: Floats, buffer: Floats, series: Series,
    statistics: Statistics, trace: Floats,
) -> None:  # fmt: skip
    """Add the readings of a period to the trace and to the statistics; after the last one also the dates."""
    if trace.shape[0] > 0:
        for row in range(buffer.shape[0]):
            copy(trace[t, row], buffer[row])
    collect(t, first_path, skip, used, buffer, series, statistics)
    if t == tables.clock.shape[0] - 1:
        layout = tables.layout[0]
        first = amounts[layout.first_below : layout.first_below + layout.dated]
        last = amounts[layout.last_below : layout.last_below + layout.dated]
        collect_dates(first_path, skip, used, first, last, series, statistics)
