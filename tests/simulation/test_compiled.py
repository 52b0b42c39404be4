"""The kernel is ordinary Python, and reads nothing outside its arrays."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from replenish.arrays import to_arrays, to_calendar
from replenish.arrays.groups import CLASSES, FIRST_IN_FIRST_OUT, KEEPS
from replenish.arrays.rules import CODES
from replenish.policy import Called, Decider, Who, to_calls, with_policies
from replenish.scenario.model import TABLES, PolicyRow, Scenario
from replenish.simulation.called import Deciders
from replenish.simulation.state import LANES
from tests.simulation.engines import Readings
from tests.simulation.runs import totals, trace
from tests.simulation.small import small

ROOT = Path(__file__).resolve().parents[2]
PATHS, PERIODS = 3, 5
GIVERS = ("east", "west")


def tiny() -> Scenario:
    """Return the small scenario over a few periods, with every rule in force in some of them."""
    scenario = small()
    time = scenario.settings.time.model_copy(update={"end": scenario.settings.time.start.replace(month=PERIODS)})
    scenario = scenario.model_copy(update={"settings": scenario.settings.model_copy(update={"time": time})})
    east, west = ({"role": "release", "holder": name, "to_holder": "front", "item": "round"} for name in GIVERS)
    private = {"role": "production", "line": "private"}
    rows: list[dict[str, Any]] = [
        {**west, "rule": "schedule", "rate": 30, "start": dt.date(2024, 3, 1)},
        {**west, "rule": "proportional", "quantity": 900, "start": dt.date(2024, 4, 1)},
        {**east, "rule": "priority", "quantity": 900, "ship_first": "freshest", "start": dt.date(2024, 4, 1)},
        {**private, "rule": "follow_orders", "start": dt.date(2024, 3, 1)},
        {**private, "rule": "level", "rate": 3, "per": "day", "start": dt.date(2024, 4, 1)},
    ]
    return scenario.with_rows(*(PolicyRow.model_validate(row) for row in rows))


def decided(lanes: int) -> Readings:
    """Return the readings of the tiny scenario with functions that order, release and set a rate."""
    policies: dict[Who, Decider] = {
        ("west", "round", "private"): Called(role="ordering", function=lambda block: 5.0 * block.period),
        ("west", "front", "round"): Called(role="release", function=lambda block: 0.1 * block.read("demand")),
        "forge": Called(role="production", function=lambda block: 200.0 * (block.period % 3) + block.paths),
        "press": Called(role="expansion", function=lambda block: 0.4 * (block.state().on_hand[0] > 0)),
    }
    press = next(row for row in tiny().expansions if row.name == "press")
    divisible = press.model_copy(update={"divisible": True, "earliest": dt.date(2024, 2, 1), "build_time_days": 20})
    scenario = with_policies(tiny().with_rows(divisible), policies)
    arrays, labels = to_arrays(scenario, to_calls(policies))
    return trace(arrays, paths=PATHS, lanes=lanes, decide=Deciders(arrays, labels, to_calendar(scenario)).decide)


CODE = """
import sys
import numpy as np
from tests.simulation.test_compiled import written
np.savez(sys.argv[1], **written())
"""


def written() -> Readings:
    """Return all that the kernel writes in this process: readings, those with functions that decide, statistics."""
    arrays, _ = to_arrays(tiny())
    called = {f"called {name}": values for name, values in decided(PATHS).items()}
    found = totals(tiny(), paths=40)
    statistics = {
        "mean": found.moments.mean, "lowest": found.lowest, "highest": found.highest,
        "dates": found.dates.astype(float), "counted": found.counts.sum(axis=2).astype(float),
    }  # fmt: skip
    return trace(arrays, paths=PATHS, lanes=PATHS) | called | statistics


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Readings:
    """Return the same from a new process that compiles nothing."""
    file = tmp_path_factory.mktemp("plain") / "written.npz"
    path = os.pathsep.join([str(ROOT), str(ROOT / "src"), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", CODE, str(file)],
        env=os.environ | {"PYTHONPATH": path, "NUMBA_DISABLE_JIT": "1"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    with np.load(file) as found:
        return dict(found)


def test_the_tiny_scenario_uses_every_rule_and_every_way_to_keep_ages_and_to_share_output() -> None:
    arrays, _ = to_arrays(tiny())
    tables = arrays.slots.policy, arrays.flows.policy, arrays.lines.policy
    used = {int(arrays.rules.rule[row]) for table in tables for row in table.ravel() if row >= 0}
    assert used == set(CODES.values())
    assert set(arrays.stocks.ages.tolist()) == {KEEPS, FIRST_IN_FIRST_OUT, CLASSES}
    assert {line.allocation for line in tiny().lines} == {"due_date", "weights", "priority"}
    words = {"prices", "priorities", "targets", "observations", "evidence", "sources", "cases"}
    upkeep = {"sites", "fleets", "operations", "parts", "breakdown", "repairs", "servers", "part_stock"}
    assert {table for table in TABLES if not tiny().rows(table)} == words | upkeep


def test_the_kernel_gives_the_same_without_the_compiler_and_stays_inside_its_arrays(plain: Readings) -> None:
    """NumPy looks at every index and raises beyond an array; compiled code would read what lies there."""
    compiled = written()
    assert plain.keys() == compiled.keys()
    for name, values in compiled.items():
        assert np.allclose(plain[name], values, rtol=1e-12, atol=1e-9, equal_nan=True), name


def test_lanes_beside_a_path_change_nothing_where_functions_decide() -> None:
    few, all_lanes = decided(PATHS), decided(LANES)
    assert all(np.array_equal(few[name], values) for name, values in all_lanes.items())
