"""On one path without chance the plan, stepped in the simulator, does what its own optimum does."""

from __future__ import annotations

import numpy as np
import pytest

from replenish.arrays import to_arrays, to_calendar
from replenish.arrays.groups import Floats, Ints
from replenish.planning.methods import make_plan, to_options
from replenish.policy import to_calls
from replenish.scenario import Scenario
from replenish.simulation.called import Deciders
from replenish.study.stepping import to_policies
from tests.planning.plans import Best, best
from tests.planning.scenarios import plain
from tests.simulation.runs import trace


def stepped(scenario: Scenario) -> dict[str, Floats]:
    """Return what the simulator reads when the deterministic plan decides, each (period, thing)."""
    options, _ = to_options(scenario, method="deterministic", stage_periods=1, iterations=60)
    arrays, labels = to_arrays(scenario, to_calls(to_policies(make_plan(scenario, options))))
    decide = Deciders(arrays, labels, to_calendar(scenario)).decide
    return {name: values[:, 0] for name, values in trace(arrays, paths=1, lanes=1, decide=decide).items()}


def own_course(plan: Best) -> dict[str, Floats]:
    """Return the same readings of the optimum, each (period, thing)."""
    arrays, sets, program = plan.frame.problem.arrays, plan.frame.sets, plan.frame.usual
    unmet = plan["unmet"]
    return {
        "on_hand": by(plan["on_hand"], sets.lots.cell, len(arrays.stocks.opening)),
        "shipped": by(plan["shipped"], sets.parcel_flow, len(arrays.flows.from_cell)),
        "backorders": unmet,
        "unmet": np.minimum(unmet, arrays.demands.mean[: len(unmet), :, 0]),
        "run": plan["run"],
    } | ({"budget": plan["budget"]} if "budget.after" in program.variables else {})


def by(values: Floats, group: Ints, count: int) -> Floats:
    """Return sums of columns by group, (row, group)."""
    found = np.zeros((len(values), count))
    np.add.at(found.T, group, values.T)
    return found


@pytest.mark.parametrize("number", [0, 2, 6, 7, 12, 13, 20, 24, 31, 39])
def test_a_plan_in_the_simulator_keeps_to_its_own_course(number: int) -> None:
    scenario = plain(number)
    plan, found = best(scenario), stepped(scenario)
    arrays = plan.frame.problem.arrays
    found["run"] = by(found["started_capacity"], arrays.products.line, len(arrays.lines.max_rate))
    for name, values in own_course(plan).items():
        assert found[name] == pytest.approx(values, rel=1e-6, abs=1e-6 * max(1.0, values.max())), name
