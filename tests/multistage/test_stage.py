"""The builder: what was written is what the numbers of a stage say, for any values of parameters."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from replenish.multistage import Iterations, Outcomes, Program, Stage, linear, train
from replenish.multistage.modelling.expression import Floats, to_expression
from replenish.multistage.modelling.program import Slopes


def _moved(base: Floats, slopes: Slopes, values: Floats) -> Floats:
    found = base.copy()
    np.add.at(found, slopes.entry, slopes.factor * values[slopes.parameter])
    return found


def _dense(program: Program, values: Floats) -> Floats:
    matrix = np.zeros((program.rows, program.columns))
    matrix[program.row, program.column] = _moved(program.factor, program.matrix_slopes, values)
    return matrix


def _rich(*, is_integer: bool = True) -> Stage:
    """Return a stage in which parameters move rows, costs, bounds, coefficients and the constant."""
    stage = Stage()
    level = stage.state("level", 2, lower=[-1, 0], upper=[5, 6], initial=[1, 2])
    rain, price, loss = stage.parameter("rain", 2), stage.parameter("price"), stage.parameter("loss")
    flow = stage.variable("flow", 2, lower=-1 + loss, upper=4 * rain + 1)
    flag = stage.variable("flag", upper=1, is_integer=is_integer)
    stage.row("balance", level.after == loss * level.before + rain - flow)
    stage.row("range", flow.sum() + 2, lower=-3, upper=7)
    stage.row("least", 3 * flag + price >= flow[0])
    stage.objective(price * flow)
    stage.objective(2 * loss)
    stage.objective(np.array([1.0, -1.0]) * level.after)
    return stage


def test_a_stage_says_in_numbers_what_was_written() -> None:
    program = _rich().program()
    values = np.array([1.5, 2.0, 3.0, 0.25])  # rain, price, loss
    assert program.column_names() == [
        "level.before[0]", "level.before[1]", "level.after[0]", "level.after[1]", "flow[0]", "flow[1]", "flag",
    ]  # fmt: skip
    assert program.row_names() == ["balance[0]", "balance[1]", "range", "least"]
    expected = np.array([
        [-0.25, 0, 1, 0, 1, 0, 0],
        [0, -0.25, 0, 1, 0, 1, 0],
        [0, 0, 0, 0, 1, 1, 0],
        [0, 0, 0, 0, -1, 0, 3],
    ])  # fmt: skip
    np.testing.assert_allclose(_dense(program, values), expected)
    np.testing.assert_allclose(_moved(program.row_lower, program.row_slopes, values), [1.5, 2, -5, -3])
    np.testing.assert_allclose(_moved(program.row_upper, program.row_slopes, values), [1.5, 2, 5, math.inf])
    np.testing.assert_allclose(_moved(program.cost, program.cost_slopes, values), [0, 0, 1, -1, 3, 3, 0])
    np.testing.assert_allclose(_moved(program.offset, program.offset_slopes, values), [0.5])
    np.testing.assert_allclose(_moved(program.lower, program.lower_slopes, values)[2:], [-1, 0, -0.75, -0.75, 0])
    np.testing.assert_allclose(_moved(program.upper, program.upper_slopes, values)[2:], [5, 6, 7, 9, 1])
    assert program.is_integer.tolist() == [False] * 6 + [True]
    assert program.initial.tolist() == [1, 2]
    assert program.states == ("level[0]", "level[1]")


def test_the_nonzeros_are_sorted_without_repetition() -> None:
    program = _rich().program()
    places = list(zip(program.column.tolist(), program.row.tolist(), strict=True))
    assert places == sorted(set(places))


def test_a_stage_can_be_built_on_after_its_numbers_were_taken() -> None:
    stage = Stage()
    made = stage.variable("made", upper=3)
    before = stage.program()
    stage.row("least", made >= 1)
    assert (before.rows, stage.program().rows) == (0, 1)


@pytest.mark.parametrize(
    "again",
    [
        lambda stage: stage.state("water"), lambda stage: stage.variable("water.after"),
        lambda stage: stage.parameter("load"), lambda stage: stage.row("load", to_expression(1.0)),
        lambda stage: stage.row("water.before", to_expression(1.0)), lambda stage: stage.variable("rain"),
    ],
)  # fmt: skip
def test_a_name_is_given_once(again: Callable[[Stage], object]) -> None:
    stage = Stage()
    water = stage.state("water")
    stage.row("load", water.after >= stage.parameter("rain"))
    with pytest.raises(ValueError, match="defined twice"):
        again(stage)


def test_impossible_stages_are_refused_at_once() -> None:
    stage = Stage()
    made = stage.variable("made")
    with pytest.raises(ValueError, match='use "min" or "max"'):
        Stage("least")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="`bent` holds a variable; write it as a row"):
        stage.variable("bent", upper=made)
    with pytest.raises(ValueError, match="a bound of `odd` is not a number"):
        stage.variable("odd", lower=np.nan)
    with pytest.raises(ValueError, match="row `odd` has a bound that is not a number"):
        stage.row("odd", made, upper=np.nan)
    with pytest.raises(ValueError, match="holds nan"):
        stage.objective(np.nan * np.ones(2))
    with pytest.raises(ValueError, match="holds inf"):
        stage.row("far", made <= math.inf)


@pytest.mark.parametrize("price", [0.0, -1.0, math.inf, math.nan])
def test_slack_has_a_price(price: float) -> None:
    with pytest.raises(ValueError, match="must be above zero and finite"):
        Stage().price_slack(price)


def test_slack_of_unknown_rows_is_refused() -> None:
    stage = Stage()
    stage.row("load", stage.variable("made") >= 1)
    with pytest.raises(ValueError, match="no row is called lode; rows are load"):
        stage.price_slack(9.0, "lode")


def _short(sense: str, *names: str) -> Stage:
    """Return a stage in which 2 are made where 5 are wanted at least, and 3 are kept of which 1 may be."""
    stage = Stage("max" if sense == "max" else "min")
    made, kept = stage.variable("made", upper=2), stage.variable("kept", lower=3, upper=4)
    stage.row("wanted", made >= 5)
    stage.row("room", kept <= 1)
    stage.price_slack(10.0, *names)
    return stage


@pytest.mark.parametrize(("sense", "sign"), [("min", 1.0), ("max", -1.0)])
def test_priced_rows_are_broken_at_their_price(sense: str, sign: float) -> None:
    policy = train(linear(_short(sense), [None]), iterations=2, stopping=Iterations(2))
    assert policy.bound == pytest.approx(sign * 10 * (3 + 2))
    found = policy.decide("1").variables
    assert found["wanted.short"] == pytest.approx(3)
    assert found["room.over"] == pytest.approx(2)
    assert found["room.short"] == found["wanted.over"] == 0


def test_only_the_named_rows_are_priced() -> None:
    assert _short("min", "room").program().priced == ("room",)
    assert _short("min").program().priced == ("wanted", "room")
    assert "wanted.short" not in _short("min", "room").program().variables


def test_parameters_of_every_place_make_the_optimum_of_the_same_numbers() -> None:
    def optimum(rain: list[float], price: float, loss: float) -> float:
        stage = Stage()
        level = stage.state("level", 2, lower=[-1, 0], upper=[5, 6], initial=[1, 2])
        lower, upper = -1 + loss, 4 * np.array(rain) + 1
        flow = stage.variable("flow", 2, lower=lower, upper=upper)
        flag = stage.variable("flag", upper=1)
        stage.row("balance", level.after == loss * level.before + np.array(rain) - flow)
        stage.row("range", flow.sum() + 2, lower=-3, upper=7)
        stage.row("least", 3 * flag + price >= flow[0])
        stage.objective(price * flow + np.array([1.0, -1.0]) * level.after)
        stage.objective(2 * loss)
        return train(linear(stage, [None]), iterations=1).bound

    values = [([1.5, 2.0], 3.0, 0.25), ([1.0, 1.0], -1.0, 0.5), ([0.2, 0.9], 0.5, 0.0)]
    outcomes = Outcomes({
        "rain": [rain for rain, _, _ in values], "price": [price for _, price, _ in values],
        "loss": [loss for _, _, loss in values],
    })  # fmt: skip
    stage = _rich(is_integer=False)
    found = train(linear(stage, [outcomes]), iterations=1).bound
    assert found == pytest.approx(np.mean([optimum(*one) for one in values]))


def test_a_single_number_beside_a_block_counts_for_each_entry_of_the_objective() -> None:
    stage = Stage()
    stage.objective(stage.variable("made", 3) + 2)
    assert stage.program().offset.tolist() == [6]
