"""Section 5 of docs/explanation/period-step.md: orders and production."""

from __future__ import annotations

from replenish.arrays.groups import (
    ALLOCATE_PRIORITY,
    ALLOCATE_WEIGHTS,
    DAYS_OF_SUPPLY,
    FOLLOW_ORDERS,
    LIMIT_CAPACITY,
    LIMIT_COMPONENT,
    LIMIT_ORDERS,
    LIMIT_RAMP,
    MAXIMUM,
    NORMAL,
    REORDER_POINT,
    SCHEDULE,
    Budgets,
    Chains,
    Clock,
    Demands,
    Lines,
    Products,
    Rules,
    Slots,
)
from replenish.simulation.kernel.compiled import compiled
from replenish.simulation.state import Readings, Scratch, State

_EPSILON = 1e-12  # smaller shares are rounding: they hold no product back, leave no capacity free, keep no order open


@compiled
def place_orders(
    t: int,
    clock: Clock,
    slots: Slots,
    demands: Demands,
    rules: Rules,
    budgets: Budgets,
    chains: Chains,
    state: State,
    scratch: Scratch,
    readings: Readings,
) -> None:
    """Decide what is ordered, within budgets, and send it on its way to the book."""
    if clock.is_review[t] == 0:
        return
    scratch.budget[:] = 0.0
    for o in range(slots.cell.shape[0]):
        want_order(t, o, clock, slots, demands, rules, chains, state, scratch, readings)
        if slots.budget[o] >= 0:
            asked, wanted = scratch.budget[slots.budget[o]], scratch.slot[o]
            for i in range(wanted.shape[0]):
                asked[i] += wanted[i] * slots.price[o]
    for b in range(budgets.gate.shape[0]):
        cut, gate = scratch.budget[b], budgets.gate[b]
        for i in range(cut.shape[0]):
            open_share = chains.buy_share[gate, state.chain[gate, i]] if gate >= 0 else 1.0
            limit = state.budget[b, i] * open_share
            cut[i] = limit / cut[i] if cut[i] > limit else 1.0
    for o in range(slots.cell.shape[0]):
        if slots.policy[t, o] >= 0:
            commit_order(t, o, slots, state, scratch, readings)


@compiled
def want_order(
    t: int,
    o: int,
    clock: Clock,
    slots: Slots,
    demands: Demands,
    rules: Rules,
    chains: Chains,
    state: State,
    scratch: Scratch,
    readings: Readings,
) -> None:
    """Write what slot `o` would order into scratch.slot."""
    wanted, policy, c, gate = scratch.slot[o], slots.policy[t, o], slots.cell[o], slots.gate[o]
    wanted[:] = 0.0
    if policy < 0:
        return
    rule = rules.rule[policy]
    for i in range(wanted.shape[0]):
        position = readings.on_hand[c, i] + readings.on_order[c, i] + readings.in_transit[c, i] + state.pending[c, i]
        for d in range(demands.first[c], demands.first[c + 1]):
            position -= readings.backorders[d, i]
        level = rules.quantity[policy] if rules.quantity[policy] >= 0.0 else readings.requirement[c, i]
        if rule == DAYS_OF_SUPPLY:
            level = rules.days[policy] * readings.planning_use[c, i]
        quantity = max(0.0, level - position)
        if rule == REORDER_POINT and position >= rules.reorder_point[policy]:
            quantity = 0.0
        elif rule == SCHEDULE:
            quantity = rules.rate[policy] * clock.review_span[t, rules.per[policy]]
        open_share = chains.buy_share[gate, state.chain[gate, i]] if gate >= 0 else 1.0
        wanted[i] = quantity * rules.share[policy] * open_share


@compiled
def commit_order(t: int, o: int, slots: Slots, state: State, scratch: Scratch, readings: Readings) -> None:
    """Commit the money of an order and let it wait for its lead times."""
    wanted, budget, wait = scratch.slot[o], slots.budget[o], slots.wait[o]
    on_order, spend = readings.on_order[slots.cell[o]], readings.spend[slots.account[o]]
    place = state.waiting[slots.wait_ring[o] + t % wait] if wait > 0 else state.book[o]
    for i in range(wanted.shape[0]):
        quantity = wanted[i] * (scratch.budget[budget, i] if budget >= 0 else 1.0)
        cost = quantity * slots.price[o]
        if budget >= 0:
            state.budget[budget, i] = max(0.0, state.budget[budget, i] - cost)
        spend[i] += cost
        on_order[i] += quantity
        place[i] += quantity


@compiled
def set_rates(
    t: int, lines: Lines, products: Products, rules: Rules, state: State, scratch: Scratch, readings: Readings
) -> None:
    """Set the rate of each line and what each product would start of it, components aside."""
    for m in range(lines.max_rate.shape[0]):
        first, end = lines.first_product[m], lines.first_product[m + 1]
        asked, rate, added = scratch.lane[0], state.rate[m], state.added[m]
        ask_capacity(first, end, lines.unbound[m], products, state, scratch)
        policy, length = lines.policy[t, m], lines.length[t, m]
        rule = rules.rule[policy]
        for i in range(rate.shape[0]):
            capacity = lines.max_rate[m] + added[i]
            target = rules.rate[policy]
            if rule == FOLLOW_ORDERS:
                target = asked[i] / length
            elif rule == NORMAL:
                target = lines.normal_rate[m] + added[i]
            elif rule == MAXIMUM:
                target = capacity
            reach = rate[i] + lines.ramp[t, m]
            limit = LIMIT_ORDERS
            if reach < min(target, capacity) * (1.0 - _EPSILON):
                limit = LIMIT_RAMP
            elif rule != FOLLOW_ORDERS or capacity * (1.0 - _EPSILON) <= target:
                limit = LIMIT_CAPACITY
            rate[i] = max(min(target, capacity, reach), min(lines.min_rate[m], capacity))
            usable = rate[i] * length
            cut = usable / asked[i] if asked[i] > usable else 1.0
            spare = usable - asked[i] if usable - asked[i] > _EPSILON * usable else 0.0
            for p in range(first, end):
                use = products.capacity_use[p]
                scratch.product[p, i] = (scratch.product[p, i] * cut + spare * products.output_share[p]) / use
                readings.capacity[p, i] = capacity * length / use * products.yield_fraction[p]
                readings.line_capacity[p, i] = capacity * length
                for n in range(products.first_limit[p], products.first_limit[p + 1]):
                    readings.binding[n, i] = 0.0
                readings.binding[products.first_limit[p] + limit, i] = 1.0


@compiled
def ask_capacity(first: int, end: int, unbound: float, products: Products, state: State, scratch: Scratch) -> None:
    """Write the capacity that the book asks of each product of a line, and their sum into scratch.lane[0]."""
    total = scratch.lane[0]
    total[:] = 0.0
    for p in range(first, end):
        asked = scratch.product[p]
        asked[:] = 0.0
        if unbound > 0.0:
            factor = products.capacity_use[p] / (products.yield_fraction[p] * unbound)
            for o in range(products.first_slot[p], products.first_slot[p + 1]):
                book = state.book[o]
                for i in range(asked.shape[0]):
                    asked[i] += book[i] * factor
        for i in range(asked.shape[0]):
            total[i] += asked[i]


@compiled
def start_production(
    t: int, lines: Lines, products: Products, slots: Slots, state: State, scratch: Scratch, readings: Readings
) -> None:
    """Take components, start what they allow, and share the output among those who ordered."""
    sum_component_need(products, scratch)
    share, net = scratch.lane[0], scratch.lane[1]
    for p in range(products.line.shape[0]):
        component_share(p, products, scratch, readings)
        started, m = scratch.product[p], products.line[p]
        output = state.output[products.ring[p] + t % products.lead[p]]
        for i in range(share.shape[0]):
            started[i] *= share[i]
            good = started[i] * products.yield_fraction[p]
            output[i] = good
            net[i] = good * lines.unbound[m]
            readings.started_capacity[p, i] = started[i] * products.capacity_use[p]
        allocate(t, p, lines.allocation[m], products, slots, state, scratch, readings)
    for p in range(products.line.shape[0]):
        started = scratch.product[p]
        for n in range(products.first_component[p], products.first_component[p + 1]):
            on_hand = readings.on_hand[products.component_cell[n]]
            for i in range(started.shape[0]):
                on_hand[i] = max(0.0, on_hand[i] - started[i] * products.component_use[n])


@compiled
def sum_component_need(products: Products, scratch: Scratch) -> None:
    """Write what all products together would take of each stock into scratch.cell."""
    for n in range(products.component_cell.shape[0]):
        scratch.cell[products.component_cell[n], :] = 0.0
    for p in range(products.line.shape[0]):
        started = scratch.product[p]
        for n in range(products.first_component[p], products.first_component[p + 1]):
            need = scratch.cell[products.component_cell[n]]
            for i in range(need.shape[0]):
                need[i] += started[i] * products.component_use[n]


@compiled
def component_share(p: int, products: Products, scratch: Scratch, readings: Readings) -> None:
    """Write the smallest share that components allow into scratch.lane[0]; the scarcest becomes what binds."""
    share = scratch.lane[0]
    share[:] = 1.0
    first_limit = products.first_limit[p]
    for i in range(share.shape[0]):
        scarcest = -1
        for n in range(products.first_component[p], products.first_component[p + 1]):
            c = products.component_cell[n]
            need, available = scratch.cell[c, i], readings.on_hand[c, i]
            if need > available:
                if available / need < share[i] - _EPSILON:
                    scarcest = n - products.first_component[p]
                share[i] = min(share[i], available / need)
        if scarcest >= 0:
            for n in range(LIMIT_COMPONENT):
                readings.binding[first_limit + n, i] = 0.0
            readings.binding[first_limit + LIMIT_COMPONENT + scarcest, i] = 1.0


@compiled
def allocate(
    t: int, p: int, rule: int, products: Products, slots: Slots, state: State, scratch: Scratch, readings: Readings
) -> None:
    """Share scratch.lane[1], good units started, among the open orders of product `p`; the rest is the owner's."""
    net, first, end = scratch.lane[1], products.first_slot[p], products.first_slot[p + 1]
    turn = t % products.lead[p]
    for i in range(net.shape[0]):
        left = net[i]
        if rule == ALLOCATE_PRIORITY:
            for o in range(first, end):
                left -= serve(o, turn, i, min(left, state.book[o, i]), slots, state)
        elif rule == ALLOCATE_WEIGHTS:
            left = share_by_weights(first, end, turn, i, left, slots, state)
        else:
            total = 0.0
            for o in range(first, end):
                total += state.book[o, i]
            cut = left / total if total > left else 1.0
            for o in range(first, end):
                left -= serve(o, turn, i, state.book[o, i] * cut, slots, state)
        left = max(0.0, left)
        owner = products.owner_slot[p]
        state.work[slots.lead_ring[owner] + turn, i] += left
        readings.on_order[slots.cell[owner], i] += left
        readings.spend[slots.account[owner], i] += left * slots.price[owner]


@compiled
def serve(o: int, turn: int, i: int, quantity: float, slots: Slots, state: State) -> float:
    """Move `quantity` of a slot's book into production and return it; what rounding leaves of an order is dropped."""
    book = state.book[o, i]
    state.book[o, i] = book - quantity if book - quantity > _EPSILON * book else 0.0
    state.work[slots.lead_ring[o] + turn, i] += quantity
    return quantity


@compiled
def share_by_weights(first: int, end: int, turn: int, i: int, left: float, slots: Slots, state: State) -> float:
    """Share output by weight; what one holder does not need goes to the others.  Return what nobody needs."""
    for _ in range(end - first):
        weight = 0.0
        for o in range(first, end):
            if state.book[o, i] > 0.0:
                weight += slots.weight[o]
        if weight == 0.0 or left <= 0.0:
            return left
        part = left / weight
        for o in range(first, end):
            if state.book[o, i] > 0.0:
                left -= serve(o, turn, i, min(part * slots.weight[o], state.book[o, i]), slots, state)
    return left
