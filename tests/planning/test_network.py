"""A small network: every pair of holders is joined by a route of one to three days, and two of them share a line."""

from __future__ import annotations

import datetime as dt
from functools import cache
from itertools import permutations

import numpy as np
import pytest

from replenish.arrays.groups import Floats
from replenish.multistage import Extensive, solve_extensive
from replenish.scenario import Scenario
from replenish.scenario.model import Demand, Holder, Item, Line, LineItem, PolicyRow, Requirement, Route, Row, Stock
from tests.planning.plans import Best, best
from tests.planning.scenarios import sound

HOLDERS = [f"holder{n}" for n in range(6)]
USE = (5.0, 20.0, 40.0, 10.0, 30.0, 15.0)  # [unit/day]
HELD = (900.0, 100.0, 60.0, 700.0, 50.0, 400.0)
DAYS, KEPT = 20, 0.3
EPSILON = 1e-6


def lead(giver: int, taker: int) -> int:
    """Return the days of a transfer."""
    return 1 + (2 * giver + 3 * taker) % 3


def scenario(kept: float = KEPT) -> Scenario:
    """Return holders of which each keeps a share of what it has at the start."""
    start = dt.date(2025, 1, 1)
    rows: list[Row] = [Item(name="round", unit="round", unit_cost=100.0), *(Holder(name=name) for name in HOLDERS)]
    for name, use, held in zip(HOLDERS, USE, HELD, strict=True):
        rows += [
            Stock(holder=name, item="round", on_hand=held, floor=kept * held, holding_cost=1.0),
            Demand(holder=name, item="round", mean=use, per="day"),
            Requirement(holder=name, item="round", quantity=max(held, 15 * use)),
        ]
    for a, b in permutations(range(len(HOLDERS)), 2):
        cost = 1.0 + 0.1 * a + 0.01 * b
        rows.append(Route(from_holder=HOLDERS[a], to_holder=HOLDERS[b], lead_time_days=lead(a, b), unit_cost=cost))
    rows += [
        Line(name="line", owner=HOLDERS[0], max_rate=50.0, per="day"),
        LineItem(line="line", item="round", production_lead_time_days=4),
    ]
    rows += [
        PolicyRow(role="ordering", holder=name, item="round", line="line", rule="base_stock") for name in HOLDERS[:2]
    ]
    end = start + dt.timedelta(days=DAYS - 1)
    return sound("network", start, end, *rows, period="day")


@cache
def plan(kept: float = KEPT) -> Best:
    return best(scenario(kept))


def dual_value(found: Extensive) -> float:
    """Return what the prices of all limits and bounds add up to: no cost lies below it if prices suit the costs."""
    program, solution = found._program, found._solution
    gone = np.bincount(program.column, program.factor * solution.row_dual[program.row], minlength=len(program.cost))
    assert solution.column_dual == pytest.approx(program.cost - gone, abs=1e-6)
    rows = _worth(solution.row_dual, program.row_lower, program.row_upper)
    return program.offset + rows + _worth(program.cost - gone, program.lower, program.upper)


def _worth(price: Floats, low: Floats, high: Floats) -> float:
    price = np.where(np.abs(price) > 1e-9, price, 0.0)
    limit = np.where(price > 0, low, high)
    return float((price[price != 0] * limit[price != 0]).sum())


@pytest.mark.parametrize("solver", ["simplex", "ipm"])
def test_prices_of_limits_and_bounds_prove_the_optimum(solver: str) -> None:
    found = solve_extensive(plan().model.model, solver=solver)  # type: ignore[arg-type]
    assert found.value == pytest.approx(plan().value, rel=1e-9)
    assert dual_value(found) == pytest.approx(found.value, rel=1e-9)


def test_a_transfer_arrives_after_its_days() -> None:
    own = plan()
    arrives, leaves = np.zeros((DAYS, len(HOLDERS))), np.zeros((DAYS, len(HOLDERS)))
    for a, b in permutations(range(len(HOLDERS)), 2):
        sent = own.shipped(HOLDERS[a], HOLDERS[b], "round")
        leaves[:, a] += sent
        arrives[lead(a, b) :, b] += sent[: DAYS - lead(a, b)]
    assert leaves.sum() > 0
    held = np.stack([own.held(name, "round") for name in HOLDERS], axis=1)
    before = np.vstack([HELD, held[:-1]])
    for place in range(2, len(HOLDERS)):  # those who order nothing
        balance = before[:, place] + arrives[:, place] - leaves[:, place] - own["issue"][:, place]
        assert held[:, place] == pytest.approx(balance, abs=EPSILON)


def test_a_share_of_the_stock_never_leaves() -> None:
    own = plan()
    for place, name in enumerate(HOLDERS):
        others = [other for other in HOLDERS if other != name]
        leaves = np.sum([own.shipped(name, other, "round") for other in others], axis=0)
        left = own.held(name, "round") + own["issue"][:, place]
        assert (left[leaves > EPSILON] >= KEPT * HELD[place] - EPSILON).all()


def test_a_smaller_share_that_may_not_leave_costs_less() -> None:
    assert plan(0.0).value < plan(KEPT).value < plan(0.9).value


def test_two_holders_share_what_one_line_makes() -> None:
    own = plan()
    made = own["made"]
    assert made.shape[1] == 2
    assert (made.sum(axis=0) > 1.0).all()
    assert (made.sum(axis=1) <= 50.0 + EPSILON).all()
    assert (made.sum(axis=1) >= 50.0 - EPSILON).any()


def test_a_route_stands_in_the_balance_of_the_giver_and_on_its_way_to_the_taker_alone() -> None:
    program = plan().frame.usual
    own = program.variables["shipped"].places
    assert (np.bincount(program.column, minlength=program.columns)[own] == 2).all()
