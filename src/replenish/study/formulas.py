"""Years to a requirement, replacement times, reserves and obligations: closed forms with their sources."""

from __future__ import annotations

import math
from typing import Final

IMPORT_DAYS: Final = 90.0
CONSUMPTION_DAYS: Final = 61.0
OBLIGATION_YEAR: Final = 365.0
"""Days of net imports, of inland consumption, and of the year of Directive 2009/119/EC, art. 3."""
NAPHTHA_YIELD: Final = 0.04
PRODUCT_FACTOR: Final = 1.065
"""Share of crude oil that becomes naphtha and does not count, and crude in a tonne of products; annex I there."""


def years_to_requirement(inventory: float, requirement: float, rate: float) -> float:
    """Return the years [year] in which `rate` [unit/year] lifts `inventory` to `requirement` [unit]; inf for never.

    References:
        10 U.S.C. 222c; Wolff et al. (2024), Fit for war in decades, Kiel Report 1.

    >>> round(years_to_requirement(3_376, 13_773, 600), 1)
    17.3
    """
    if inventory >= requirement:
        return 0.0
    return (requirement - inventory) / rate if rate > 0 else math.inf


def yearly_money(shortfall: float, years: float, unit_cost: float) -> float:
    """Return the money a year [currency/year] that closes `shortfall` [unit] in `years` [year].

    >>> yearly_money(600, 3, 10)
    2000.0
    """
    if not years > 0:
        raise ValueError(f"years is {years:g}, must be above 0")
    return max(0.0, shortfall) / years * unit_cost


def replacement_time(lead: float, ramp: float, output_during_ramp: float, quantity: float, rate: float) -> float:
    """Return the years [year] in which `quantity` [unit] is replaced.

    Args:
        lead: from order to first delivery [year].
        ramp: from there to the full rate [year].
        output_during_ramp: units delivered meanwhile [unit].
        quantity: units to be replaced [unit].
        rate: full rate [unit/year].

    References:
        Jones (2023), Empty Bins in a Wartime Environment, CSIS; Cancian (2023), Rebuilding U.S. Inventories, CSIS.

    >>> round(replacement_time(lead=2, ramp=0, output_during_ramp=0, quantity=450, rate=88), 1)
    7.1
    """
    left = max(0.0, quantity - output_during_ramp)
    return lead + ramp + (left / rate if rate > 0 else math.inf if left else 0.0)


def contingency_reserve(
    *,
    use: float,
    supply: float,
    provisioning_lead: float,
    warning: float,
    duration: float,
    is_built_up: bool = False,
) -> float:
    """Return the reserve [unit] that a contingency needs until supply follows it.

    Supply stays at its rate until the provisioning lead time, counted from the warning, is over, and then keeps up.

    Args:
        use: rate of use in the contingency [unit/day].
        supply: rate of supply before [unit/day].
        provisioning_lead: from the warning until supply meets the use [day].
        warning: from the warning to the first day of the contingency [day].
        duration: length of the contingency [day].
        is_built_up: whether supply is kept during the warning; else peacetime takes it.

    References:
        Structure of Calbert, Thiagarajan and Rahman (2015), MODSIM; the closed form is derived.

    >>> contingency_reserve(use=100, supply=40, provisioning_lead=90, warning=30, duration=120)
    3600.0
    """
    exposed = max(0.0, min(provisioning_lead, warning + duration) - warning)
    reserve = float(max(0.0, use - supply) * exposed)
    return max(0.0, reserve - supply * warning) if is_built_up else reserve


def crude_equivalent(crude: float, products: float, *, naphtha_yield: float = NAPHTHA_YIELD) -> float:
    """Return net imports of crude oil and products as crude oil equivalent, in the unit of both [tonne/year].

    References:
        Directive 2009/119/EC, annex I.

    >>> round(crude_equivalent(10.0, 2.0), 2)
    11.73
    """
    return crude * (1 - naphtha_yield) + PRODUCT_FACTOR * products


def stockholding_obligation(net_imports: float, consumption: float) -> float:
    """Return the emergency stock that a member state must hold [tonne] for crude oil equivalents [tonne/year].

    References:
        Directive 2009/119/EC, art. 3: the greater of 90 days of mean daily net imports and 61 days of mean daily
        inland consumption.

    >>> round(stockholding_obligation(net_imports=11.73, consumption=12.0), 3)
    2.892
    """
    return max(IMPORT_DAYS * net_imports, CONSUMPTION_DAYS * consumption) / OBLIGATION_YEAR
