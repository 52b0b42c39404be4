"""The extensive form against sums done by hand, against another assembly, and against the measures themselves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.optimize import linprog

from replenish.errors import SolveError
from replenish.multistage.extensive.extensive import Extensive, solve_extensive
from replenish.multistage.modelling.expression import Floats
from replenish.multistage.modelling.model import ROOT, Model, linear, markov, tree
from replenish.multistage.modelling.outcomes import Outcomes
from replenish.multistage.modelling.risk import CVaR, Expectation, Mix, ModifiedChiSquared, RiskMeasure, WorstCase
from replenish.multistage.modelling.stage import Stage
from replenish.multistage.solver import Method

PRICES = [[3.0], [2.0, 6.0, 10.0]]
CHANCES = [0.5, 0.3, 0.2]


def _forced(sense: str = "min") -> Stage:
    """Return a stage without a choice: it costs, or earns, `price`."""
    stage = Stage("max" if sense == "max" else "min")
    price = stage.parameter("price")
    unit = stage.variable("unit", lower=1, upper=1)
    stage.objective(price * unit)
    return stage


def _lottery(risk: RiskMeasure | None = None, *, discount: float = 1.0, sense: str = "min") -> Model:
    outcomes = [Outcomes({"price": PRICES[0]}), Outcomes({"price": PRICES[1]}, CHANCES)]
    return linear(_forced(sense), outcomes, risk=risk, discount=discount)


def _shop() -> Stage:
    """Return a stage that buys at `price` into a stock, then must meet `demand` or pay 20 a unit."""
    stage = Stage()
    stock = stage.state("stock", upper=50, initial=1)
    bought = stage.variable("bought", upper=10)
    missing = stage.variable("missing")
    price, demand = stage.parameter("price"), stage.parameter("demand")
    stage.row("balance", stock.after - stock.before - bought - missing == -demand)
    stage.objective(price * bought + 0.5 * stock.after + 20 * missing)
    return stage


@pytest.mark.parametrize(
    ("risk", "later"),
    [
        (Expectation(), 0.5 * 2 + 0.3 * 6 + 0.2 * 10),
        (WorstCase(), 10),
        (CVaR(0.4), (0.2 * 10 + 0.2 * 6) / 0.4),
        (CVaR(1.0), 4.8),
        (Mix((0.25, Expectation()), (0.75, CVaR(0.2))), 0.25 * 4.8 + 0.75 * 10),
        (Mix((0.5, Mix((0.5, WorstCase()), (0.5, CVaR(0.5)))), (0.5, Expectation())), 2.5 + 0.25 * 7.6 + 2.4),
    ],
)
def test_each_measure_weighs_a_lottery_as_by_hand(risk: RiskMeasure, later: float) -> None:
    found = solve_extensive(_lottery(risk))
    assert found.value == pytest.approx(3 + later)
    assert found.bound == pytest.approx(found.value)


def test_gains_are_weighed_from_their_low_end() -> None:
    assert solve_extensive(_lottery(sense="max")).value == pytest.approx(3 + 4.8)
    assert solve_extensive(_lottery(WorstCase(), sense="max")).value == pytest.approx(3 + 2)
    assert solve_extensive(_lottery(CVaR(0.6), sense="max")).value == pytest.approx(3 + (0.5 * 2 + 0.1 * 6) / 0.6)


@pytest.mark.parametrize("risk", [Expectation(), WorstCase(), CVaR(0.5)])
def test_a_discount_counts_inside_the_measure(risk: RiskMeasure) -> None:
    undiscounted = solve_extensive(_lottery(risk)).value - 3
    assert solve_extensive(_lottery(risk, discount=0.9)).value == pytest.approx(3 + 0.9 * undiscounted)


@pytest.mark.parametrize(
    ("risk", "later"),
    [(Expectation(), 0.6 * 4.8), (WorstCase(), 10), (CVaR(0.5), (0.12 * 10 + 0.18 * 6 + 0.2 * 2) / 0.5)],
)
def test_a_path_that_ends_is_an_outcome_without_cost(risk: RiskMeasure, later: float) -> None:
    model = Model(risk=risk)
    stage = _forced()
    model.add_node("now", stage, data={"price": 3.0})
    model.add_node("later", stage, Outcomes({"price": PRICES[1]}, CHANCES))
    model.add_edge(ROOT, "now")
    model.add_edge("now", "later", 0.6)
    assert solve_extensive(model).value == pytest.approx(3 + later)


def test_the_end_of_a_path_is_the_worst_when_what_follows_earns() -> None:
    model = Model(risk=WorstCase())
    stage = _forced("max")
    model.add_node("now", stage, data={"price": 3.0})
    model.add_node("later", stage, data={"price": 5.0})
    model.add_edge(ROOT, "now")
    model.add_edge("now", "later", 0.99)
    assert solve_extensive(model).value == pytest.approx(3)


def test_a_node_may_have_a_measure_of_its_own() -> None:
    model = _lottery()
    model.risks["1"] = WorstCase()
    assert solve_extensive(model).value == pytest.approx(13)


def test_the_root_weighs_first_stages() -> None:
    chances = Outcomes({"price": PRICES[1]}, CHANCES)
    assert solve_extensive(linear(_forced(), [chances], risk=CVaR(0.4))).value == pytest.approx(8)
    with pytest.raises(ValueError, match="paths begin at 3 vertices"):
        solve_extensive(linear(_forced(), [chances])).first()


def test_regimes_weigh_by_the_transition_matrix() -> None:
    data = [[{"price": 1.0}], [{"price": 10.0}, {"price": 20.0}], [{"price": 100.0}, {"price": 200.0}]]
    model = markov(_forced(), [[[1.0]], [[0.25, 0.75]], [[0.5, 0.5], [0.0, 1.0]]], data=data)
    expected = 1 + 0.25 * (10 + 150) + 0.75 * (20 + 200)
    assert solve_extensive(model).value == pytest.approx(expected)


def test_a_first_stage_in_whole_numbers_rounds_up_only_if_not_relaxed() -> None:
    first, second = Stage(), Stage()
    plants = first.state("plants", upper=5, initial=0)
    built = first.variable("built", upper=5, is_integer=True)
    first.row("balance", plants.after == plants.before + built)
    first.objective(10 * built)
    plants = second.state("plants", upper=5)
    missing, demand = second.variable("missing"), second.parameter("demand")
    second.row("keep", plants.after == plants.before)
    second.row("need", 4 * plants.before + missing - demand >= 0)
    second.objective(9 * missing)
    model = linear([first, second], [None, Outcomes({"demand": [2.0, 6.0]})])
    whole, relaxed = solve_extensive(model), solve_extensive(model, relax=True)
    assert relaxed.value == pytest.approx(
        15
    )  # 1.5 plants: the cost falls by 26 a plant up to 0.5, by 8 up to 1.5, then rises by 10
    assert whole.value == pytest.approx(10 + 0.5 * 9 * 2)
    assert whole.bound == pytest.approx(whole.value)
    assert whole.first()["built"] == pytest.approx(1)


def test_a_child_may_take_over_fewer_states_in_another_order() -> None:
    first, second = Stage(), Stage()
    parts = first.state("parts", 2, initial=[1.0, 2.0])
    cash = first.state("cash", initial=7.0)
    first.row("keep", parts.after == parts.before)
    first.row("save", cash.after == cash.before + 1)
    cash = second.state("cash")
    parts = second.state("parts", 2)
    second.row("keep", parts.after == parts.before)
    second.row("save", cash.after == 2 * cash.before)
    second.objective(cash.after + 100 * parts.after[0] + 1000 * parts.after[1])
    third = Stage()
    last = third.state("cash")
    third.row("keep", last.after == last.before)
    third.objective(last.before * 1e4)
    found = solve_extensive(linear([first, second, third], [None] * 3))
    assert found.value == pytest.approx(16 + 100 + 2000 + 160_000)
    assert_allclose(found.decision(1, "parts.before"), [1, 2])
    assert_allclose(found.first()["cash.before"], 7)


def test_a_state_may_pass_through_stages_in_one_column() -> None:
    stage = Stage()
    level = stage.state("level", initial=3)
    stage.objective(level.before)
    program = stage.program()
    found = solve_extensive(linear(replace(program, outgoing=program.incoming), [None] * 3))
    assert found.value == pytest.approx(9)


def test_constants_of_the_objective_and_of_rows_move_with_parameters() -> None:
    stage = Stage()
    level = stage.parameter("level")
    made = stage.variable("made", upper=100)
    stage.row("need", 2 * made - level >= 1)
    stage.objective(made + 10 * level + 5)
    model = linear(stage, [Outcomes({"level": [1.0, 3.0]}), Outcomes({"level": [5.0]})], risk=WorstCase())
    assert solve_extensive(model).value == pytest.approx((2 + 35) + (3 + 55))


def test_the_table_of_vertices_holds_paths_and_their_probabilities() -> None:
    found = solve_extensive(linear(_forced(), [Outcomes({"price": [1.0, 2.0]}, [0.25, 0.75])] * 3)).vertices
    assert len(found) == 2 + 4 + 8
    assert [len(level) for level in found.levels()] == [2, 4, 8]
    assert found.probability[found.depth == 2].sum() == pytest.approx(1)
    last = int(np.argmax(found.probability * (found.depth == 2)))
    assert found.probability[last] == pytest.approx(0.75**3)
    assert found.nodes[found.node[last]].name == "3"
    assert found.outcome[[last, found.parent[last]]].tolist() == [1, 1]


def test_an_outcome_of_probability_zero_has_no_vertex() -> None:
    model = linear(_forced(), [Outcomes({"price": [1.0, 99.0]}, [1.0, 0.0])], risk=WorstCase())
    found = solve_extensive(model)
    assert found.value == pytest.approx(1)
    assert len(found.vertices) == 1


def _nested_value(found: Extensive, model: Model, cost: Floats) -> float:
    """Return the value of fixed decisions, worked backwards with the measures' own weights."""
    vertices = found.vertices
    value = cost.copy()
    for vertex in [*range(len(vertices) - 1, -1, -1), -1]:
        children = np.flatnonzero(vertices.parent == vertex)
        if len(children):
            name = vertices.nodes[vertices.node[vertex]].name if vertex >= 0 else ""
            worth = vertices.discount[children] * value[children]
            chance = vertices.chance[children]
            chance, worth = np.append(chance, max(0.0, 1 - chance.sum())), np.append(worth, 0.0)
            later = float(model.risks.get(name, model.risk).weights(chance, worth) @ worth)
            if vertex < 0:
                return later
            value[vertex] += later
    raise AssertionError("no vertex begins a path")


@pytest.mark.parametrize("seed", range(6))
def test_the_value_is_that_of_the_decisions_under_the_measures_own_weights(seed: int) -> None:
    random = np.random.default_rng(seed)
    stage = _shop()
    kinds: list[RiskMeasure] = [Expectation(), WorstCase(), CVaR(0.3), Mix((0.6, Expectation()), (0.4, CVaR(0.25)))]
    model = Model(risk=kinds[seed % 4])
    for name in "abcd":
        outcomes = Outcomes({"price": random.uniform(1, 9, 3), "demand": random.uniform(0, 6, 3)}, [0.2, 0.5, 0.3])
        model.add_node(name, stage, outcomes, risk=kinds[int(random.integers(4))] if name != "a" else None)
    for parent, child, probability in [
        (ROOT, "a", 1),
        ("a", "b", 0.5),
        ("a", "c", 0.4),
        ("b", "d", 1),
        ("c", "d", 0.7),
    ]:
        model.add_edge(parent, child, probability, 0.95)
    found = solve_extensive(model)
    prices = [node.outcomes.values["price"] for node in found.vertices.nodes if node.outcomes is not None]
    cost = np.array(
        [
            prices[found.vertices.node[v]][found.vertices.outcome[v]] * found.decision(v, "bought")
            + 0.5 * found.decision(v, "stock.after") + 20 * found.decision(v, "missing")
            for v in range(len(found.vertices))
        ]
    )  # fmt: skip
    assert _nested_value(found, model, cost) == pytest.approx(found.value, rel=1e-7)


def _by_paths(demand: Floats, price: Floats, stages: int) -> float:
    """Return the optimum of the shop with one copy of all decisions on each path and rows that tie copies together."""
    count = len(demand)
    paths = np.array(np.unravel_index(np.arange(count**stages), (count,) * stages)).T
    size = 3 * stages  # bought, stock after, missing at each stage
    equal, right, cost = [], [], np.zeros(len(paths) * size)
    for p, path in enumerate(paths):
        for t, outcome in enumerate(path):
            row = np.zeros(len(cost))
            at = p * size + 3 * t
            row[[at, at + 1, at + 2]] = [-1, 1, -1]
            if t:
                row[at - 2] = -1
            equal.append(row)
            right.append((0 if t else 1) - demand[outcome])
            cost[[at, at + 1, at + 2]] = np.array([price[outcome], 0.5, 20]) / len(paths)
            twin = int(np.flatnonzero((paths[:, : t + 1] == path[: t + 1]).all(axis=1))[0])
            for k in range(3 if twin != p else 0):
                tie = np.zeros(len(cost))
                tie[[at + k, twin * size + 3 * t + k]] = [1, -1]
                equal.append(tie)
                right.append(0)
    bounds = [(0, 10), (0, 50), (0, None)] * (len(paths) * stages)
    return float(linprog(cost, A_eq=np.array(equal), b_eq=right, bounds=bounds).fun)


@pytest.mark.parametrize("seed", range(3))
def test_a_tree_has_the_optimum_of_paths_tied_together(seed: int) -> None:
    random = np.random.default_rng(seed)
    demand, price = random.uniform(0, 12, 3), random.uniform(1, 9, 3)
    model = linear(_shop(), [Outcomes({"demand": demand, "price": price})] * 3)
    assert solve_extensive(model).value == pytest.approx(_by_paths(demand, price, 3), rel=1e-8)


def test_a_scenario_tree_equals_the_same_paths_as_outcomes() -> None:
    stage = _shop()
    prices, demands = [2.0, 5.0], [1.0, 4.0]
    rows = [("start", ROOT, 1.0, stage, {"price": 3.0, "demand": 1.0})]
    for k in range(2):
        rows.append((f"{k}", "start", 0.5, stage, {"price": prices[k], "demand": demands[k]}))
        rows += [(f"{k}{j}", f"{k}", 0.5, stage, {"price": prices[j], "demand": demands[j]}) for j in range(2)]
    chance = Outcomes({"price": prices, "demand": demands})
    row = linear(stage, [Outcomes({"price": [3.0], "demand": [1.0]}), chance, chance])
    assert solve_extensive(tree(rows)).value == pytest.approx(solve_extensive(row).value)


def test_nodes_of_a_cycle_are_named() -> None:
    model = Model()
    for name in ("wet", "dry"):
        model.add_node(name, _forced(), data={"price": 1.0})
    model.add_edge(ROOT, "wet")
    model.add_edge("wet", "dry", 0.5)
    model.add_edge("dry", "wet", 0.5)
    with pytest.raises(ValueError, match=r"wet -> dry -> wet|dry -> wet -> dry"):
        solve_extensive(model)


def test_a_tree_that_is_too_large_is_refused_with_its_size() -> None:
    model = linear(_forced(), [Outcomes({"price": [1.0] * 10})] * 9)
    with pytest.raises(ValueError, match="has 1,111,111,110 vertices, the limit is 100,000"):
        solve_extensive(model)


def test_a_model_that_nothing_begins_is_refused() -> None:
    model = Model()
    model.add_node("alone", _forced())
    with pytest.raises(ValueError, match="no edge leaves `root`"):
        solve_extensive(model)


def test_rows_and_variables_that_clash_are_named_with_their_nodes() -> None:
    stage = Stage()
    stock = stage.state("stock", 2, initial=0, upper=1)
    demand = stage.parameter("demand", 2)
    stage.row("balance", stock.after == stock.before + 1 - demand)
    outcomes: list[list[Outcomes | None]] = [[None], [None, Outcomes({"demand": [[0.0, 0.0], [1.0, 3.0]]})]]
    data = [[{"demand": [0.5, 0.5]}], [{"demand": [1.0, 1.0]}, {}]]
    model = markov(stage, [[[1.0]], [[0.5, 0.5]]], outcomes=outcomes, data=data)
    with pytest.raises(
        SolveError, match=r"rows .*2-1 \(outcome [01]\): balance\[[01]\].*2-1 \(outcome [01]\): stock.after\["
    ):
        solve_extensive(model)


def test_a_clash_of_whole_numbers_alone_is_called_so() -> None:
    stage = Stage()
    half = stage.variable("half", 2, upper=1, is_integer=True)
    stage.row("sum", 2 * half.sum() == 1)
    with pytest.raises(SolveError, match="in whole numbers"):
        solve_extensive(linear(stage, [None]))


def test_a_cost_that_falls_without_limit_is_called_so() -> None:
    stage = Stage()
    made = stage.variable("made")
    stage.row("any", made >= 1)
    stage.objective(-made)
    with pytest.raises(SolveError, match="improves without limit"):
        solve_extensive(linear(stage, [None]))


@pytest.mark.parametrize("risk", [ModifiedChiSquared(0.1), Mix((0.5, Expectation()), (0.5, ModifiedChiSquared(0.1)))])
def test_a_measure_without_linear_form_is_refused(risk: RiskMeasure) -> None:
    with pytest.raises(SolveError, match=r"ModifiedChiSquared.* has no linear form"):
        solve_extensive(_lottery(risk))


def test_a_state_that_nobody_hands_over_is_refused() -> None:
    second = Stage()
    second.state("stock")
    with pytest.raises(ValueError, match="node `2` takes over stock, but `1` before it hands over only nothing"):
        solve_extensive(linear([_forced(), second], [None, None], data=[{"price": 1.0}, {}]))


def test_a_state_without_a_value_at_the_start_is_refused() -> None:
    stage = Stage()
    stage.state("stock")
    with pytest.raises(ValueError, match="state `stock` has no value before the first stage"):
        solve_extensive(linear(stage, [None]))


def test_a_decision_of_no_vertex_or_variable_is_refused() -> None:
    found = solve_extensive(_lottery())
    with pytest.raises(ValueError, match="vertex 4 is not in the tree; vertices are 0 to 3"):
        found.decision(4, "unit")
    with pytest.raises(ValueError, match="has no variable `units`; it has unit"):
        found.decision(0, "units")


def test_a_solver_out_of_time_without_a_plan_says_so() -> None:
    model = linear(_shop(), [Outcomes({"price": [1.0, 3.0, 5.0], "demand": [1.0, 5.0, 2.0]})] * 6)
    with pytest.raises(SolveError, match=r"without a plan \(time limit\)"):
        solve_extensive(model, seconds=0)


def _priced(*, sense: str = "min", risk: RiskMeasure | None = None, need: float = 3.0, at: int = 0) -> Model:
    """Return a shop over three stages; outcome `at` of the second wants `need`."""
    stage = Stage("max" if sense == "max" else "min")
    sign = 1.0 if sense == "min" else -1.0
    stock = stage.state("stock", 2, upper=50, initial=[1, 2])
    bought, missing = stage.variable("bought", 2, upper=[3, 4]), stage.variable("missing", 2)
    price, demand = stage.parameter("price"), stage.parameter("demand", 2)
    stage.row("balance", stock.after - stock.before - bought - missing == -demand)
    stage.row("money", bought.sum() <= 5)
    stage.objective(sign * (price * bought.sum() + (0.5 * stock.after + 20 * missing).sum()))
    demands = np.array([[4.0, 1.3], [2.0, 6.1], [7.7, 0.4]])
    wanted = demands.copy()
    wanted[at, 0] += need - 3.0
    later = [Outcomes({"price": [2, 3, 1], "demand": one}, [0.5, 0.3, 0.2]) for one in (wanted, demands)]
    return linear(stage, [Outcomes({"price": [1.0], "demand": [[2.0, 1.0]]}), *later], risk=risk, discount=0.9)


@pytest.mark.parametrize("risk", [None, CVaR(0.4)], ids=["mean", "cvar"])
@pytest.mark.parametrize("sense", ["min", "max"])
def test_duals_are_what_one_more_unit_of_a_limit_changes(sense: str, risk: RiskMeasure | None) -> None:
    found, step = solve_extensive(_priced(sense=sense, risk=risk)), 1e-4
    duals = found.duals("balance")
    assert duals.shape == (13, 2)
    for at in range(3):
        vertex = 1 + at
        up, down = (
            solve_extensive(_priced(sense=sense, risk=risk, need=3 + move, at=at)).value for move in (step, -step)
        )
        ends = sorted([(found.value - up) / step, (down - found.value) / step])  # more demand lowers the limit
        assert ends[0] - 1e-6 <= duals[vertex, 0] <= ends[1] + 1e-6
        assert found.dual(vertex, "balance").tolist() == duals[vertex].tolist()
    assert np.abs(duals).max() > 0.1


def test_prices_of_a_linear_programme_prove_its_optimum() -> None:
    found = solve_extensive(_priced())
    total = 0.0
    for vertex in range(len(found.vertices)):
        for name, at, lower, upper, dual in found.row_prices(vertex):
            assert lower - 1e-7 <= at <= upper + 1e-7, name
            total += dual * (lower if dual > 0 else upper) if dual else 0.0
        for variable in found.variable_prices(vertex):
            came_in = ".before" in variable.name and found.vertices.parent[vertex] != -1  # a column of the parent
            if variable.reduced_cost and not came_in:
                total += variable.reduced_cost * (variable.lower if variable.reduced_cost > 0 else variable.upper)
    assert total == pytest.approx(found.value)


def test_tables_over_all_vertices_hold_what_each_has() -> None:
    found = solve_extensive(_priced())
    for name in ("bought", "stock.before", "stock.after"):
        table, reduced = found.values(name), found.reduced_costs(name)
        assert table.shape == reduced.shape == (13, 2)
        for vertex in range(13):
            assert table[vertex].tolist() == found.decision(vertex, name).tolist()
            told = {one.name: one for one in found.variable_prices(vertex)}
            assert [told[f"{name}[{k}]"].reduced_cost for k in range(2)] == reduced[vertex].tolist()
    assert found.duals("money").shape == (13,)
    assert [row.dual for row in found.row_prices(4) if row.name == "money"] == [found.duals("money")[4]]


def test_a_vertex_without_a_block_has_no_number() -> None:
    first, last = Stage(), _shop()
    start = first.state("stock", upper=50, initial=1)
    first.row("keep", start.after == start.before)
    model = linear([first, last], [None, Outcomes({"price": [1.0, 2.0], "demand": [4.0, 9.0]})])
    found = solve_extensive(model)
    assert np.isnan(found.values("bought")).tolist() == [True, False, False]
    assert np.isnan(found.duals("keep")).tolist() == [False, True, True]


def test_what_an_extensive_form_does_not_have_is_refused() -> None:
    found = solve_extensive(_priced())
    for ask, text in (
        (lambda: found.values("sold"), "variable `sold` is in no stage"),
        (lambda: found.duals("bought"), "row `bought` is in no stage"),
        (lambda: found.dual(2, "bought"), "vertex 2 has no row `bought`; it has balance, money"),
        (lambda: found.row_prices(13), "vertex 13 is not in the tree"),
    ):
        with pytest.raises(ValueError, match=text):
            ask()


def _packed() -> Model:
    stage = Stage()
    stock = stage.state("stock", upper=90, initial=0)
    lots = stage.variable("lots", 12, upper=9, is_integer=True)
    demand = stage.parameter("demand")
    sizes, costs = np.array([7, 9, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43.0]), np.arange(12) % 5 + np.arange(12) * 3.1
    stage.row("balance", stock.after == stock.before + sizes @ lots - demand)
    stage.objective(costs * lots)
    stage.objective(0.01 * stock.after)
    return linear(stage, [None] * 3, data=[{"demand": d} for d in (101.0, 57.0, 83.0)])


def test_whole_numbers_are_solved_to_the_gap_that_is_asked_for() -> None:
    exact, loose = solve_extensive(_packed()), solve_extensive(_packed(), gap=0.2)
    assert exact.bound == pytest.approx(exact.value, rel=1e-6)
    assert exact.value <= loose.value <= exact.value * 1.25
    assert loose.bound <= exact.value + 1e-6
    assert loose.value - loose.bound <= 0.2 * loose.value + 1e-6
    for ask in (lambda: exact.duals("balance"), lambda: exact.row_prices(0), lambda: exact.reduced_costs("lots")):
        with pytest.raises(ValueError, match="whole numbers has no prices; solve it with `relax=True`"):
            ask()
    assert solve_extensive(_packed(), solver="simplex").value == pytest.approx(exact.value)
    assert solve_extensive(_packed(), relax=True).duals("balance").shape == (3,)


@pytest.mark.parametrize("solver", ["simplex", "ipm", "choose"])
def test_every_solver_finds_the_optimum_with_its_prices(solver: Method) -> None:
    found, usual = solve_extensive(_priced(), solver=solver), solve_extensive(_priced())
    assert found.value == pytest.approx(usual.value)
    assert found.size[:3] == (13 * 3, 13 * 8 - 24, 13 * 10)
    assert min(found.size[3:]) > 0
    reduced = found.reduced_costs("bought")
    bought = found.values("bought")
    inside = (bought > 1e-6) & (bought < np.array([3, 4]) - 1e-6)
    assert np.abs(reduced[inside]).max(initial=0.0) == pytest.approx(0, abs=1e-9)


def test_other_costs_give_the_optimum_of_a_model_written_with_them() -> None:
    found = solve_extensive(_shop_model(20.0))
    factors = (0.05, 0.4, 1.0, 3.0)
    again = list(found.repriced({"missing": factor} for factor in factors))
    for factor, one in zip(factors, again, strict=True):
        assert one.value == pytest.approx(solve_extensive(_shop_model(20.0 * factor)).value, rel=1e-9)
        assert one.cost_of("missing") == pytest.approx(
            20.0 * factor * float(one.vertices.probability @ one.values("missing")), abs=1e-9
        )
    assert again[2].value == pytest.approx(found.value)


def test_other_costs_of_gains_keep_their_sign() -> None:
    found = solve_extensive(_lottery(sense="max"))
    (doubled,) = found.repriced([{"unit": 2.0}])
    assert (doubled.value, doubled.cost_of("unit")) == pytest.approx((2 * found.value, 2 * found.value))


def test_costs_under_a_measure_are_not_those_of_variables() -> None:
    found = solve_extensive(_lottery(WorstCase()))
    with pytest.raises(ValueError, match="weighed by a risk measure"):
        found.cost_of("unit")
    with pytest.raises(ValueError, match="weighed by a risk measure"):
        list(found.repriced([{"unit": 2.0}]))


def test_whole_numbers_are_not_solved_again_from_a_basis() -> None:
    stage = Stage()
    stage.objective(stage.variable("lot", lower=1.5, upper=9, is_integer=True) * 1.0)
    found = solve_extensive(linear(stage, [None]))
    with pytest.raises(ValueError, match="relax=True"):
        list(found.repriced([{"lot": 2.0}]))


def _shop_model(missing: float) -> Model:
    """Return three stages of a shop that pays so much for a unit that is missing."""
    stage = Stage()
    stock = stage.state("stock", upper=50, initial=1)
    bought, lacking = stage.variable("bought", upper=10), stage.variable("missing")
    price, demand = stage.parameter("price"), stage.parameter("demand")
    stage.row("balance", stock.after - stock.before - bought - lacking == -demand)
    stage.objective(price * bought + 0.5 * stock.after + missing * lacking)
    chance = Outcomes({"price": [1.0, 4.0, 9.0], "demand": [5.0, 12.0, 14.0]})
    return linear(stage, [chance, chance, chance])
