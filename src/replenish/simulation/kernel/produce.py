"""Section 5 of docs/explanation/period-step.md: production."""

from __future__ import annotations

from replenish.arrays.groups import (
    CALLED,
    CLASSES,
    FOLLOW_OR_CLOSE,
    FOLLOW_ORDERS,
    LIMIT_CAPACITY,
    LIMIT_COMPONENT,
    LIMIT_MINIMUM,
    LIMIT_ORDERS,
    LIMIT_OUTAGE,
    LIMIT_RAMP,
    MAXIMUM,
    NORMAL,
    Floats,
    Ints,
    Words,
)
from replenish.simulation.kernel.compiled import compiled, inlined
from replenish.simulation.kernel.draw import count_all
from replenish.simulation.kernel.lanes import add, copy
from replenish.simulation.kernel.receive import withdraw
from replenish.simulation.kernel.records import Records
from replenish.simulation.kernel.share import allocate, scatter
from replenish.simulation.kernel.tables import Tables

_EPSILON = 1e-12  # smaller shares are rounding: they hold no product back, leave no capacity free


@compiled
def set_rates(t: int, tables: Tables, amounts: Floats, codes: Ints) -> None:
    """Set the rate of each line and what each product would start of it, components aside."""
    lane = tables.layout[0].lane
    asked, usable, limit = amounts[lane], amounts[lane + 1], amounts[lane + 2]
    for m in range(tables.lines.shape[0]):
        line, period = tables.lines[m], tables.line_periods[t, m]
        rule = tables.rules[period.policy]
        ask_capacity(line, tables, amounts)
        run_line(t, line, period, rule, tables, amounts, codes)
        cut, spare = amounts[lane + 3], amounts[lane + 4]
        for i in range(cut.shape[0]):
            cut[i] = usable[i] / asked[i] if asked[i] > usable[i] else 1.0
            spare[i] = usable[i] - asked[i] if usable[i] - asked[i] > _EPSILON * usable[i] else 0.0
        added = amounts[line.added]
        for p in range(line.first, line.end):
            product = tables.products[p]
            started, binding = amounts[product.started], amounts[product.binding]
            scale = 1.0 / product.capacity_use
            for i in range(started.shape[0]):
                started[i] = (started[i] * cut[i] + spare[i] * product.output_share) * scale
                binding[i] = limit[i]
            capacity, line_capacity = amounts[product.capacity], amounts[product.line_capacity]
            good = product.yield_fraction * scale
            for i in range(capacity.shape[0]):
                line_capacity[i] = (line.max_rate + added[i]) * period.length
                capacity[i] = line_capacity[i] * good


@inlined
def ask_capacity(line: Records, tables: Tables, amounts: Floats) -> None:
    """Write the capacity that the book asks of each product of a line, and their sum into the first lane row."""
    total = amounts[tables.layout[0].lane]
    total[:] = 0.0
    for p in range(line.first, line.end):
        product = tables.products[p]
        asked = amounts[product.started]
        asked[:] = 0.0
        if line.unbound > 0.0:
            factor = product.capacity_use / (product.yield_fraction * line.unbound)
            for o in range(product.first_slot, product.end_slot):
                book = amounts[tables.slots[o].book]
                for i in range(asked.shape[0]):
                    asked[i] += book[i] * factor
        for i in range(asked.shape[0]):
            total[i] += asked[i]


@inlined
def run_line(
    t: int, line: Records, period: Records, rule: Records, tables: Tables, amounts: Floats, codes: Ints
) -> None:
    """Write the rate of a line, its usable capacity and what holds it back, from what is asked."""
    lane = tables.layout[0].lane
    asked, usable, limit, before = amounts[lane], amounts[lane + 1], amounts[lane + 2], amounts[lane + 3]
    rate, added, target = amounts[line.rate], amounts[line.added], amounts[lane + 4]
    set_target(target, asked, line, period, rule, amounts)
    follows = rule.rule in (FOLLOW_ORDERS, FOLLOW_OR_CLOSE)
    copy(before, rate)
    for i in range(rate.shape[0]):
        capacity = line.max_rate + added[i]
        reach = rate[i] + period.ramp
        wished = min(target[i], capacity)
        by_orders = follows and target[i] < capacity * (1.0 - _EPSILON)
        held = LIMIT_ORDERS if by_orders else LIMIT_CAPACITY
        limit[i] = LIMIT_RAMP if reach < wished * (1.0 - _EPSILON) else held
        rate[i] = max(min(wished, reach), min(line.min_rate, capacity))
    if rule.rule == FOLLOW_OR_CLOSE:
        close_line(line, rate, target, limit, added)
    elif rule.rule == CALLED:
        for i in range(rate.shape[0]):
            rate[i] = rate[i] if target[i] > 0.0 else 0.0
    for i in range(rate.shape[0]):
        usable[i] = rate[i] * period.length
    if line.word >= 0:
        is_out = codes[line.is_out]
        for i in range(rate.shape[0]):
            if is_out[i] == 1:
                rate[i] = before[i]
                usable[i] = 0.0
                limit[i] = LIMIT_OUTAGE
    pay_for_line(t, before, rate, line, tables, amounts)


@inlined
def set_target(target: Floats, asked: Floats, line: Records, period: Records, rule: Records, amounts: Floats) -> None:
    """Write the rate that the rule of a line aims at."""
    added = amounts[line.added]
    if rule.rule in (FOLLOW_ORDERS, FOLLOW_OR_CLOSE):
        for i in range(target.shape[0]):
            target[i] = asked[i] / period.length
    elif rule.rule == NORMAL:
        for i in range(target.shape[0]):
            target[i] = line.normal_rate + added[i]
    elif rule.rule == MAXIMUM:
        for i in range(target.shape[0]):
            target[i] = line.max_rate + added[i]
    elif rule.rule == CALLED:
        copy(target, amounts[line.asked_rate])
    else:
        target[:] = rule.rate


@compiled
def close_line(line: Records, rate: Floats, target: Floats, limit: Floats, added: Floats) -> None:
    """Close a line whose book asks less than its minimum sustaining rate."""
    for i in range(rate.shape[0]):
        closes = target[i] < line.min_rate * (1.0 - _EPSILON)
        is_asked = target[i] > _EPSILON * (line.max_rate + added[i])
        rate[i] = 0.0 if closes else rate[i]
        if closes:
            limit[i] = LIMIT_MINIMUM if is_asked else LIMIT_ORDERS


@inlined
def pay_for_line(t: int, before: Floats, rate: Floats, line: Records, tables: Tables, amounts: Floats) -> None:
    """Pay for keeping a line open and for opening it again; rates that are only rounding count as closed."""
    if line.keeping_cost > 0.0 or line.restart_cost > 0.0:
        spend, cost, added = amounts[line.spend], line.keeping_cost * tables.clock[t].years, amounts[line.added]
        for i in range(rate.shape[0]):
            open_from = _EPSILON * (line.max_rate + added[i])
            if rate[i] > open_from:
                spend[i] += cost + (line.restart_cost if before[i] <= open_from else 0.0)


@compiled
def start_production(t: int, tables: Tables, amounts: Floats, codes: Ints, words: Words) -> None:
    """Take components, start what they allow, and share the output among those who ordered."""
    sum_component_need(tables, amounts)
    lane = tables.layout[0].lane
    share, net, surge = amounts[lane], amounts[lane + 1], amounts[lane + 2]
    for p in range(tables.products.shape[0]):
        product = tables.products[p]
        line, started = tables.lines[product.line], amounts[product.started]
        if product.first < product.end:
            component_share(share, product, tables, amounts)
            for i in range(started.shape[0]):
                started[i] *= share[i]
        used = amounts[product.started_capacity]
        for i in range(started.shape[0]):
            used[i] = started[i] * product.capacity_use
            net[i] = started[i] * product.yield_fraction
        lead = draw_lead(t, product, tables, codes, words)
        if lead > 0:
            add(amounts[product.output + (t + lead) % product.longest], net)
        else:
            scatter(net, product.output, codes[product.place], amounts)
        if line.unbound < 1.0:
            for i in range(net.shape[0]):
                net[i] *= line.unbound
        if product.surge_extra != 0.0:
            find_surge(surge, line, amounts)
        allocate(t, product, lead, tables, amounts, codes)
    take_components(t, tables, amounts)


@inlined
def draw_lead(t: int, product: Records, tables: Tables, codes: Ints, words: Words) -> int:
    """Return the lead of what starts now, or 0 where it is drawn; then the codes of the product hold its places."""
    if product.lead_law < 0:
        return int(product.lead)
    place = codes[product.place]
    count_all(
        place, words[product.word, t % 4], product.lead_law, tables.laws, tables.thresholds, tables.guide
    )  # fmt: skip
    find_places(t, place, product.longest)
    return 0


@inlined
def find_places(t: int, place: Ints, length: int) -> None:
    """Turn leads of 1 ... length into places in a ring."""
    now = t % length
    for i in range(place.shape[0]):
        coming = now + place[i]
        place[i] = coming - length if coming >= length else coming


@inlined
def find_surge(surge: Floats, line: Records, amounts: Floats) -> None:
    """Write the part of a line's rate that lies above its normal rate."""
    rate, added = amounts[line.rate], amounts[line.added]
    for i in range(surge.shape[0]):
        above = max(0.0, rate[i] - (line.normal_rate + added[i]))
        surge[i] = above / rate[i] if above > 0.0 else 0.0


@compiled
def sum_component_need(tables: Tables, amounts: Floats) -> None:
    """Write what all products together would take of each component."""
    for n in range(tables.components.shape[0]):
        amounts[tables.components[n].need, :] = 0.0
    for p in range(tables.products.shape[0]):
        started = amounts[tables.products[p].started]
        for n in range(tables.products[p].first, tables.products[p].end):
            need, use = amounts[tables.components[n].need], tables.components[n].use
            for i in range(need.shape[0]):
                need[i] += started[i] * use


@inlined
def component_share(share: Floats, product: Records, tables: Tables, amounts: Floats) -> None:
    """Write the smallest share that components allow; the scarcest becomes what binds, unless there is an outage."""
    binding, started, capacity = amounts[product.binding], amounts[product.started], amounts[product.line_capacity]
    share[:] = 1.0
    for n in range(product.first, product.end):
        need, available = amounts[tables.components[n].need], amounts[tables.components[n].on_hand]
        code = LIMIT_COMPONENT + n - product.first
        for i in range(share.shape[0]):
            allowed = available[i] / need[i] if need[i] > available[i] else 1.0
            is_wished = started[i] * product.capacity_use > _EPSILON * capacity[i]
            is_least = is_wished and allowed < share[i] - _EPSILON and binding[i] != LIMIT_OUTAGE
            binding[i] = code if is_least else binding[i]
            share[i] = min(share[i], allowed)


@compiled
def take_components(t: int, tables: Tables, amounts: Floats) -> None:
    """Take what was started of its components, the oldest first."""
    quantity = amounts[tables.layout[0].lane]
    for p in range(tables.products.shape[0]):
        product = tables.products[p]
        started = amounts[product.started]
        for n in range(product.first, product.end):
            component = tables.components[n]
            on_hand = amounts[component.on_hand]
            for i in range(started.shape[0]):
                on_hand[i] = max(0.0, on_hand[i] - started[i] * component.use)
            if tables.stocks[component.stock].ages == CLASSES:
                for i in range(started.shape[0]):
                    quantity[i] = started[i] * component.use
                withdraw(t, tables.stocks[component.stock], quantity, False, amounts)
