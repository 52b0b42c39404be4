"""What is told about the numbers of a model: each finding where there is reason for it, and none otherwise."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest

from replenish.errors import ReplenishWarning
from replenish.multistage import (
    ROOT,
    Finding,
    Model,
    ModelError,
    Outcomes,
    Stability,
    Stage,
    linear,
    stability,
    train,
)
from replenish.multistage.numerics.sizes import Range
from replenish.multistage.problems import PROBLEMS, get

INTEGER = "integer variables after the first stage are solved as fractions"


def _plain(*, demand: float = 5.0, upper: float = 20.0, cost: float = 3.0, factor: float = 1.0) -> Stage:
    stage = Stage()
    stock = stage.state("stock", upper=upper, initial=4)
    bought, lost = stage.variable("bought", upper=10), stage.variable("lost", upper=10)
    stage.row("balance", stock.after == stock.before + factor * bought + lost - demand)
    stage.objective(cost * bought + 9 * lost + 0.5 * stock.after)
    return stage


def _of(stage: Stage) -> Stability:
    return stability(linear(stage, [None] * 3))


def _range(found: Stability, kind: str, *, is_scaled: bool = False) -> Range:
    return next(one for one in found.ranges if (one.kind, one.is_scaled) == (kind, is_scaled))


def _about(found: Stability, words: str) -> Finding:
    """Return the one finding that says so."""
    (finding,) = [finding for finding in found.findings if words in finding.what]
    return finding


def test_nothing_stands_out_in_a_plain_model() -> None:
    found = _of(_plain())
    assert found.findings == ()
    assert str(found).endswith("findings: none")


@pytest.mark.parametrize("name", sorted(set(PROBLEMS) - {"lands-full"}))
def test_reference_problems_have_no_warning_but_of_fractions(name: str) -> None:
    found = stability(get(name).build())
    assert all(INTEGER in finding.what for finding in found.warnings)


def test_ranges_name_the_row_variable_node_and_outcome() -> None:
    stage = Stage()
    demand, price = stage.parameter("demand"), stage.parameter("price")
    bought, made = stage.variable("bought", upper=7), stage.variable("made", 2, upper=[3, 90])
    stage.row("served", bought + 0.25 * made[0] + 4 * made[1] >= demand)
    stage.objective(price * bought)
    stage.objective(2 * made)
    chance = [Outcomes({"demand": [5.0]}), Outcomes({"demand": [6.0, 0.0, 30.0]})]
    found = stability(linear(stage, chance, data=[{"price": 1.5}, {"price": -0.5}]))
    row = "node 1, row `served`"
    expected = {
        "coefficients": (0.25, f"{row}, variable `made[0]`", 4, f"{row}, variable `made[1]`"),
        "costs": (0.5, "node 2, variable `bought`", 2, "node 1, variable `made[0]`"),
        "right-hand sides": (5, row, 30, "node 2, row `served`, outcome 2"),
        "bounds": (3, "node 1, variable `made[0]`", 90, "node 1, variable `made[1]`"),
        "parameters": (0.5, "node 2, parameter `price`", 30, "node 2, parameter `demand`, outcome 2"),
    }
    for kind, (least, where_least, most, where_most) in expected.items():
        one = _range(found, kind)
        assert one.smallest is not None
        assert one.largest is not None
        assert (one.smallest.size, one.smallest.where) == (least, where_least)
        assert (one.largest.size, one.largest.where) == (most, where_most)


def test_scaling_narrows_the_range_of_coefficients() -> None:
    found = _of(_plain(factor=1e5))
    before, after = (_range(found, "coefficients", is_scaled=is_scaled) for is_scaled in (False, True))
    assert before.largest is not None
    assert before.largest.size == 1e5
    assert after.smallest is not None
    assert after.largest is not None
    assert after.largest.size <= 4 * after.smallest.size


def test_a_variable_that_is_scaled_far_is_named_with_its_unit() -> None:
    finding = _about(_of(_plain(factor=1e-4)), "scaling takes them in thousands")
    assert (finding.where, finding.remedy) == ("`bought`", "give them in thousands, and read them so")


def test_costs_that_are_all_large_are_named_with_their_unit() -> None:
    stage = Stage()
    stage.objective(2e6 * stage.variable("bought", lower=1, upper=2))
    assert _about(_of(stage), "scaling takes them in millions").where == "costs"


def test_tiny_coefficients_are_told_once() -> None:
    stage = _plain()
    stage.row("odd", stage.variable("spare", upper=1) * (0.1 + 0.2 - 0.3) <= 1)
    finding = _about(_of(stage), "too small to be meant")
    assert finding.severity == "warning"
    assert finding.where == "node 1, row `odd`, variable `spare`"


@pytest.mark.parametrize(
    ("stage", "where", "remedy"),
    [
        (_plain(upper=5e9), "node 1, variable `stock.after`", "give `stock` in billions"),
        (_plain(demand=3e9), "node 1, row `balance`", "give the quantities of row `balance` in billions"),
    ],
)
def test_numbers_that_are_too_large_come_with_a_unit(stage: Stage, where: str, remedy: str) -> None:
    finding = _about(_of(stage), "so large even after scaling that results round off")
    assert (finding.severity, finding.where) == ("warning", where)
    assert finding.remedy.startswith(remedy)


@pytest.mark.parametrize(
    ("stage", "where"),
    [(_plain(upper=5e-9), "node 1, variable `stock.after`"), (_plain(demand=1e-12), "node 1, row `balance`")],
)
def test_numbers_below_the_tolerance_of_the_solver_are_told(stage: Stage, where: str) -> None:
    assert _about(_of(stage), "below the tolerance").where == where


def test_prices_that_only_punish_are_told_when_they_drown_the_others() -> None:
    finding = _about(_of(_plain(cost=1e11)), "times as much as the cheapest (node 1, variable `stock.after`)")
    assert (finding.severity, finding.where) == ("warning", "node 1, variable `bought`")


def test_rows_that_scaling_cannot_mend_name_their_worst_terms() -> None:
    stage = Stage()
    left, right = stage.variable("left", 2, upper=1), stage.variable("right", 2, upper=1)
    for number, rows in enumerate(np.array([[1.0, 1e9], [1e9, 1.0]])):
        stage.row(f"mixed_{number}", rows[0] * left + rows[1] * right <= 1)
    found = [finding for finding in _of(stage).warnings if "even after scaling" in finding.what]
    assert [finding.where for finding in found] == ["node 1, row `mixed_0[0]`", "node 1, row `mixed_1[0]`"]
    assert found[0].what == "the coefficient of `right[0]` is 1e+09 times that of `left[0]`, even after scaling"


def test_a_row_is_mixed_if_it_is_so_in_one_outcome_of_one_node() -> None:
    stage = Stage()
    share = stage.parameter("share")
    stage.row("mixed", share * stage.variable("left", upper=1) + 2 * stage.variable("right", upper=1) <= 1)
    found = stability(linear(stage, [Outcomes({"share": [1.0]}), Outcomes({"share": [0.0, 1e-7, 1.0]})]))
    assert _about(found, "even after scaling").where == "node 2, row `mixed`"


def test_a_coefficient_that_alone_spans_too_much_is_told_as_such() -> None:
    stage = Stage()
    stage.row("mixed", stage.parameter("share") * stage.variable("made", upper=1) <= 1)
    found = stability(linear(stage, [Outcomes({"share": [1e-4, 0.0, 1e4]})]))
    assert _about(found, "differs 1e+08-fold between outcomes").where == "node 1, row `mixed`"


def test_a_stage_without_variables_has_no_ranges() -> None:
    found = _of(Stage())
    assert all(one.smallest is None and one.largest is None for one in found.ranges)
    assert "coefficients       none" in str(found)


def test_variables_without_bounds_are_told_with_whether_bounds_were_derived() -> None:
    stage = _plain()
    stage.row("limit", stage.variable("within", upper=math.inf) <= 8)
    stage.variable("beyond", 3, upper=math.inf)
    found = _of(stage)
    derived, endless = _about(found, "of their own"), _about(found, "not proven")
    assert (derived.severity, derived.where) == ("note", "`within` (node 1)")
    assert (endless.severity, endless.where) == ("warning", "`beyond` (node 1)")


def test_costs_to_go_without_a_bound_are_a_finding_and_no_error() -> None:
    stage = Stage()
    stage.objective(-stage.variable("sold", upper=math.inf))
    found = _of(stage)
    assert _about(found, "has no bound from below").remedy.startswith("give variables finite bounds")
    assert _about(found, "not proven").where == "`sold` (node 1)"


def test_equations_with_random_coefficients_are_told_and_those_that_are_fixed_are_not() -> None:
    stage = Stage()
    share, fixed = stage.parameter("share"), stage.parameter("fixed")
    made = stage.variable("made", 3, upper=1)
    stage.row("random", share * made[0] == 0)
    stage.row("unequal", share * made[1] <= 1)
    stage.row("same", fixed * made[2] == 0)
    found = stability(linear(stage, [Outcomes({"share": [0.5, 0.6]})] * 2, data=[{"fixed": 1.0}, {"fixed": 2.0}]))
    assert _about(found, "equations with random coefficients").where == "`random` (node 1)"


def test_states_that_are_only_handed_on_never_matter() -> None:
    stage = _plain()
    carried, ignored = stage.state("carried", 2, upper=3, initial=1), stage.state("ignored", upper=3, initial=1)
    stage.row("carry", carried.after == carried.before)
    stage.row("only_now", ignored.after <= 2)
    assert _about(_of(stage), "never matter").where == "states `carried`, `ignored`"


@pytest.mark.parametrize("use", ["price", "row", "limit", "last stage", "one of two"])
def test_states_that_are_used_matter(use: str) -> None:
    stage, last = Stage(), Stage()
    for one in (stage, last):
        upper = 2.0 if use == "limit" and one is last else 3.0
        carried = one.state("carried", 2 if use == "one of two" else (), upper=upper, initial=1)
        other = one.variable("other", upper=3)
        one.row("carry", carried.after == carried.before)
        one.objective(other)
        if use == "price":
            one.objective(carried.after)
        elif use == "row":
            one.row("used", carried.after >= other)
        elif use == "last stage" and one is last:
            one.objective(carried.before)
        elif use == "one of two":
            one.objective(carried.before[1])
    assert stability(linear([stage, stage, last], [None] * 3)).findings == ()


def test_integers_beyond_the_first_stage_are_told() -> None:
    finding = _about(stability(get("air-conditioning").build()), INTEGER)
    assert (finding.severity, finding.where) == ("warning", "`made`, `overtime` (node 2)")


def test_training_says_once_that_later_integers_are_fractions() -> None:
    with pytest.warns(ReplenishWarning, match=r"`made`, `overtime` \(node 2\): integer variables") as told:
        train(get("air-conditioning").build(), iterations=2)
    assert [one.filename for one in told] == [__file__]


def test_training_says_nothing_of_integers_in_the_first_stage_alone() -> None:
    first, second = _plain(), _plain()
    first.variable("whole", upper=5, is_integer=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        train(linear([first, second], [None, None]), iterations=2)


def test_an_unsound_model_is_refused_with_its_findings() -> None:
    with pytest.raises(ModelError, match="nothing follows the root"):
        stability(Model())


def test_a_first_stage_in_a_cycle_comes_later_as_well() -> None:
    stage = _plain()
    stage.variable("whole", upper=5, is_integer=True)
    model = Model()
    model.add_node("month", stage)
    model.add_edge(ROOT, "month")
    model.add_edge("month", "month", 0.5)
    assert _about(stability(model), INTEGER).where == "`whole` (node month)"


def test_the_report_reads_from_ranges_to_findings() -> None:
    text = str(_of(_plain(upper=5e9)))
    assert text.startswith("ranges (smallest and largest number without sign)\n  coefficients       1          node 1,")
    assert "\n    after scaling    " in text
    assert "\n  parameters         none\n\nfindings\n  warning: node 1, variable `stock.after`: 5e+09" in text
