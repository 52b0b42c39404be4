"""The steps of a period around the decisions: what is revealed, received, issued and measured.

Section numbers are those of docs/explanation/period-step.md.
"""

from __future__ import annotations

from replenish.arrays.groups import Budgets, Chains, Clock, Demands, Expansions, Flows, Pledges, Products, Slots, Stocks
from replenish.simulation.kernel.compiled import compiled
from replenish.simulation.state import Readings, Scratch, State


@compiled
def reveal(t: int, clock: Clock, stocks: Stocks, demands: Demands, state: State, readings: Readings) -> None:
    """Section 1: requirement and planning use of the period; spend starts at zero."""
    readings.spend[:] = 0.0
    for c in range(stocks.opening.shape[0]):
        chain = stocks.requirement_chain[c]
        required, planned = readings.requirement[c], readings.planning_use[c]
        for i in range(required.shape[0]):
            s = state.chain[chain, i] if chain >= 0 else 0
            required[i] = stocks.requirement[t, c, s]
            use = stocks.planning_use[t, c, s]
            if use == 0.0:
                for d in range(demands.first[c], demands.first[c + 1]):
                    own = demands.chain[d]
                    use += demands.mean[t, d, state.chain[own, i] if own >= 0 else 0]
                use /= clock.days[t]
            planned[i] = use


@compiled
def complete_expansions(t: int, expansions: Expansions, state: State) -> None:
    """Section 1: expansions whose construction ends raise the capacity of their line."""
    for x in range(expansions.line.shape[0]):
        stage, gain, added = state.stage[x], state.gain[x], state.added[expansions.line[x]]
        completion, late = state.completion[x], state.late[x]
        for i in range(stage.shape[0]):
            if stage[i] == 1 and t >= completion[i] + late[i]:
                stage[i] = 2
                added[i] += gain[i]


@compiled
def receive_output(t: int, products: Products, slots: Slots, state: State, readings: Readings) -> None:
    """Section 2: completed production goes on hand; orders and contracts reach the book."""
    for p in range(products.line.shape[0]):
        completed, output = readings.production[p], state.output[products.ring[p] + t % products.lead[p]]
        for i in range(completed.shape[0]):
            completed[i] = output[i]
    for o in range(slots.cell.shape[0]):
        work = state.work[slots.lead_ring[o] + t % products.lead[slots.product[o]]]
        on_hand, on_order, book = readings.on_hand[slots.cell[o]], readings.on_order[slots.cell[o]], state.book[o]
        for i in range(work.shape[0]):
            on_hand[i] += work[i]
            on_order[i] -= work[i]
            work[i] = 0.0
            book[i] += slots.contracts[t, o]
        if slots.wait[o] > 0:
            waiting = state.waiting[slots.wait_ring[o] + t % slots.wait[o]]
            for i in range(work.shape[0]):
                book[i] += waiting[i]
                waiting[i] = 0.0


@compiled
def receive_arrivals(
    t: int, flows: Flows, pledges: Pledges, state: State, scratch: Scratch, readings: Readings
) -> None:
    """Section 2: what survives the way goes on hand and counts for pledges."""
    rest = scratch.lane[0]
    for f in range(flows.from_cell.shape[0]):
        to = flows.to_cell[f]
        transit = state.transit[flows.lead_ring[f] + t % flows.lead[f]]
        on_hand, in_transit, delivered = readings.on_hand[to], readings.in_transit[to], readings.delivered[f]
        for i in range(transit.shape[0]):
            arrived = transit[i] * flows.survival[f]
            in_transit[i] -= transit[i]
            on_hand[i] += arrived
            delivered[i] = arrived
            rest[i] = arrived
            transit[i] = 0.0
        for g in range(flows.first_pledge[f], flows.first_pledge[f + 1]):
            if t >= pledges.start[g]:
                open_, counted = state.open_to_deliver[g], readings.pledge_delivered[g]
                for i in range(rest.shape[0]):
                    taken = min(rest[i], open_[i])
                    open_[i] -= taken
                    counted[i] += taken
                    rest[i] -= taken


@compiled
def refresh_budgets(t: int, budgets: Budgets, state: State) -> None:
    """Section 5: a new budget year adds its amount and keeps a share of what is left."""
    for b in range(budgets.gate.shape[0]):
        budget = state.budget[b]
        for i in range(budget.shape[0]):
            budget[i] = budget[i] * budgets.carry[t, b] + budgets.amount[t, b]


@compiled
def start_expansions(
    t: int, expansions: Expansions, budgets: Budgets, chains: Chains, state: State, readings: Readings
) -> None:
    """Section 5: pay for expansions that are due to start; those without money wait."""
    for x in range(expansions.line.shape[0]):
        if t < expansions.start[x]:
            continue
        stage, late, spend = state.stage[x], state.late[x], readings.spend[expansions.account[x]]
        budget, cost = expansions.budget[x], expansions.cost[x]
        for i in range(stage.shape[0]):
            if stage[i] == 0:
                affordable = True
                if budget >= 0:
                    gate = budgets.gate[budget]
                    open_share = chains.buy_share[gate, state.chain[gate, i]] if gate >= 0 else 1.0
                    affordable = state.budget[budget, i] * open_share >= cost
                if affordable:
                    stage[i] = 1
                    spend[i] += cost
                    if budget >= 0:
                        state.budget[budget, i] -= cost
                else:
                    late[i] += 1


@compiled
def issue(demands: Demands, readings: Readings) -> None:
    """Section 7: serve each stock's demands in order, first what is owed, then the demand of the period."""
    for d in range(demands.cell.shape[0]):
        on_hand, demand, owed = readings.on_hand[demands.cell[d]], readings.demand[d], readings.backorders[d]
        issues, unmet, is_owed = readings.issues[d], readings.unmet[d], demands.is_owed[d]
        for i in range(on_hand.shape[0]):
            asked = owed[i] + demand[i]
            issued = min(on_hand[i], asked)
            on_hand[i] -= issued
            issues[i] = issued
            unmet[i] = demand[i] - min(demand[i], max(0.0, issued - owed[i]))
            owed[i] = asked - issued if is_owed else 0.0


@compiled
def measure(t: int, clock: Clock, stocks: Stocks, state: State, readings: Readings) -> None:
    """Section 8: shortfall, holding cost, and the periods in which a stock is below its requirement."""
    for c in range(stocks.opening.shape[0]):
        on_hand, required, shortfall = readings.on_hand[c], readings.requirement[c], readings.shortfall[c]
        spend, cost = readings.spend[stocks.account[c]], stocks.holding_cost[c] * clock.years[t]
        for i in range(on_hand.shape[0]):
            shortfall[i] = max(0.0, required[i] - on_hand[i])
            spend[i] += cost * on_hand[i]
    for n in range(stocks.dated.shape[0]):
        c = stocks.dated[n]
        on_hand, required = readings.on_hand[c], readings.requirement[c]
        first, last = state.first_below[n], state.last_below[n]
        for i in range(on_hand.shape[0]):
            if on_hand[i] < required[i] * (1.0 - 1e-9):
                last[i] = t
                if first[i] < 0:
                    first[i] = t
