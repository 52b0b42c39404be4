"""A scenario as the numbers of a plan: its arrays with every decision open, its stages and its prices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from replenish.arrays import Arrays, Labels, to_arrays, to_calendar
from replenish.arrays.groups import Floats, Ints
from replenish.errors import UsageError
from replenish.periods import Calendar
from replenish.planning.decisions import Decisions, find_decisions, to_joint
from replenish.planning.prices import PriceUsed, derive_prices
from replenish.planning.stages import Stages, to_stages
from replenish.policy import to_calls
from replenish.scenario.model import Scenario
from replenish.units import DAYS_PER_YEAR, MEAN_DAYS


@dataclass(frozen=True, slots=True)
class Bands:
    """Priced ranges, (band,), shallowest first within a thing.

    thing: row of the demand, stock or pledge.
    width: part of what it is a share of; infinite for the deepest.
    price: [currency/unit/period], of terminal stock [currency/unit].
    """

    thing: Ints
    width: Floats
    price: Floats


@dataclass(frozen=True, slots=True)
class Problem:
    """What a plan is made for.

    Attributes:
        scenario, calendar: as written.
        arrays, labels: with every decision of the plan as that of a function.
        decisions: what the plan decides.
        stages: how periods are grouped.
        prices: what is used, with reasons.
        unmet, shortfall, late, terminal: prices by row of demand, stock, pledge and stock.
        whole: whether expansions are whole and rates zero or at least the minimum.
    """

    scenario: Scenario
    calendar: Calendar
    arrays: Arrays
    labels: Labels
    decisions: Decisions
    stages: Stages
    prices: tuple[PriceUsed, ...]
    unmet: Bands
    shortfall: Bands
    late: Bands
    terminal: Bands
    whole: bool

    @property
    def periods_in_year(self) -> float:
        """Return the number of periods in a year of mean length."""
        return DAYS_PER_YEAR / MEAN_DAYS[self.calendar.period]

    @property
    def discounts(self) -> Floats:
        """Return what money at the start of each stage counts, (stage,)."""
        years = np.concatenate([[0.0], np.cumsum(self.arrays.clock.years)])[self.stages.first]
        rate = self.scenario.settings.money.discount_rate
        return np.asarray((1.0 + rate) ** -years)


def to_problem(
    scenario: Scenario,
    *,
    length: int = 1,
    whole: bool = False,
    prices: tuple[PriceUsed, ...] | None = None,
    periods: int | None = None,
) -> Problem:
    """Return a sound scenario as the numbers of a plan.

    Args:
        scenario: a scenario in which `replenish.scenario.check` finds no error.
        length: periods of a stage.
        whole: whether expansions are whole and rates zero or at least the minimum.
        prices: those to use; derived from the scenario's statements if None.
        periods: plan for the first so many periods only; all if None.

    Raises:
        UsageError: the scenario has what a plan cannot have.
        SolveError: its statements have no prices.
    """
    refuse(scenario)
    decisions, used = find_decisions(scenario), derive_prices(scenario) if prices is None else prices
    calls = to_calls(to_joint(decisions, _nobody)) if any(_keys(decisions)) else ()
    arrays, labels = to_arrays(scenario, calls)
    calendar = to_calendar(scenario)
    return Problem(
        scenario=scenario, calendar=calendar, arrays=arrays, labels=labels, decisions=decisions,
        stages=to_stages(min(periods or len(calendar), len(calendar)), length), prices=used,
        unmet=_bands(used, "unmet", [key[:2] for key in labels.demands]),
        shortfall=_bands(used, "shortfall", list(labels.cells)),
        late=_bands(used, "late", [(giver, item) for giver, _, item, *_ in labels.pledges]),
        terminal=_bands(used, "terminal_stock", list(labels.cells)),
        whole=whole,
    )  # fmt: skip


def refuse(scenario: Scenario) -> None:
    """Raise UsageError if a scenario has what a plan cannot have."""
    if scenario.influences:
        named = ", ".join(sorted({row.chain for row in scenario.influences}))
        raise UsageError(
            f"influences: the moves of {named} depend on stocks or deliveries, so that a decision changes what chance"
            " does; a plan cannot weigh that. Simulate it, or take the table influences away for the plan"
        )
    if not any(_keys(find_decisions(scenario))):
        raise UsageError("there is nothing to decide: the scenario has no line, route or expansion; add one")


def _keys(decisions: Decisions) -> tuple[tuple[object, ...], ...]:
    return decisions.ordering, decisions.release, decisions.production, decisions.expansion


def _nobody(_: object) -> dict[str, float]:
    """Stand in for who decides."""
    return {}


def _bands(prices: tuple[PriceUsed, ...], what: str, names: list[tuple[str, str]]) -> Bands:
    """Return the prices of one kind by the row of what they are about; what has none is not in it."""
    by_thing: dict[tuple[str, str], list[PriceUsed]] = {}
    for price in prices:
        if price.what == what:
            by_thing.setdefault((price.holder, price.item), []).append(price)
    thing, width, value = [], [], []
    for row, name in enumerate(names):
        own = by_thing.get(name, [])
        for place, band in enumerate(own):
            is_last = place == len(own) - 1 and what != "terminal_stock"
            thing.append(row)
            width.append(np.inf if is_last else band.share_to - band.share_from)
            value.append(band.price)
    return Bands(np.array(thing, np.int64), np.array(width), np.array(value))
