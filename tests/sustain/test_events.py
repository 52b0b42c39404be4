"""Histories of networks against published and closed-form values, within three standard errors unless said otherwise."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from replenish.arrays.network import EXPONENTIAL, FIXED, GAMMA, LOGNORMAL, NONE
from replenish.errors import UsageError
from replenish.sustain.events import Estimate, Histories, simulate_network
from tests.sustain.networks import network

YEAR = 365.0


def simulated(removals: npt.ArrayLike, years: float = 500.0, histories: int = 16, **more: Any) -> Histories:
    """Return histories of a network."""
    return simulate_network(network(removals, **more), years=years, histories=histories)


def agree(found: Estimate, expected: npt.ArrayLike, errors: float = 3.0) -> bool:
    """Return whether all means lie within some standard errors of what is expected."""
    return bool((np.abs(found.mean - np.asarray(expected)) <= errors * found.standard_error + 1e-12).all())


def four_bases(**more: Any) -> dict[str, Any]:
    """Return the depot with four bases of Rossetti, Analysis of Inventory Systems."""
    daily = 45 / YEAR
    return {
        "removals": [[0.0, daily, daily, daily, daily]], "order_time": 10.0, "repair_share": [[1, 0.3, 0.3, 0.3, 0.3]],
        "repair_time": [[60.0, 30, 30, 30, 30]], "stock": [[16, 4, 4, 4, 4]],
    } | more  # fmt: skip


def pooled(found: Estimate) -> Estimate:
    """Return the mean over the bases of a depot; errors as if independent, times two since they share the depot."""
    return Estimate(found.mean[0, 1:].mean(), found.standard_error[0, 1:].mean(), found.histories)


LAWS = [(EXPONENTIAL, 1.0), (FIXED, 0.0), (LOGNORMAL, 0.8), (GAMMA, 0.5)]


@pytest.mark.parametrize(("law", "spread"), LAWS)
def test_backorders_of_two_echelons_do_not_depend_on_the_law_of_repair(law: int, spread: float) -> None:
    """Rossetti, Analysis of Inventory Systems: inputs; exact values by binomial thinning (Palm's theorem)."""
    found = simulated(**four_bases(law=law, spread=spread), years=700)
    assert agree(pooled(found.backorders), 0.483016)
    assert agree(Estimate(found.backorders.mean[0, 0], found.backorders.standard_error[0, 0], 1), 5.0201)
    assert agree(Estimate(found.wait.mean[0, 0], found.wait.standard_error[0, 0], 1), 14.54)
    assert pooled(found.backorders).standard_error < 0.01


@pytest.mark.parametrize(("stock", "expected"), [(24, 0.1106), (26, 0.0888)])
def test_more_stock_at_the_depot_gives_the_exact_backorders(stock: int, expected: float) -> None:
    found = simulated(**four_bases(stock=[[stock, 4, 4, 4, 4]]), years=700)
    assert agree(pooled(found.backorders), expected)


@pytest.mark.parametrize(("count", "depot", "base"), [(24, 7.3962, 0.8975), (23, 9.6964, 1.3395)])
def test_finite_repair_at_the_depot_gives_the_exact_backorders(count: int, depot: float, base: float) -> None:
    """M/M/c law of the depot, thinned: closed form, and an independent simulation."""
    found = simulated(
        **four_bases(servers=[[0, NONE, NONE, NONE, NONE]], groups=[(0, count, count, 0.0)]), years=2000
    )
    assert agree(pooled(found.backorders), base)
    assert agree(Estimate(found.backorders.mean[0, 0], found.backorders.standard_error[0, 0], 1), depot)
    assert agree(found.utilisation, [126 / YEAR * 60 / count])


def test_waits_for_inner_parts_add_to_the_pipeline_of_the_outer_one() -> None:
    """Exact law: Poisson repair and the backorders of four inner parts, independent of each other."""
    found = simulated(
        [[20 / YEAR], [0], [0], [0], [0]], repair_time=[[20.0], [60], [80], [40], [100]],
        stock=[[2], [1], [1], [1], [0]], inner=[(1, 0, 0.4), (2, 0, 0.3), (3, 0, 0.2), (4, 0, 0.1)], years=2000,
    )  # fmt: skip
    assert agree(found.backorders, [[1.20305], [0.58352], [0.58352], [0.08345], [0.54795]])
    assert agree(Estimate(found.outstanding.mean[0], found.outstanding.standard_error[0], 1), 2.89434)


def test_a_surge_gives_the_exact_backorders_day_by_day() -> None:
    """Dyna-METRIC type: thinned depot backorders of a Poisson process whose rate changes."""
    rows = [(fleet, start, use) for fleet in range(4) for start, use in ((0.0, 4.0), (10.0, 2.0))]
    days = [0.0, 5, 10, 13, 20, 30, 60]
    found = simulate_network(
        network([[0, 0.08, 0.08, 0.08, 0.08]], order_time=3.0, repair_share=[[1, 0, 0, 0, 0]], repair_time=10.0,
                stock=[[6, 2, 2, 2, 2]], operations=rows),
        years=0.1, warm_up_years=0.4, histories=20_000, curve_days=days,
    )  # fmt: skip
    curve = found.curve_backorders
    base = Estimate(curve.mean[:, 0, 1:].mean(axis=1), curve.standard_error[:, 0, 1:].mean(axis=1), 1)
    assert agree(base, [0.00302, 0.13261, 0.33886, 0.26076, 0.14742, 0.09689, 0.07521])


@pytest.mark.parametrize(("systems", "spares", "count", "expected"), [(10, 2, 2, 0.90783), (24, 4, 3, 0.76480)])
def test_a_closed_fleet_has_the_availability_of_the_finite_source_queue(
    systems: int, spares: int, count: int, expected: float
) -> None:
    """Machine repair with spares: birth and death process, 50 days between failures and 8 days of repair."""
    found = simulated(
        [[systems / 50]], repair_time=8.0, stock=spares, systems=systems, is_closed=True, servers=0,
        groups=[(0, count, count, 0.0)], years=300,
    )  # fmt: skip
    assert agree(found.availability, [expected])


ALLOCATION = np.array([0.4074, 0.3870, 0.8000, 1.5957, 0.3367, 1.1508, 2.4531, 0.3447, 0.2366])
POINT_15 = np.array([1, 1, 2, 3, 1, 2, 3, 1, 1])


@pytest.mark.parametrize(("gathered", "down", "whole"), [(True, 1.136523, 0.340093), (False, 1.3887, None)])
def test_cannibalisation_gathers_holes_in_the_fewest_systems(
    gathered: bool, down: float, whole: float | None
) -> None:
    """Inputs of the KTH SF2863 course report; independent Poisson parts in twenty systems."""
    found = simulated(
        ALLOCATION[:, None], repair_time=1.0, stock=POINT_15[:, None], systems=20, is_cannibalised=gathered, years=40
    )
    assert agree(found.down, [down], errors=3.0 if gathered else 4.0)
    assert np.isclose(found.down_by_part.mean.sum(), found.down.mean[0])
    assert whole is None or agree(found.whole, [whole])
