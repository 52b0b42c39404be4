"""Single things that might be otherwise, as small frozen values: each takes an amount and gives a scenario with it.

An amount is a factor or a number of days; `neutral` leaves the scenario as it is.  What a lever changes is told in
its `title`.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, TypeVar

from replenish.arrays.production import start_rate
from replenish.scenario import Scenario
from replenish.scenario.model import Demand, Line, Row
from replenish.study.delays import KINDS, delayed, longest_delay, members_of
from replenish.study.wishes import Wish

Unit = Literal["factor", "day"]
AnyRow = TypeVar("AnyRow", bound=Row)

MOST: Final = 10.0
"""Largest factor that is tried."""

LEAST: Final = 0.01
"""Smallest factor that is tried."""

STEP: Final[dict[Unit, float]] = {"factor": 0.01, "day": 1.0}
"""Steps in which amounts are told."""

_DELAYS: Final = tuple(kind for kind in KINDS if kind not in ("funding", "all"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Lever:
    """One thing that might be otherwise.

    low, high: the amounts between which it is tried.
    helps: the one of them towards which it is turned.
    change: gives a scenario with an amount.
    """

    name: str
    title: str
    unit: Unit
    low: float
    high: float
    helps: Literal["low", "high"]
    change: Callable[[Scenario, float], Scenario] = field(repr=False)

    @property
    def neutral(self) -> float:
        """Return the amount that leaves a scenario as it is."""
        return 1.0 if self.unit == "factor" else 0.0

    @property
    def limit(self) -> float:
        """Return the amount at which it helps most, as far as it goes."""
        return self.low if self.helps == "low" else self.high

    def apply(self, scenario: Scenario, amount: float) -> Scenario:
        """Return a scenario with an amount; its evidence and cases, which speak of other values, are left out.

        Raises:
            ValueError: the amount lies outside `low` to `high`.
        """
        if not self.low <= amount <= self.high:
            raise ValueError(f"{self.name}: {amount:g}, must lie from {self.low:g} to {self.high:g} [{self.unit}]")
        plain = scenario.model_copy(update={"evidence": (), "cases": ()})
        return plain if amount == self.neutral else self.change(plain, amount)


def levers(scenario: Scenario, wish: Wish) -> tuple[Lever, ...]:
    """Return the levers that might help a wish to come true, but not those at which a scenario has nothing to turn.

    To spend less, need, capacities and budgets are made smaller; for all else need is made smaller and everything
    else is turned towards more supply.
    """
    item, saves = wish.item, wish.what == "spend"
    found = [_need(_recipients(scenario, wish), item)]
    found += [_capacity(saves=saves), _money(saves=saves)]
    if not saves:
        found += [_speed(longest_delay(scenario)), _earlier(scenario)]
    found.append(_opening(item))
    return tuple(lever for lever in found if lever.limit != lever.neutral and _turns(lever, scenario))


def _turns(lever: Lever, scenario: Scenario) -> bool:
    """Return whether a lever changes anything."""
    return lever.apply(scenario, lever.limit) != lever.apply(scenario, lever.neutral)


def _factor(name: str, title: str, change: Callable[[Scenario, float], Scenario], *, smaller: bool) -> Lever:
    low, high = (LEAST, 1.0) if smaller else (1.0, MOST)
    return Lever(
        name=name, title=title, unit="factor", low=low, high=high, helps="low" if smaller else "high", change=change
    )


def _need(holders: Sequence[str], item: str) -> Lever:
    def change(scenario: Scenario, factor: float) -> Scenario:
        rows = scenario.demand
        return _with(scenario, "demand", tuple(
            _less(row, factor) if row.holder in holders and item in ("", row.item) else row for row in rows
        ))  # fmt: skip

    whose = ", ".join(holders)
    return _factor("need", f"need of {whose}", change, smaller=True)


def _less(row: Demand, factor: float) -> Demand:
    """Return demand with a smaller mean; counts of negative binomial law are thinned, which keeps their law."""
    spread = row.coefficient_of_variation
    if row.distribution == "negative_binomial":
        variance = (factor * spread * row.mean) ** 2 + factor * (1 - factor) * row.mean
        spread = math.sqrt(variance) / (factor * row.mean) if row.mean > 0 else spread
    return row.model_copy(update={"mean": factor * row.mean, "coefficient_of_variation": spread})


def _recipients(scenario: Scenario, wish: Wish) -> tuple[str, ...]:
    """Return whose need might be less: of unmet need the holder's own, else that of others to whom somebody ships.

    Where there is none of it, it is the need of everybody.  A holder that stands for others is its members.
    """
    asking = dict.fromkeys(row.holder for row in scenario.demand if wish.item in ("", row.item))
    served = {row.to_holder for row in scenario.routes} | {row.to_holder for row in scenario.pledges}
    own = members_of(scenario, wish.holder) if wish.holder else frozenset()
    chosen = own if wish.what == "unmet" else served - own
    return tuple(holder for holder in asking if holder in chosen) or tuple(asking)


def _capacity(*, saves: bool) -> Lever:
    def change(scenario: Scenario, factor: float) -> Scenario:
        grown = _with(scenario, "lines", tuple(_faster(row, factor) for row in scenario.lines))
        return _with(grown, "expansions", tuple(_scaled(row, factor, "capacity_step") for row in scenario.expansions))

    return _factor("capacity", "capacity of all lines and expansions", change, smaller=saves)


def _faster(line: Line, factor: float) -> Line:
    """Return a line with other highest and normal rates, which starts at the rate of before as far as it can."""
    faster = _scaled(line, factor, "max_rate", "normal_rate")
    slowest = line.min_sustaining_rate * min(1.0, factor)
    return faster.model_copy(
        update={"start_rate": min(start_rate(line), faster.max_rate), "min_sustaining_rate": slowest}
    )


def _money(*, saves: bool) -> Lever:
    def change(scenario: Scenario, factor: float) -> Scenario:
        return _with(scenario, "budgets", tuple(_scaled(row, factor, "amount") for row in scenario.budgets))

    return _factor("money", "all budgets", change, smaller=saves)


def _opening(item: str) -> Lever:
    def change(scenario: Scenario, factor: float) -> Scenario:
        return _opened(scenario, item, factor)

    return _factor("opening_stock", f"opening stocks of {item or 'all items'}", change, smaller=False)


def _opened(scenario: Scenario, item: str, factor: float) -> Scenario:
    """Return a scenario with opening stocks and their lots times a factor, as far as there is room."""
    factors = {
        (row.holder, row.item): _room(row.on_hand, row.storage_limit, factor)
        for row in scenario.stocks
        if item in ("", row.item)
    }
    stocks = tuple(_scaled(row, factors.get((row.holder, row.item), 1.0), "on_hand") for row in scenario.stocks)
    lots = tuple(_scaled(row, factors.get((row.holder, row.item), 1.0), "quantity") for row in scenario.lots)
    return _with(_with(scenario, "stocks", stocks), "lots", lots)


def _room(on_hand: float, limit: float | None, factor: float) -> float:
    return factor if limit is None or not on_hand else max(1.0, min(factor, limit / on_hand))


def _speed(longest: float) -> Lever:
    def change(scenario: Scenario, days: float) -> Scenario:
        for kind in _DELAYS:
            scenario = delayed(scenario, kind, -days)
        return scenario

    title = "all delays but that of funding, shorter"
    return Lever(
        name="delays", title=title, unit="day", low=0.0, high=float(math.ceil(longest)), helps="high", change=change
    )


def _earlier(scenario: Scenario) -> Lever:
    first = scenario.settings.time.start
    most = max(((row.start - first).days for row in scenario.expansions if row.start), default=0)

    def change(scenario: Scenario, days: float) -> Scenario:
        sooner = dt.timedelta(days=days)
        return _with(scenario, "expansions", tuple(
            row.model_copy(update={"start": max(first, row.start - sooner)}) if row.start else row
            for row in scenario.expansions
        ))  # fmt: skip

    title = "expansions with a date, started earlier"
    return Lever(name="expansions", title=title, unit="day", low=0.0, high=float(most), helps="high", change=change)


def _scaled(row: AnyRow, factor: float, *columns: str) -> AnyRow:
    """Return a row with some of its columns times a factor; an empty cell stays empty."""
    known = {column: value * factor for column in columns if (value := getattr(row, column)) is not None}
    return row.model_copy(update=known) if factor != 1.0 else row


def _with(scenario: Scenario, table: str, rows: tuple[Row, ...]) -> Scenario:
    return scenario.model_copy(update={table: rows})
