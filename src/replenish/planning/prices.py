"""Prices that a plan uses, derived from what the analyst states; nothing is priced without a sentence behind it.

A statement `before` is kept whatever the quantities: one unit of the first for one period outweighs one unit of the
second for as long as that may last.  `docs/explanation/plan-mathematics.md` gives the rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from replenish.arrays import to_calendar
from replenish.arrays.keyed import by_key
from replenish.errors import SolveError
from replenish.scenario.model import Preference, Scenario
from replenish.scenario.model.worth import DEEPER_WHEN_SMALLER
from replenish.units import DAYS_PER_YEAR, MEAN_DAYS

MARGIN = 1.25
"""By what factor the first of two things outweighs the second where it comes before it."""

LATE_YEARS = 2.0
"""Default: a unit that is late for a year is worth so many times its dearest price."""

Thing = tuple[str, str, str]  # holder, item, what


@dataclass(frozen=True, slots=True)
class PriceUsed:
    """What one unit of something is worth in a plan, and why.

    price: [currency/unit/period]; of `terminal_stock` once at the end [currency/unit].
    origin: the statement, in words.
    source: key of the row of `prices` or `priorities`; empty for a default.
    """

    holder: str
    item: str
    what: str
    share_from: float
    share_to: float
    price: float
    origin: str
    source: str = ""

    @property
    def thing(self) -> Thing:
        """Return what is priced."""
        return self.holder, self.item, self.what

    def overlaps(self, low: float, high: float) -> bool:
        """Return whether it holds for a part of a range of shares."""
        return self.share_from < high and low < self.share_to


def derive_prices(scenario: Scenario) -> tuple[PriceUsed, ...]:
    """Return the prices of all shortfalls, unmet and late units and terminal stocks of a sound scenario.

    Raises:
        SolveError: the statements have no prices that keep all of them.
    """
    money = dearest_prices(scenario)
    bands = [band for thing in _things(scenario) for band in _bands(scenario, thing)]
    for _ in range(len(bands) + 2):
        priced = [_priced(scenario, band, bands, money) for band in bands]
        found = _deepened([_served(scenario, band, bands) for band in priced])
        if found == bands:
            return tuple(found)
        bands = found
    dearest = max(bands, key=lambda band: band.price)
    raise SolveError(
        f"priorities: the price of {dearest.what} of {dearest.holder}/{dearest.item} grows without end: statements"
        " `worth` and `before` go round in a circle; take one of them away"
    )


def dearest_prices(scenario: Scenario) -> dict[str, float]:
    """Return the dearest price of one unit of each item [currency/unit]; 1 where the scenario knows no price."""
    rates = scenario.currency_rates
    found = {item.name: item.unit_cost * rates[item.currency] for item in scenario.items}
    for row in scenario.line_items:
        own = max(row.unit_cost or 0.0, row.surge_unit_cost or 0.0) * rates[row.currency]
        found[row.item] = max(found[row.item], own)
    return {item: price or 1.0 for item, price in found.items()}


def _capital_prices(scenario: Scenario) -> dict[str, float]:
    """Return the dearest expansion of what makes each item, spread over the output of the horizon [currency/unit]."""
    rates = scenario.currency_rates
    made = by_key(scenario.line_items, lambda row: row.line)
    days = (to_calendar(scenario).bounds[-1] - scenario.settings.time.start).days
    found: dict[str, float] = {}
    for row in scenario.expansions:
        output = row.capacity_step * row.realised_share * max(1.0, days - row.build_time_days) / MEAN_DAYS[row.per]
        for product in made.get(row.line, []) if output > 0 else []:
            unit = row.cost * rates[row.currency] * product.capacity_use / output
            found[product.item] = max(found.get(product.item, 0.0), unit)
    return found


def _things(scenario: Scenario) -> list[Thing]:
    """Return what has a worth: every need, every requirement and every pledge."""
    unmet = {(row.holder, row.item, "unmet") for row in scenario.demand}
    held = {(row.holder, row.item) for row in scenario.requirements}
    held |= {(row.holder, row.item) for row in scenario.prices if row.what == "terminal_stock"}
    late = {(row.from_holder, row.item, "late") for row in scenario.pledges}
    short = {(*cell, what) for cell in held for what in ("shortfall", "terminal_stock")}
    return sorted(unmet | late | short)


def _bands(scenario: Scenario, thing: Thing) -> Iterator[PriceUsed]:
    """Yield the ranges of shares in which nothing changes, the shallowest first, without a price."""
    own = [(row.share_from, row.share_to) for row in scenario.prices if (row.holder, row.item, row.what) == thing]
    for row in scenario.priorities:
        if (row.holder, row.item, row.what) == thing:
            own.append((row.share_from, row.share_to))
        if row.other == thing:
            own.append((row.over_share_from, row.over_share_to))
    ends = sorted({0.0, 1.0, *(end for pair in own for end in pair)})
    pairs = list(pairwise(ends))
    for low, high in reversed(pairs) if thing[2] in DEEPER_WHEN_SMALLER else pairs:
        yield PriceUsed(*thing, low, high, 0.0, "")


def _priced(scenario: Scenario, band: PriceUsed, bands: list[PriceUsed], money: dict[str, float]) -> PriceUsed:
    """Return a range with the price that the rows about it give, as others are priced so far."""
    rates = scenario.currency_rates
    for row in scenario.prices:
        if (row.holder, row.item, row.what) == band.thing and band.overlaps(row.share_from, row.share_to):
            price = row.price * rates[row.currency]
            return replace(band, price=price, origin="stated price", source=f"prices {row.key_value()}")
    rows = [
        row
        for row in scenario.priorities
        if (row.holder, row.item, row.what) == band.thing and band.overlaps(row.share_from, row.share_to)
    ]
    if not rows:
        return _default(scenario, band, bands, money)
    offers = [_offer(scenario, band, row, bands, money) for row in rows]
    return max(offers, key=lambda offer: offer.price)


def _offer(
    scenario: Scenario, band: PriceUsed, row: Preference, bands: list[PriceUsed], money: dict[str, float]
) -> PriceUsed:
    """Return a range with the price that one statement asks for."""
    base = _worth_of_other(row, bands, money)
    other = "its dearest price" if row.over_what == "money" else f"{row.over_what} of {'/'.join(row.other[:2])}"
    if row.relation == "worth":
        price, said = base * (row.ratio or 0.0), f"one unit for one period is worth {row.ratio:g} x {other}"
    else:
        if row.over_what == "money":
            base += _capital_prices(scenario).get(row.other[1], 0.0)
        price, said = MARGIN * base * _lasts(scenario, row.other), f"comes before {other}"
    return replace(band, price=price, origin=said, source=f"priorities {row.key_value()}")


def _worth_of_other(row: Preference, bands: list[PriceUsed], money: dict[str, float]) -> float:
    """Return the price of one unit of the other side of a statement, the dearest of its ranges."""
    if row.over_what == "money":
        return money[row.other[1]]
    own = (band for band in bands if band.thing == row.other and band.overlaps(row.over_share_from, row.over_share_to))
    return max((band.price for band in own), default=0.0)


def _lasts(scenario: Scenario, thing: Thing) -> float:
    """Return for how many periods one unit of something may have to be paid for."""
    holder, item, what = thing
    if what in ("money", "terminal_stock"):
        return 1.0
    is_lost = all(row.when_unmet == "lost" for row in scenario.demand if (row.holder, row.item) == (holder, item))
    if what == "unmet" and is_lost:
        return 1.0
    after = DAYS_PER_YEAR / MEAN_DAYS[scenario.settings.time.period] if what == "unmet" else 0.0
    return len(to_calendar(scenario)) + after


def _default(scenario: Scenario, band: PriceUsed, bands: list[PriceUsed], money: dict[str, float]) -> PriceUsed:
    """Return a range with the price of the statement that holds where the analyst says nothing."""
    unit, year = money[band.item], DAYS_PER_YEAR / MEAN_DAYS[scenario.settings.time.period]
    if band.what == "shortfall":
        return replace(band, price=unit / year, origin="default: lacking for a year is worth the dearest price")
    if band.what == "terminal_stock":
        return replace(band, price=unit, origin="default: what is held at the end is worth the dearest price")
    if band.what == "late":
        stated = _lateness(scenario, band)
        if stated > 0:
            return replace(band, price=stated, origin="lateness_price of the pledges", source="pledges")
        price = LATE_YEARS * unit / year
        return replace(band, price=price, origin="default: a unit late for a year is worth twice its dearest price")
    reserves = [other.price for other in bands if other.item == band.item and other.what == "shortfall"]
    dearest = max([0.0, *reserves]) * len(to_calendar(scenario))
    price = MARGIN * max(unit + _capital_prices(scenario).get(band.item, 0.0), dearest)
    return replace(band, price=price, origin="default: need comes before money and before reserves of the item")


def _lateness(scenario: Scenario, band: PriceUsed) -> float:
    rates = scenario.currency_rates
    own = (row for row in scenario.pledges if (row.from_holder, row.item) == (band.holder, band.item))
    return max((row.lateness_price * rates[row.currency] for row in own), default=0.0)


def _served(scenario: Scenario, band: PriceUsed, bands: list[PriceUsed]) -> PriceUsed:
    """Return a range of unmet need at a price at which no unit is kept from it: stocks serve what is asked of them."""
    own = [other for other in bands if other.thing[:2] == band.thing[:2]]
    kept = max([0.0, *(other.price for other in own if other.what == "shortfall")]) * len(to_calendar(scenario))
    kept += max([0.0, *(other.price for other in own if other.what == "terminal_stock")])
    if band.what != "unmet" or band.price >= kept or band.source.startswith("prices"):
        return band
    return replace(band, price=kept, origin=f"own need is served while there is stock (more than: {band.origin})")


def _at_least(band: PriceUsed, last: PriceUsed) -> PriceUsed:
    if band.price >= last.price:
        return band
    return replace(band, price=last.price, origin=f"as the range before it, which is shallower ({last.origin})")


def _deepened(bands: list[PriceUsed]) -> list[PriceUsed]:
    """Return ranges, of which each deeper one costs at least as much as the one before."""
    found: list[PriceUsed] = []
    for band in bands:
        last = found[-1] if found and found[-1].thing == band.thing else None
        found.append(band if last is None else _at_least(band, last))
    return found
