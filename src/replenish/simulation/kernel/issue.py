"""Sections 7 and 8 of docs/explanation/period-step.md: what is issued, and what is written down."""

from __future__ import annotations

from replenish.arrays.groups import CLASSES, Floats
from replenish.simulation.kernel.compiled import compiled, inlined
from replenish.simulation.kernel.receive import withdraw
from replenish.simulation.kernel.records import Records
from replenish.simulation.kernel.tables import Tables


@compiled
def issue_jointly(tables: Tables, amounts: Floats) -> None:
    """Serve demands whose stocks are shared with others in order, from their own stocks and then from substitutes."""
    for n in range(tables.order.shape[0]):
        demand = tables.demands[tables.order[n]]
        serve(demand, tables.sources[demand.first_source], tables, amounts)
    for n in range(tables.order.shape[0]):
        demand = tables.demands[tables.order[n]]
        for s in range(demand.first_source + 1, demand.end_source):
            serve_instead(demand, tables.sources[s], tables, amounts)


@compiled
def close_stocks(t: int, tables: Tables, amounts: Floats) -> None:
    """Issue what else is asked, and write down what every stock has come to."""
    for c in range(tables.stocks.shape[0]):
        stock = tables.stocks[c]
        for d in range(stock.first_demand, stock.end_demand):
            demand = tables.demands[d]
            if stock.is_shared == 0:
                serve(demand, tables.sources[demand.first_source], tables, amounts)
            owe(demand, amounts)
        if stock.ages == CLASSES:
            settle_classes(t, stock, amounts[tables.layout[0].lane], amounts)
    for c in range(tables.stocks.shape[0]):
        measure(t, tables.stocks[c], tables, amounts)


@inlined
def serve(demand: Records, source: Records, tables: Tables, amounts: Floats) -> None:
    """Issue what is owed and asked from the own stock, as far as it and what is bundled with it allow."""
    on_hand, issues = amounts[source.on_hand], amounts[demand.issues]
    asked, owed = amounts[demand.demand], amounts[demand.backorders]
    if source.first == source.end:
        for i in range(issues.shape[0]):
            issues[i] = min(on_hand[i], asked[i] + owed[i])
            on_hand[i] -= issues[i]
        return
    for i in range(issues.shape[0]):
        issues[i] = min(on_hand[i], asked[i] + owed[i])
    use_bundles(issues, source, tables, amounts)
    for i in range(issues.shape[0]):
        on_hand[i] -= issues[i]


@inlined
def use_bundles(taken: Floats, source: Records, tables: Tables, amounts: Floats) -> None:
    """Cut what is taken to what bundled stocks allow, and use them up."""
    for b in range(source.first, source.end):
        left, use = amounts[tables.bundles[b].on_hand], tables.bundles[b].use
        for i in range(taken.shape[0]):
            taken[i] = min(taken[i], left[i] / use)
    for b in range(source.first, source.end):
        left, used, use = amounts[tables.bundles[b].on_hand], amounts[tables.bundles[b].bundled], tables.bundles[b].use
        for i in range(taken.shape[0]):
            left[i] = max(0.0, left[i] - taken[i] * use)
            used[i] += taken[i] * use


@inlined
def serve_instead(demand: Records, source: Records, tables: Tables, amounts: Floats) -> None:
    """Issue a substitute for what is still asked."""
    taken, on_hand = amounts[tables.layout[0].lane], amounts[source.on_hand]
    issues, asked, owed = amounts[demand.issues], amounts[demand.demand], amounts[demand.backorders]
    for i in range(taken.shape[0]):
        missing = max(0.0, asked[i] + owed[i] - issues[i])
        taken[i] = min(on_hand[i], missing * source.ratio)
    use_bundles(taken, source, tables, amounts)
    substituted = amounts[source.substituted]
    for i in range(taken.shape[0]):
        on_hand[i] -= taken[i]
        substituted[i] += taken[i]
        issues[i] += taken[i] / source.ratio


@inlined
def owe(demand: Records, amounts: Floats) -> None:
    """Write what of the period's demand is unmet, and what is owed from now on."""
    issues, asked = amounts[demand.issues], amounts[demand.demand]
    unmet, owed = amounts[demand.unmet], amounts[demand.backorders]
    if demand.is_owed == 1:
        for i in range(issues.shape[0]):
            late = max(0.0, asked[i] + owed[i] - issues[i])
            unmet[i] = min(asked[i], late)
            owed[i] = late
    else:
        for i in range(issues.shape[0]):
            unmet[i] = max(0.0, asked[i] - issues[i])


@compiled
def settle_classes(t: int, stock: Records, taken: Floats, amounts: Floats) -> None:
    """Take from the classes what issues, substitutes and bundles have taken: all that is no longer in the stock."""
    on_hand, outside = amounts[stock.on_hand], amounts[stock.outside]
    taken[:] = 0.0
    for n in range(stock.class_count):
        own = amounts[stock.classes + n]
        for i in range(taken.shape[0]):
            taken[i] += own[i]
    for i in range(taken.shape[0]):
        taken[i] = max(0.0, taken[i] - on_hand[i] - outside[i])
    withdraw(t, stock, taken, False, amounts)


@inlined
def measure(t: int, stock: Records, tables: Tables, amounts: Floats) -> None:
    """Write shortfall and holding cost, and the periods in which a stock is below its requirement."""
    years, on_hand = tables.clock[t].years, amounts[stock.on_hand]
    if stock.holding_cost > 0.0:
        charge(amounts[stock.spend], on_hand, stock.holding_cost * years)
    if stock.outside_cost > 0.0:
        charge(amounts[stock.spend], amounts[stock.outside], stock.outside_cost * years)
    if stock.is_required == 1:
        required, shortfall = amounts[stock.requirement], amounts[stock.shortfall]
        for i in range(on_hand.shape[0]):
            shortfall[i] = max(0.0, required[i] - on_hand[i])
        note_below(t, tables.clock.shape[0], on_hand, required, amounts[stock.first_below], amounts[stock.last_below])


@inlined
def note_below(t: int, periods: int, on_hand: Floats, required: Floats, first: Floats, last: Floats) -> None:
    """Write down that a stock is below its requirement in period `t`: T - t of the first, t + 1 of the last; 0 never.

    Written without a choice that may leave a value as it is: compilers turn such into branches, which cost ten times
    as much.
    """
    for i in range(on_hand.shape[0]):
        below = max(0.0, required[i] * (1.0 - 1e-9) - on_hand[i]) * 1e300
        last[i] += max(0.0, min(t + 1.0, below) - last[i])
    for i in range(on_hand.shape[0]):
        below = max(0.0, required[i] * (1.0 - 1e-9) - on_hand[i]) * 1e300
        first[i] += max(0.0, min(periods - float(t), below) - first[i])


@inlined
def charge(spend: Floats, quantity: Floats, cost: float) -> None:
    """Add the cost of a quantity."""
    for i in range(spend.shape[0]):
        spend[i] += cost * quantity[i]
