"""Tables of a scenario become a network."""

from __future__ import annotations

import numpy as np
import pytest

import replenish
from replenish.arrays.network import NONE
from replenish.arrays.sustainment import to_network
from replenish.errors import UsageError
from replenish.scenario.model import Scenario
from replenish.units import DAYS_PER_MONTH
from tests.sustain.networks import network


def howitzers(**tables: list[dict[str, object]]) -> Scenario:
    """Return two batteries behind one depot; tables given replace its own."""
    own: dict[str, list[dict[str, object]]] = {
        "sites": [
            {"name": "north", "holder": "home", "parent": "depot", "order_time_days": 5},
            {"name": "south", "holder": "home", "parent": "depot", "order_time_days": 7},
            {"name": "depot", "holder": "home"},
        ],
        "fleets": [
            {"name": "first", "site": "north", "system": "gun", "systems": 18, "usage": 30, "per": "month"},
            {"name": "second", "site": "south", "system": "gun", "systems": 6, "usage": 20, "per": "month"},
        ],
        "parts": [
            {"name": "breech", "unit_cost": 100, "failure_rate": 0.01},
            {"name": "sight", "unit_cost": 40, "failures": 2, "observed_use": 5000},
            {"name": "lens", "unit_cost": 5},
        ],
        "breakdown": [
            {"part": "breech", "inside": "gun"},
            {"part": "sight", "inside": "gun", "quantity": 2, "needed": 1},
            {"part": "lens", "inside": "sight", "share": 0.5},
        ],
        "repairs": [
            {"repair_share": 1, "repair_time_days": 20},
            {"part": "breech", "repair_share": 0.5, "repair_time_days": 4},
            {"part": "breech", "site": "depot", "repair_share": 0.9, "repair_time_days": 30},
            {"site": "depot", "repair_time_days": 10},
        ],
        "part_stock": [{"part": "breech", "site": "north", "on_hand": 2, "maximum": 5}],
    }
    found = replenish.load("blank").with_table("holders", [{"name": "home"}])
    for name in ("items", "stocks", "requirements", "demand", "lines", "line_items", "policies"):
        found = found.with_table(name, [])
    for name, rows in (own | tables).items():
        found = found.with_table(name, rows)
    return found


def test_sites_stand_after_their_parents() -> None:
    numbers, labels = to_network(howitzers())
    assert labels.sites[0] == "depot"
    assert numbers.sites.parent.tolist() == [NONE, 0, 0]
    assert numbers.sites.order_time.tolist() == [0.0, *(5.0 if name == "north" else 7.0 for name in labels.sites[1:])]


def test_removals_are_rate_by_use_by_parts_in_service() -> None:
    numbers, labels = to_network(howitzers())
    north, breech, sight = labels.sites.index("north"), 0, 1
    removals = numbers.removals()
    assert removals[breech, north] == pytest.approx(0.01 * 18 * 30 / DAYS_PER_MONTH)
    assert removals[sight, north] == pytest.approx(2.5 / 5000 * 2 * 18 * 30 / DAYS_PER_MONTH)
    assert removals[2].sum() == 0  # what is inside a part fails with it


def test_the_repair_row_that_says_most_holds() -> None:
    numbers, labels = to_network(howitzers())
    depot, north = labels.sites.index("depot"), labels.sites.index("north")
    assert numbers.repairs.time[0, [depot, north]].tolist() == [30.0, 4.0]
    assert numbers.repairs.time[1, [depot, north]].tolist() == [10.0, 20.0]
    assert numbers.repairs.repair_share[0, [depot, north]].tolist() == [0.9, 0.5]


def test_counted_failures_leave_doubt_about_the_rate() -> None:
    numbers, _ = to_network(howitzers())
    assert np.isinf(numbers.parts.rate_shape[0])
    assert numbers.parts.rate_shape[1] == 2.5


def test_a_scenario_without_fleets_has_no_network() -> None:
    with pytest.raises(UsageError, match="no fleets"):
        to_network(replenish.load("blank"))


def test_a_study_of_fleets_alone_is_sound() -> None:
    found = replenish.check(howitzers())
    assert [problem for problem in found if problem.severity == "error"] == []


def test_the_networks_of_tests_have_the_removals_that_they_were_given() -> None:
    given = np.array([[0.0, 0.2, 0.1], [0.0, 0.0, 0.3]])
    assert network(given, systems=3).removals() == pytest.approx(given)
