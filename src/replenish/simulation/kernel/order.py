"""Section 5 of docs/explanation/period-step.md: budgets, expansions and orders."""

from __future__ import annotations

import numpy as np

from replenish.arrays.groups import CALLED, DAYS_OF_SUPPLY, REORDER_POINT, SCHEDULE, Floats, Ints
from replenish.simulation.kernel.compiled import compiled, inlined
from replenish.simulation.kernel.lanes import add, copy
from replenish.simulation.kernel.records import Records
from replenish.simulation.kernel.tables import Tables


@compiled
def refresh_budgets(t: int, budgets: Records, periods: Records, amounts: Floats) -> None:
    """Let a new budget year add its amount and keep a share of what is left."""
    for b in range(budgets.shape[0]):
        left, amount, carry = amounts[budgets[b].left], periods[t, b].amount, periods[t, b].carry
        for i in range(left.shape[0]):
            left[i] = left[i] * carry + amount


@inlined
def let_through(quantity: Floats, gate: int, which: int, tables: Tables, codes: Ints) -> None:
    """Multiply by the share that a gate lets through: of purchases (0) or of releases (1)."""
    if gate >= 0:
        shares, state = tables.gates[which, gate], codes[tables.chains[gate].state]
        for i in range(quantity.shape[0]):
            quantity[i] *= shares[state[i]]


@compiled
def start_expansions(t: int, tables: Tables, amounts: Floats, codes: Ints, progress: Ints) -> None:
    """Pay for expansions that are due to start; those without trigger or money wait."""
    for x in range(tables.expansions.shape[0]):
        expansion = tables.expansions[x]
        if t < expansion.start or progress[x] != 0:
            continue
        if expansion.is_called == 0:
            start_expansion(t, x, tables, amounts, codes, progress)
        elif tables.clock[t].is_review == 1:
            start_part(t, expansion, tables, amounts, codes)


@compiled
def start_expansion(t: int, x: int, tables: Tables, amounts: Floats, codes: Ints, progress: Ints) -> None:
    """Start one expansion in the lanes where it is triggered and paid for."""
    expansion = tables.expansions[x]
    stage, late, spend = codes[expansion.stage], codes[expansion.late], amounts[expansion.spend]
    open_, waiting = amounts[tables.layout[0].lane], 0
    open_[:] = 1.0
    if expansion.budget >= 0:
        let_through(open_, tables.budgets[expansion.budget].gate, 0, tables, codes)
    for i in range(stage.shape[0]):
        if stage[i] == 0 and is_triggered(t, i, expansion, tables, amounts, codes):
            stage[i] = 1
        if stage[i] == 1:
            affordable = True
            if expansion.budget >= 0:
                left = tables.budgets[expansion.budget].left
                affordable = amounts[left, i] * open_[i] >= expansion.cost
                if affordable:
                    amounts[left, i] -= expansion.cost
            if affordable:
                stage[i] = 2
                spend[i] += expansion.cost
        if stage[i] < 2:
            late[i] += 1
            waiting += 1
    if waiting == 0:
        progress[x] = 1


@compiled
def start_part(t: int, expansion: Records, tables: Tables, amounts: Floats, codes: Ints) -> None:
    """Start what a function asks for of an expansion, as far as it is left and paid for."""
    asked, begun, part = amounts[expansion.asked], amounts[expansion.begun], amounts[expansion.parts + t]
    open_, spend = amounts[tables.layout[0].lane], amounts[expansion.spend]
    open_[:] = 1.0
    if expansion.budget >= 0:
        let_through(open_, tables.budgets[expansion.budget].gate, 0, tables, codes)
    for i in range(part.shape[0]):
        share = min(max(asked[i], 0.0), 1.0 - begun[i])
        if expansion.divisible == 0:
            share = 1.0 if asked[i] >= 0.5 and begun[i] == 0.0 else 0.0
        if expansion.budget >= 0:
            left = tables.budgets[expansion.budget].left
            limit = amounts[left, i] * open_[i]
            if share * expansion.cost > limit:
                share = limit / expansion.cost if expansion.divisible == 1 else 0.0
            amounts[left, i] = max(0.0, amounts[left, i] - share * expansion.cost)
        part[i] = share
        begun[i] += share
        spend[i] += share * expansion.cost


@compiled
def is_triggered(t: int, i: int, expansion: Records, tables: Tables, amounts: Floats, codes: Ints) -> bool:
    """Return whether what an expansion waits for has happened in lane `i`; true where it waits for nothing."""
    if expansion.trigger_cell < 0 and expansion.trigger_chain < 0:
        return True
    triggered = tables.clock[t].is_review == 1
    if expansion.trigger_cell >= 0:
        stock = tables.stocks[expansion.trigger_cell]
        triggered = triggered and (
            amounts[stock.on_hand, i] < expansion.trigger_share * amounts[stock.requirement, i]
        )  # fmt: skip
    if expansion.trigger_chain >= 0:
        triggered = triggered and (
            codes[tables.chains[expansion.trigger_chain].state, i] == expansion.trigger_state
        )  # fmt: skip
    return bool(triggered)


@inlined
def order_alone(t: int, o: int, tables: Tables, amounts: Floats, codes: Ints) -> None:
    """Order for a slot on which nothing else that is decided depends: the only one of its stock, without a budget."""
    slot, policy = tables.slots[o], tables.slot_periods[t, o].policy
    if policy >= 0:
        wanted = amounts[tables.layout[0].lane + 2]
        want_order(t, wanted, slot, tables.rules[policy], tables, amounts)
        let_through(wanted, slot.gate, 0, tables, codes)
        commit_order(t, wanted, slot, tables, amounts)


@compiled
def place_orders(t: int, tables: Tables, amounts: Floats, codes: Ints) -> None:
    """Decide what else is ordered, within budgets, and send it on its way to the book."""
    if tables.clock[t].is_review == 0:
        return
    for b in range(tables.budgets.shape[0]):
        amounts[tables.budgets[b].cut, :] = 0.0
    for o in range(tables.slots.shape[0]):
        slot, policy = tables.slots[o], tables.slot_periods[t, o].policy
        if policy >= 0 and slot.is_alone == 0:
            wanted = amounts[slot.wanted]
            want_order(t, wanted, slot, tables.rules[policy], tables, amounts)
            let_through(wanted, slot.gate, 0, tables, codes)
            if slot.budget >= 0:
                asked = amounts[tables.budgets[slot.budget].cut]
                for i in range(wanted.shape[0]):
                    asked[i] += wanted[i] * slot.price
    cut_to_budgets(tables, amounts, codes)
    for o in range(tables.slots.shape[0]):
        slot = tables.slots[o]
        if tables.slot_periods[t, o].policy >= 0 and slot.is_alone == 0:
            commit_order(t, amounts[slot.wanted], slot, tables, amounts)


@inlined
def want_order(t: int, wanted: Floats, slot: Records, rule: Records, tables: Tables, amounts: Floats) -> None:
    """Write what a slot would order, before gates and money."""
    if rule.rule == SCHEDULE:
        wanted[:] = rule.rate * tables.clock[t].span[rule.per] * rule.share
        return
    if rule.rule == CALLED:
        asked = amounts[slot.asked]
        for i in range(wanted.shape[0]):
            wanted[i] = max(0.0, asked[i])
        return
    stock, lane = tables.stocks[slot.stock], tables.layout[0].lane
    owed, level = amounts[lane], amounts[lane + 1]
    sum_owed(owed, stock, tables, amounts)
    if rule.rule == DAYS_OF_SUPPLY:
        use = amounts[stock.planning_use]
        for i in range(level.shape[0]):
            level[i] = rule.days * use[i]
    elif rule.quantity >= 0.0:
        level[:] = rule.quantity
    else:
        level = amounts[stock.requirement]
    below = rule.reorder_point * (1.0 - 1e-9) if rule.rule == REORDER_POINT else np.inf
    on_hand, on_order = amounts[stock.on_hand], amounts[stock.on_order]
    for i in range(wanted.shape[0]):
        position = on_hand[i] + on_order[i] - owed[i]
        quantity = max(0.0, level[i] - position) * rule.share
        wanted[i] = quantity if position < below else 0.0


@inlined
def sum_owed(owed: Floats, stock: Records, tables: Tables, amounts: Floats) -> None:
    """Write what is owed less what waits outside, is in transit and still to leave for a stock."""
    owed[:] = 0.0
    for d in range(stock.first_demand, stock.end_demand):
        if tables.demands[d].is_owed == 1:
            add(owed, amounts[tables.demands[d].backorders])
    if stock.is_limited == 1:
        outside = amounts[stock.outside]
        for i in range(owed.shape[0]):
            owed[i] -= outside[i]
    if stock.is_served == 1:
        in_transit, pending = amounts[stock.in_transit], amounts[stock.pending]
        for i in range(owed.shape[0]):
            owed[i] -= in_transit[i] + pending[i]


@compiled
def cut_to_budgets(tables: Tables, amounts: Floats, codes: Ints) -> None:
    """Turn what is asked of each budget into the factor that all its orders are cut by."""
    limit = amounts[tables.layout[0].lane]
    for b in range(tables.budgets.shape[0]):
        budget = tables.budgets[b]
        cut, left = amounts[budget.cut], amounts[budget.left]
        copy(limit, left)
        let_through(limit, budget.gate, 0, tables, codes)
        for i in range(cut.shape[0]):
            cut[i] = limit[i] / cut[i] if cut[i] > limit[i] else 1.0


@inlined
def commit_order(t: int, wanted: Floats, slot: Records, tables: Tables, amounts: Floats) -> None:
    """Commit the money of an order and let it wait for its lead times."""
    on_order = amounts[slot.on_order]
    if slot.budget >= 0:
        cut, left = amounts[tables.budgets[slot.budget].cut], amounts[tables.budgets[slot.budget].left]
        for i in range(wanted.shape[0]):
            wanted[i] *= cut[i]
            left[i] = max(0.0, left[i] - wanted[i] * slot.price)
    if slot.pays_on_delivery == 0 and slot.price > 0.0:
        spend = amounts[slot.spend]
        for i in range(wanted.shape[0]):
            spend[i] += wanted[i] * slot.price
    place = amounts[slot.waiting + t % slot.wait] if slot.wait > 0 else amounts[slot.book]
    for i in range(wanted.shape[0]):
        on_order[i] += wanted[i]
        place[i] += wanted[i]
    if slot.wait == 0 and slot.due_length > 0:
        due = t + tables.products[slot.product].lead
        add(amounts[slot.due + due % slot.due_length], wanted)
