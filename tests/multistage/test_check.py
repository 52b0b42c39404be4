"""Models that are not sound are refused with every finding, and failures of a stage name what clashes."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from replenish.errors import SolveError
from replenish.multistage import (
    ROOT,
    CVaR,
    Model,
    ModelError,
    Outcomes,
    Stage,
    check,
    find_problems,
    linear,
    markov,
    train,
    tree,
)


def _stage(sense: str = "min", *, upper: float = 10.0) -> Stage:
    stage = Stage("max" if sense == "max" else "min")
    stock = stage.state("stock", upper=upper, initial=5)
    made, demand = stage.variable("made", upper=8), stage.parameter("demand")
    stage.row("balance", stock.after == stock.before + made - demand)
    stage.objective((1.0 if sense == "min" else -1.0) * made)
    return stage


CHANCE = Outcomes({"demand": [1.0, 2.0]})


def _row(*extra: Stage) -> Model:
    return linear([_stage(), *extra], [CHANCE] * (1 + len(extra)))


def _told(model: Model) -> list[str]:
    return [str(problem) for problem in find_problems(model)]


def test_a_sound_model_has_no_findings() -> None:
    model = _row(_stage())
    assert not find_problems(model)
    check(model)


def _unknown_state() -> Model:
    later = Stage()
    later.state("stock", upper=10)
    later.state("tank", upper=3)
    return linear([_stage(), later], [CHANCE, None])


def _without_start() -> Model:
    stage = Stage()
    stage.state("stock", 2, upper=10)
    return linear(stage, [None])


def _loop(probability: float, discount: float = 1.0, *, upper: float = 10.0, bound: float | None = None) -> Model:
    model, stage = Model(), _stage(upper=upper)
    for name in ("dry", "wet"):
        model.add_node(name, stage, CHANCE, bound=bound)
    model.add_edge(ROOT, "dry")
    model.add_edge("dry", "wet", probability)
    model.add_edge("wet", "dry", 1.0, discount)
    return model


def _edges(*edges: tuple[str, str, float]) -> Model:
    model, stage = Model(), _stage()
    for name in ("a", "b", "c"):
        model.add_node(name, stage, CHANCE)
    for edge in edges:
        model.add_edge(*edge)
    return model


def _data(**data: object) -> Model:
    return linear(_stage(), [None], data=[data])  # type: ignore[list-item]


def _crossed() -> Model:
    stage = _stage()
    most = stage.parameter("most")
    stage.variable("extra", lower=2, upper=most)
    stage.row("between", stage.variable("other", upper=1), lower=3, upper=2)
    return linear(stage, [Outcomes({"most": [3.0, 1.0]}) * CHANCE])


def _twice() -> Model:
    model = _edges((ROOT, "a", 1.0), ("a", "b", 0.5), ("b", "c", 1.0))
    model.add_edge("a", "b", 0.5, 0.9)
    return model


def _infinite(lower: float, upper: float) -> Model:
    stage = _stage()
    stage.variable("far", lower=lower, upper=upper)
    return linear(stage, [CHANCE])


@pytest.mark.parametrize(
    ("build", "finding"),
    [
        (Model, "model: nothing follows the root; add nodes"),
        (_edges, "model: nothing follows the root"),
        (_unknown_state, "edge 1 -> 2: `2` needs the unknown state `tank`; `1` hands over stock"),
        (_without_start, r"node 1: state `stock\[1\]` has no initial value; give `initial=`"),
        (lambda: _edges((ROOT, "a", 0.9), ("a", "b", 1), ("b", "c", 1)), "root: probabilities of its edges sum to 0.9"),
        (lambda: _edges((ROOT, "a", 1), ("a", "b", 0.7), ("a", "c", 0.4)), "node a: .* sum to 1.1; .* at most 1"),
        (lambda: _edges((ROOT, "a", 1), (ROOT, "b", 0.5), ("b", "c", 1)), "node root: .* sum to 1.5"),
        (lambda: _edges((ROOT, "a", 1), ("a", "b", 1)), "node c: no path leads there from the root"),
        (lambda: _edges((ROOT, "a", 1), ("b", "c", 1)), "node b: no path leads there"),
        (lambda: _row(_stage("max")), "some stages minimise and others maximise"),
        (lambda: _loop(1.0), "cycle through dry, wet: paths go round with weight 1: costs have no finite sum"),
        (lambda: _loop(0.5, upper=math.inf), "node dry: state `stock` has no finite bounds in an infinite horizon"),
        (_twice, "edge a -> b: two edges join these nodes with different discounts"),
        (_data, "node 1: parameter `demand` has no value; give it in `data` or in `outcomes`"),
        (lambda: _data(demand=1.0, wind=2.0), "its stage has no parameter `wind`; parameters are demand"),
        (lambda: _data(demand=[1.0, 2.0]), r"parameter `demand` has shape \(2,\); its stage wants \(\)"),
        (lambda: _data(demand=np.nan), "parameter `demand` is not a finite number"),
        (lambda: _data(demand=math.inf), "parameter `demand` is not a finite number"),
        (lambda: linear(_stage(), [CHANCE], data=[{"demand": 1.0}]), "parameter `demand` is both fixed and random"),
        (lambda: linear(_stage(), [Outcomes({"wind": [1.0]}) * CHANCE]), "its stage has no parameter `wind`"),
        (lambda: linear(_stage(), [Outcomes({"demand": [[1.0, 2.0]]})]), r"`demand` has shape \(2,\)"),
        (_crossed, "variable extra has its lower bound above its upper one in some outcome"),
        (_crossed, "row between has its lower bound above its upper one"),
        (lambda: _infinite(math.inf, math.inf), "`far` has its infinite bound on the wrong side"),
        (lambda: _infinite(-math.inf, -math.inf), "`far` has its infinite bound on the wrong side"),
    ],
)
def test_what_is_wrong_is_found_where_it_is(build: Callable[[], Model], finding: str) -> None:
    model = build()
    with pytest.raises(ModelError) as raised:
        train(model)
    assert any(re.search(finding, str(problem)) for problem in raised.value.problems)


def test_all_findings_come_in_one_pass() -> None:
    first, later = _stage(), Stage("max")
    later.state("tank", upper=3)
    model = linear([first, later], [None, Outcomes({"wind": [1.0]})])
    model.add_node("lost", first, CHANCE)
    told = _told(model)
    assert len(told) == 5
    for part in ("no path leads there", "minimise", "`demand` has no value", "`wind`", "unknown state `tank`"):
        assert any(part in one for one in told)
    with pytest.raises(ModelError, match=r"\(and 4 more in `problems`\)"):
        check(model)


@pytest.mark.parametrize("name", ["cost", "factor", "offset", "lower", "upper", "row_lower", "row_upper"])
def test_numbers_that_are_none_are_found_in_programs_made_elsewhere(name: str) -> None:
    program = _stage().program()
    broken = replace(program, **{name: np.full_like(getattr(program, name), np.nan)})
    assert any("is not a" in one for one in _told(linear(broken, [CHANCE])))


def test_an_infinite_horizon_needs_a_discount_or_an_end() -> None:
    assert not find_problems(_loop(0.5))
    assert not find_problems(_loop(1.0, 0.95))
    assert not find_problems(_loop(0.5, upper=math.inf, bound=0.0))


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: Outcomes({}), "one value of each parameter"),
        (lambda: Outcomes({"a": []}), "one value of each parameter"),
        (lambda: Outcomes({"a": 3.0}), "one value of each parameter"),
        (lambda: Outcomes({"a": [1.0], "b": [1.0, 2.0]}), "one value of each parameter"),
        (lambda: Outcomes({"a": [1.0, np.nan]}), "outcomes of `a` hold nan"),
        (lambda: Outcomes({"a": [1.0, 2.0]}, [0.5, 0.4]), "sum to 0.9, must sum to 1"),
        (lambda: Outcomes({"a": [1.0, 2.0]}, [1.5, -0.5]), "finite and not negative"),
        (lambda: Outcomes({"a": [1.0, 2.0]}, [0.5, np.nan]), "finite and not negative"),
        (lambda: Outcomes({"a": [1.0, 2.0]}, [1.0]), "2 outcomes need as many probabilities"),
        (lambda: CHANCE * CHANCE, r"\['demand'\] are in both factors"),
        (lambda: _edges(("a", "d", 1.0)), "no node `d`"),
        (lambda: _edges(("a", ROOT, 1.0)), "paths begin at `root`"),
        (lambda: _edges(("a", "b", 0.0)), r"must both lie in \(0, 1\]"),
        (lambda: _edges(("a", "b", 1.2)), r"must both lie in \(0, 1\]"),
        (lambda: _edges(("a", "b", math.nan)), r"must both lie in \(0, 1\]"),
        (lambda: Model().add_node(ROOT, _stage()), "`root` is taken"),
        (lambda: tree([("a", ROOT, 1.0, _stage(), {})] * 2), "node `a` exists already"),
        (lambda: linear([_stage()], [CHANCE] * 2), "1 stages were given for 2"),
        (lambda: markov(_stage(), [[[1.0]], np.eye(2)]), "each must follow the one before"),
    ],
)
def test_misuse_is_refused_at_once(make: Callable[[], object], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        make()


def test_cuts_and_risk_that_do_not_go_together_are_refused() -> None:
    with pytest.raises(ValueError, match='use "single", "multi" or "grouped"'):
        train(_row(), cuts="double")  # type: ignore[arg-type]
    risky = linear(_stage(), [CHANCE] * 2, risk=CVaR(0.5))
    with pytest.raises(ValueError, match="grouped cuts average the outcomes of a child, but node `root`"):
        train(risky, cuts="grouped")


def test_a_stage_that_no_plan_meets_names_rows_variables_and_node() -> None:
    model = linear(_stage(), [CHANCE, Outcomes({"demand": [1.0, 40.0]})])
    with pytest.raises(SolveError, match=r"node 2, outcome 1, from stock=.*row balance.*made.*price_slack"):
        train(model, iterations=5)


def test_a_first_stage_that_is_infinitely_cheap_names_what_runs_away() -> None:
    stage = Stage()
    stage.state("stock", upper=10, initial=5)
    sold, bought = stage.variable("sold"), stage.variable("bought")
    stage.row("margin", sold <= bought)
    stage.objective(bought - 2 * sold)
    with pytest.raises(SolveError, match=r"node 1, .*unbounded: costs fall without limit along sold, bought"):
        train(linear([stage, _stage()], [None, CHANCE]), iterations=2)


def test_a_first_stage_of_infinite_gain_names_what_runs_away() -> None:
    stage = Stage("max")
    stage.objective(stage.variable("sold"))
    with pytest.raises(SolveError, match="unbounded: gains rise without limit along sold"):
        train(linear(stage, [None]), iterations=2)


def test_a_later_stage_that_is_infinitely_cheap_is_refused_before_training() -> None:
    later = Stage()
    stock = later.state("stock", upper=10)
    later.objective(later.variable("sold", lower=-math.inf) + stock.after)
    with pytest.raises(SolveError, match="nodes 2: what the stage costs has no bound from below"):
        train(linear([_stage(), later], [CHANCE, None]))


def test_a_given_bound_replaces_one_that_cannot_be_derived() -> None:
    later = Stage()
    stock = later.state("stock", upper=10)
    loan = later.variable("loan", lower=-math.inf)
    later.row("limit", loan >= -stock.before)
    later.objective(loan)
    policy = train(linear([_stage(), later], [CHANCE, None], bound=-100.0), iterations=20)
    assert policy.bound == pytest.approx(
        -3.5
    )  # each unit made costs 1 and is lent on; 5 less the demand is lent for nothing


def test_a_stage_that_is_infeasible_from_every_state_names_what_clashes() -> None:
    stage = Stage()
    water = stage.state("water", upper=20, initial=10)
    release = stage.variable("release", upper=12)
    stage.row("balance", water.after == water.before - release)
    stage.row("need", release >= 15)
    stage.objective(release)
    with pytest.raises(SolveError, match=r"node 1, .*cannot hold together: row need, variable release"):
        train(linear(stage, [None, None]), iterations=1)
