"""Derived bounds of variables keep an optimum, and make a bound provable."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from replenish.multistage import CVaR, Iterations, Model, Outcomes, Policy, Stage, linear, train
from replenish.multistage.modelling.expression import Floats
from replenish.multistage.tables.reach import Box, find_reach


def _draw(random: np.random.Generator) -> tuple[Box, Floats]:
    """Return a small box with whole numbers, and its matrix."""
    rows, columns = int(random.integers(1, 4)), int(random.integers(1, 5))
    matrix = random.integers(-2, 3, (rows, columns)) * (random.random((rows, columns)) < 0.8).astype(float)
    lower = np.where(random.random(rows) < 0.5, random.integers(-4, 5, rows), -np.inf)
    wide = np.where(random.random(rows) < 0.6, lower + random.integers(0, 4, rows), np.inf)
    upper = np.where(np.isfinite(lower), wide, random.integers(-4, 5, rows))
    low = np.where(random.random(columns) < 0.8, random.integers(-2, 1, columns), -np.inf)
    high = np.where(random.random(columns) < 0.35, np.maximum(low, -2) + random.integers(0, 5, columns), np.inf)
    cost, spread = random.integers(-1, 4, columns).astype(float), random.integers(0, 2, columns)
    moves = random.integers(0, 2, rows)
    row, column = np.nonzero(matrix)
    box = Box(
        row=row, column=column, factor=matrix[row, column], row_lower=lower - moves, row_upper=upper + moves,
        row_lower_most=lower + moves, row_upper_least=upper - moves, cost=np.stack([cost, cost + spread]),
        lower=low, upper=high, is_fixed=random.random(columns) < 0.15,
    )  # fmt: skip
    return box, matrix


def _optimum(cost: Floats, matrix: Floats, ends: tuple[Floats, Floats], bounds: tuple[Floats, Floats]) -> float | None:
    sides = [(matrix, ends[1]), (-matrix, -ends[0])]
    rows = np.vstack([part[np.isfinite(end)] for part, end in sides])
    limits = np.concatenate([end[np.isfinite(end)] for _, end in sides])
    found = linprog(cost, A_ub=rows, b_ub=limits, bounds=np.stack(bounds, axis=1), method="highs")
    return float(found.fun) if found.status == 0 else None


@settings(max_examples=100)
@given(seed=st.integers(0, 10**6))
def test_derived_bounds_leave_the_optimum_where_it_is_in_every_outcome(seed: int) -> None:
    random = np.random.default_rng(seed)
    box, matrix = _draw(random)
    lower, upper = find_reach(box)
    assume(not (np.array_equal(lower, box.lower) and np.array_equal(upper, box.upper)))
    for _ in range(3):
        share = random.random(len(box.row_lower)).round(1)
        with np.errstate(invalid="ignore"):
            ends = (
                np.where(np.isfinite(box.row_lower), box.row_lower + share * (box.row_lower_most - box.row_lower),
                         -np.inf),
                np.where(np.isfinite(box.row_upper), box.row_upper - share * (box.row_upper - box.row_upper_least),
                         np.inf),
            )  # fmt: skip
        cost = box.cost[0] + random.random(len(box.cost[0])) * (box.cost[1] - box.cost[0])
        cost = np.where(box.is_fixed, random.integers(-3, 4, len(cost)), cost)  # a cost to go may price states
        wide = _optimum(cost, matrix, ends, (box.lower, box.upper))
        if wide is not None:
            assert _optimum(cost, matrix, ends, (lower, upper)) == pytest.approx(wide, rel=1e-6, abs=1e-6)


@settings(max_examples=100)
@given(seed=st.integers(0, 10**6))
def test_bounds_that_were_given_are_kept(seed: int) -> None:
    box, _ = _draw(np.random.default_rng(seed))
    lower, upper = find_reach(box)
    assert (lower[np.isfinite(box.lower)] == box.lower[np.isfinite(box.lower)]).all()
    assert (upper[np.isfinite(box.upper)] == box.upper[np.isfinite(box.upper)]).all()


def _reservoir(*, thermal_cost: float) -> Model:
    """Return a reservoir whose thermal power and slack have no upper bound; a market takes up to 5."""
    stage = Stage()
    water = stage.state("water", upper=20, initial=10)
    release, inflow = stage.variable("release", upper=12), stage.parameter("inflow")
    thermal, sold = stage.variable("thermal"), stage.variable("sold", upper=5)
    stage.row("balance", water.after == water.before - release + inflow)
    stage.row("load", release + thermal - sold == 8)
    stage.price_slack(100.0, "balance")
    stage.objective(thermal_cost * thermal - sold)
    return linear(stage, [Outcomes({"inflow": [2.0, 6.0, 14.0]})] * 3)


def _quickly(model: Model) -> Policy:
    return train(model, iterations=10, stopping=Iterations(10))


def test_power_and_slack_without_bounds_get_them_from_rows_and_prices() -> None:
    policy = _quickly(_reservoir(thermal_cost=3.0))
    assert policy.is_proven
    assert not policy.prepared.unbounded


def test_a_variable_that_nothing_bounds_leaves_the_bound_unproven_and_is_named() -> None:
    stage = Stage()
    water = stage.state("water", upper=20, initial=10)
    left, right = stage.variable("left"), stage.variable("right")
    inflow = stage.parameter("inflow")
    stage.row("balance", water.after == water.before + inflow - left + right)
    stage.row("near", left - right >= -5)
    stage.objective(2 * left - right + water.after)
    policy = _quickly(linear(stage, [Outcomes({"inflow": [2.0, 6.0]})] * 2, bound=-1e3))
    assert not policy.is_proven
    assert policy.prepared.unbounded
    assert all(name.split(": ")[1] in {"left", "right"} for name in policy.prepared.unbounded)


def test_one_outcome_without_weight_does_not_spoil_a_proof() -> None:
    stage = Stage()
    stock = stage.state("stock", upper=10, initial=5)
    price = stage.parameter("price")
    sold = stage.variable("sold", upper=4)
    stage.row("balance", stock.after == stock.before - sold)
    stage.objective(-price * sold)
    model = linear(stage, [Outcomes({"price": [1.0, 2.0]}, [1.0, 0.0])] * 2, risk=CVaR(0.5))
    policy = _quickly(model)
    assert policy.is_proven
    assert policy.bound == pytest.approx(-5)
