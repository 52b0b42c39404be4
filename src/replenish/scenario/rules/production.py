"""Rules about lines, components, expansions and contracts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from replenish.scenario.draft import Draft, Entry
from replenish.scenario.model import (
    Component,
    Contract,
    Expansion,
    Item,
    Line,
    LineItem,
    Requirement,
    Route,
)
from replenish.scenario.rules.groups import is_uncertain, uncertain_keys
from replenish.scenario.rules.names import find_circles
from replenish.scenario.rules.rates import rates
from replenish.scenario.rules.registry import Finding, rule


@rule(
    "min-above-max",
    meaning="The rate below which a line closes is above the highest rate that it can run.",
    example="`min_sustaining_rate` 2000 and `max_rate` 1000.",
    remedy="check both rates; they are in the same unit of time",
)
def min_above_max(draft: Draft) -> Iterator[Finding]:
    """Find lines that can only be closed."""
    for entry in draft.sound(Line, "min_sustaining_rate", "max_rate"):
        if entry.row.min_sustaining_rate > entry.row.max_rate:
            yield Finding(entry, "min_sustaining_rate", f"is above max_rate, {entry.row.max_rate:g}")
            entry.damage("max_rate")  # either rate may be the wrong one


@rule(
    "normal-rate-outside",
    meaning="The normal rate of a line is above its highest or below its minimum sustaining rate.",
    example="`normal_rate` 1200 and `max_rate` 1000.",
    remedy="set normal_rate between min_sustaining_rate and max_rate",
)
def normal_rate_outside(draft: Draft) -> Iterator[Finding]:
    """Find normal rates that the line cannot run."""
    for entry in draft.sound(Line, "normal_rate", "max_rate"):
        row = entry.row
        if row.normal_rate is not None and row.normal_rate > row.max_rate:
            yield Finding(entry, "normal_rate", f"is above max_rate, {row.max_rate:g}")
            entry.damage("max_rate")
        elif row.normal_rate is not None and row.normal_rate < (row.min_sustaining_rate or 0.0):
            yield Finding(entry, "normal_rate", f"is below min_sustaining_rate, {row.min_sustaining_rate:g}")


@rule(
    "start-above-max",
    meaning="A line runs above its highest rate before the first period.",
    example="`start_rate` 1500 and `max_rate` 1000.",
    remedy="lower start_rate, or raise max_rate",
)
def start_above_max(draft: Draft) -> Iterator[Finding]:
    """Find start rates that the line cannot run."""
    for entry in draft.sound(Line, "start_rate", "max_rate"):
        if entry.row.start_rate is not None and entry.row.start_rate > entry.row.max_rate:
            yield Finding(entry, "start_rate", f"is above max_rate, {entry.row.max_rate:g}")


@rule(
    "component-cycle",
    meaning="An item is, through its components, made from itself.",
    example="`round` needs `charge`, and `charge` needs `round`.",
    remedy="remove one component of the circle",
)
def component_cycles(draft: Draft) -> Iterator[Finding]:
    """Find items made from themselves; each circle once."""
    entries: dict[tuple[str, str], Entry[Component]] = {}
    following: dict[str, list[str]] = {}
    for entry in draft.sound(Component, "item", "component"):
        entries[entry.row.item, entry.row.component] = entry
        following.setdefault(entry.row.item, []).append(entry.row.component)
    for circle in find_circles(following):
        closed = (*circle, circle[0])
        yield Finding(entries[closed[0], closed[1]], "component", " -> ".join(closed))


@rule(
    "order-for-unmade-item",
    meaning="A contract is for an item that its line does not make.",
    example="an order for `shell` from a line that makes `fuze`.",
    remedy="name another line, or add the item to line_items of this one",
)
def orders_for_unmade_items(draft: Draft) -> Iterator[Finding]:
    """Find contracts that no line can serve."""
    uncertain = uncertain_keys(draft, LineItem, ("line", "item"))
    made = made_items(draft)
    for entry in draft.sound(Contract, "line", "item"):
        key = (entry.row.line, entry.row.item)
        if key not in made and not is_uncertain(key, uncertain):
            yield Finding(entry, "item", f"line `{entry.row.line}` does not make `{entry.row.item}`")


def made_items(draft: Draft) -> set[tuple[str, str]]:
    """Return line and item of all that is made."""
    return {(entry.row.line, entry.row.item) for entry in draft.sound(LineItem, "line", "item")}


@rule(
    "line-makes-nothing",
    severity="warning",
    meaning="A line has no row in line_items and makes nothing.",
    example="the line `plant` has rates and no item.",
    remedy="add the item that it makes to line_items, or remove the line",
)
def lines_make_nothing(draft: Draft) -> Iterator[Finding]:
    """Find lines without a product."""
    uncertain = uncertain_keys(draft, LineItem, ("line",))
    lines = {entry.row.line for entry in draft.sound(LineItem, "line")}
    for entry in draft.sound(Line, "name"):
        if entry.row.name not in lines and not is_uncertain((entry.row.name,), uncertain):
            yield Finding(entry, "name", f"line `{entry.row.name}` makes nothing")


@rule(
    "expansion-start-before-earliest",
    meaning="An expansion is decided before the first day on which a plan may start it.",
    example="`start` 2023-01-01 and `earliest` 2024-01-01.",
    remedy="set start to earliest or later",
)
def expansions_too_early(draft: Draft) -> Iterator[Finding]:
    """Find expansions that contradict their own earliest date."""
    for entry in draft.sound(Expansion, "start", "earliest"):
        start, earliest = entry.row.start, entry.row.earliest
        if start is not None and earliest is not None and start < earliest:
            yield Finding(entry, "start", f"lies before earliest, {earliest}")


@rule(
    "delay-mean-missing",
    meaning="The delay of an expansion, or the slip of a contract, has a law but no mean, so that it is never late.",
    example="`delay_distribution` exponential with an empty `delay_mean_days`.",
    remedy="give delay_mean_days or slip_days, or set the law to none",
)
def delay_means_missing(draft: Draft) -> Iterator[Finding]:
    """Find delays of zero with a law."""
    for entry in draft.sound(Expansion, "delay_distribution", "delay_mean_days"):
        if entry.row.delay_distribution != "none" and entry.row.delay_mean_days == 0:
            yield Finding(entry, "delay_mean_days", f"a delay that is {entry.row.delay_distribution} needs a mean")
    for contract in draft.sound(Contract, "slip_distribution", "slip_days"):
        if contract.row.slip_distribution != "none" and contract.row.slip_days == 0:
            yield Finding(contract, "slip_days", f"a slip that is {contract.row.slip_distribution} needs a mean")


@rule(
    "expansion-cannot-finish",
    severity="warning",
    meaning="An expansion is, with its mean delay, complete only after the end of the horizon.",
    example="decided on 2030-06-01 with 900 days of building in a study that ends in 2031.",
    remedy="start it earlier, check build_time_days and delay_mean_days, or lengthen the horizon",
)
def expansions_cannot_finish(draft: Draft) -> Iterator[Finding]:
    """Find expansions that cost and bring nothing."""
    if draft.time is None or draft.last_day is None:
        return
    for entry in draft.sound(Expansion, "start", "earliest", "build_time_days", "delay_mean_days"):
        row: Any = entry.row
        start: dt.date = row.start or row.earliest or draft.time.start
        days = row.build_time_days + row.delay_mean_days
        if days > (draft.last_day - start).days:
            yield Finding(
                entry, "build_time_days", f"takes {days:g} days from {start}, the horizon ends on {draft.last_day}"
            )


@rule(
    "realised-share-cut",
    severity="warning",
    meaning="The realised share of an expansion leaves 0 to 1 within its spread and is cut, which moves its mean.",
    example="`realised_share` 0.9 and `realised_spread` 0.2.",
    remedy="lower realised_spread",
)
def realised_shares_cut(draft: Draft) -> Iterator[Finding]:
    """Find spreads that reach beyond what a share can be."""
    for entry in draft.sound(Expansion, "realised_share", "realised_spread"):
        share, spread = entry.row.realised_share, entry.row.realised_spread
        if spread > min(share, 1 - share) + 1e-12:
            yield Finding(entry, "realised_spread", f"reaches from {share - spread:g} to {share + spread:g}")


@rule(
    "trigger-incomplete",
    meaning="The trigger of an expansion is given in part: a stock is watched by holder, item and share, a chain by"
    " chain and state.",
    example="`trigger_item` `shell` with an empty `trigger_share`.",
    remedy="fill the cell, or empty the others of the trigger",
)
def triggers_incomplete(draft: Draft) -> Iterator[Finding]:
    """Find triggers that do not say what starts the expansion; each missing cell."""
    for columns in (("trigger_holder", "trigger_item", "trigger_share"), ("trigger_chain", "trigger_state")):
        for entry in draft.sound(Expansion, *columns):
            missing = [column for column in columns if getattr(entry.row, column) in ("", None)]
            for column in missing if len(missing) < len(columns) else ():
                yield Finding(entry, column, "is empty, and the trigger needs it")


@rule(
    "trigger-without-requirement",
    meaning="An expansion starts when a stock falls below a part of its requirement, and it has none.",
    example="`trigger_holder` `front` and `trigger_item` `shell`, and no row of requirements for both.",
    remedy="add the requirement, or watch another stock",
)
def triggers_without_requirement(draft: Draft) -> Iterator[Finding]:
    """Find triggers that never go off."""
    uncertain = uncertain_keys(draft, Requirement, ("holder", "item"))
    required = {(entry.row.holder, entry.row.item) for entry in draft.sound(Requirement, "holder", "item")}
    for entry in draft.sound(Expansion, "trigger_holder", "trigger_item"):
        cell = (entry.row.trigger_holder, entry.row.trigger_item)
        if all(cell) and cell not in required and not is_uncertain(cell, uncertain):
            yield Finding(entry, "trigger_item", f"`{cell[0]}` has no requirement of `{cell[1]}`")


@rule(
    "outage-without-probability",
    severity="warning",
    meaning="A line has a mean length of outages, and none ever starts.",
    example="`outage_duration_days` 60 with an empty `outage_probability`.",
    remedy="give outage_probability, or empty outage_duration_days",
)
def outages_without_probability(draft: Draft) -> Iterator[Finding]:
    """Find outages that never happen."""
    for entry in draft.sound(Line, "outage_probability", "outage_duration_days"):
        if entry.row.outage_duration_days > 0 and entry.row.outage_probability == 0:
            yield Finding(entry, "outage_duration_days", "outage_probability is 0")


@rule(
    "surge-below-unit-cost",
    meaning="A unit made above the normal rate is cheaper than one made at it.",
    example="`surge_unit_cost` 2500 and `unit_cost` 3000.",
    remedy="raise surge_unit_cost to the price of the unit or more, or empty it",
)
def surge_prices_too_low(draft: Draft) -> Iterator[Finding]:
    """Find surge prices that would pay for working overtime."""
    items = {entry.row.name: entry.row for entry in draft.sound(Item, "name", "unit_cost", "currency")}
    worth = rates(draft)
    for entry in draft.sound(LineItem, "item", "unit_cost", "surge_unit_cost", "currency"):
        row, item = entry.row, items.get(entry.row.item)
        priced = row if row.unit_cost is not None else item
        if row.surge_unit_cost is None or priced is None or not {row.currency, priced.currency} <= worth.keys():
            continue
        usual, surge = (priced.unit_cost or 0.0) * worth[priced.currency], row.surge_unit_cost * worth[row.currency]
        if surge < usual * (1 - 1e-9):
            yield Finding(entry, "surge_unit_cost", f"is worth {surge:.6g}, below the unit cost of {usual:.6g}")


_LEADS: tuple[tuple[type[Any], str], ...] = ((LineItem, "production_lead_time_days"), (Route, "lead_time_days"))


@rule(
    "variation-of-no-lead-time",
    severity="warning",
    meaning="A lead time has a coefficient of variation and no length, so that it does not vary.",
    example="`lead_time_coefficient_of_variation` 0.3 with an empty `lead_time_days`.",
    remedy="give the lead time, or empty its coefficient of variation",
)
def variation_of_no_lead_time(draft: Draft) -> Iterator[Finding]:
    """Find spreads around nothing."""
    spread = "lead_time_coefficient_of_variation"
    for row_class, lead in _LEADS:
        for entry in draft.sound(row_class, lead, spread):
            if getattr(entry.row, spread) > 0 and getattr(entry.row, lead) == 0:
                yield Finding(entry, spread, f"{lead} is 0")


@rule(
    "expansion-never-starts",
    severity="warning",
    meaning="An expansion has neither a start nor a trigger, so that a simulation never builds it.",
    example="`start` left empty, and no `trigger_share` or `trigger_chain`.",
    remedy="write the day of the decision in start, or give it a trigger",
)
def expansions_never_start(draft: Draft) -> Iterator[Finding]:
    """Find expansions that nothing starts."""
    for entry in draft.sound(Expansion, "start", "trigger_item", "trigger_chain"):
        row = entry.row
        if row.start is None and not row.trigger_item and not row.trigger_chain:
            yield Finding(entry, "start", "has neither a start nor a trigger: it is never built")
