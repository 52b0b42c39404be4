"""What happens to one stock after the other before anything is decided: its rows stay in the cache meanwhile."""

from __future__ import annotations

from replenish.arrays.groups import FIRST_IN_FIRST_OUT, KEEPS, Floats, Ints, Words
from replenish.simulation.kernel.compiled import compiled
from replenish.simulation.kernel.draw import draw_demand
from replenish.simulation.kernel.order import order_alone
from replenish.simulation.kernel.receive import (
    enter_storage,
    expire,
    forget_receipts,
    receive_arrival,
    receive_output,
)
from replenish.simulation.kernel.reveal import reveal
from replenish.simulation.kernel.tables import Tables


@compiled
def open_stocks(t: int, tables: Tables, amounts: Floats, codes: Ints, words: Words) -> None:
    """Sections 1 to 4 of every stock; and its orders, where no other decision depends on them."""
    orders = tables.layout[0].decides_early == 1 and tables.clock[t].is_review == 1
    for c in range(tables.stocks.shape[0]):
        stock = tables.stocks[c]
        reveal(t, c, tables, amounts, codes)
        if stock.ages == FIRST_IN_FIRST_OUT:
            forget_receipts(t, stock, tables.opening_expiry[t, c], amounts)
        for n in range(stock.first_slot, stock.end_slot):
            receive_output(t, tables.slots_of[n], tables, amounts)
        for n in range(stock.first_incoming, stock.end_incoming):
            receive_arrival(t, tables.incoming[n], tables, amounts)
        if stock.is_limited == 1:
            enter_storage(amounts[stock.on_hand], amounts[stock.outside], stock.limit)
        if stock.ages != KEEPS:
            expire(t, stock, amounts)
        for d in range(stock.first_demand, stock.end_demand):
            draw_demand(t, d, tables, amounts, codes, words)
        if orders:
            for n in range(stock.first_slot, stock.end_slot):
                if tables.slots[tables.slots_of[n]].is_alone == 1:
                    order_alone(t, tables.slots_of[n], tables, amounts, codes)


@compiled
def order_rest(t: int, tables: Tables, amounts: Floats, codes: Ints) -> None:
    """Order for stocks one after the other where functions of the user have been asked before."""
    if tables.layout[0].decides_early == 0 and tables.clock[t].is_review == 1:
        for o in range(tables.slots.shape[0]):
            if tables.slots[o].is_alone == 1:
                order_alone(t, o, tables, amounts, codes)
