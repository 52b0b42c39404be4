"""The reference problems reach their published optima, by the extensive form or by a second route."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.resources import files

import numpy as np
import pytest

from replenish.multistage.extensive.extensive import solve_extensive
from replenish.multistage.extensive.path_tree import tree_size
from replenish.multistage.modelling.expression import Floats
from replenish.multistage.modelling.model import ROOT
from replenish.multistage.problems import PROBLEMS, get
from replenish.multistage.problems.brazil import build as build_brazil
from replenish.multistage.problems.stock import multistock
from replenish.multistage.problems.two_stage import BUILD_COST, RUN_COST, lands_full

SMALL = 20_000
NOT_LINEAR = {"valley-chi-squared", "valley-chi-squared-far"}
SLOW = {"stock", "spot-price", "generation-units", "brazil-3"}
DEMAND = np.array([100.0, 300.0])


def _solvable() -> Iterator[str]:
    """Yield the problems whose tree is small and whose risk is linear."""
    for name, problem in PROBLEMS.items():
        try:
            if name not in NOT_LINEAR | SLOW and tree_size(problem.build()) <= SMALL:
                yield name
        except ValueError:
            continue


@pytest.mark.parametrize("name", list(_solvable()))
def test_the_extensive_form_reaches_the_published_optimum(name: str) -> None:
    problem = get(name)
    found = solve_extensive(problem.build())
    assert problem.accepts(found.value), f"{found.value} is not {problem.optimum}"
    assert found.bound == pytest.approx(found.value, rel=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(SLOW))
def test_large_trees_reach_the_published_optimum(name: str) -> None:
    problem = get(name)
    assert problem.accepts(solve_extensive(problem.build(), most_nodes=200_000).value)


def test_the_collection_holds_all_reference_cases() -> None:
    assert {problem.case for problem in PROBLEMS.values()} - {""} == {f"M{number}" for number in range(1, 27)}
    assert all(name == problem.name for name, problem in PROBLEMS.items())
    assert all(problem.source and problem.title for problem in PROBLEMS.values())


def test_an_unknown_name_is_answered_with_near_ones() -> None:
    with pytest.raises(ValueError, match=r"no problem is called `brasil-3`; did you mean brazil-3"):
        get("brasil-3")


def test_an_optimum_is_accepted_within_its_tolerance() -> None:
    assert get("brazil-3").accepts(782309.188 * (1 + 9e-7))
    assert not get("brazil-3").accepts(782309.188 * (1 + 2e-6))
    assert not get("hydro-2").accepts(21.41)
    assert get("brazil-120").accepts(0.0)


@pytest.mark.parametrize("name", sorted(PROBLEMS))
def test_nodes_share_programmes_of_which_every_variable_has_finite_bounds(name: str) -> None:
    programs = {id(node.program): node.program for node in PROBLEMS[name].build().nodes.values()}
    assert len(programs) <= 2
    for program in programs.values():
        own = np.setdiff1d(np.arange(program.columns), program.incoming)
        assert np.isfinite(program.lower[own]).all()
        assert np.isfinite(program.upper[own]).all()


@pytest.mark.parametrize("name", sorted(PROBLEMS))
def test_each_node_gives_every_parameter_of_its_stage_one_value(name: str) -> None:
    for node in PROBLEMS[name].build().nodes.values():
        random = list(node.outcomes.values) if node.outcomes else []
        assert sorted([*random, *node.data]) == sorted(node.program.parameters)


def test_the_first_month_of_air_conditioning_makes_200_and_stores_100() -> None:
    first = solve_extensive(get("air-conditioning").build()).first()
    assert first["made"] == pytest.approx(200)
    assert first["stored.after"] == pytest.approx(100)


def test_three_stocks_under_a_limit_that_never_binds_are_three_times_one() -> None:
    one = solve_extensive(multistock(1)).value
    assert get("multistock").optimum == pytest.approx(3 * one, abs=get("multistock").tolerance)


def _by_states(
    states: Floats, cost: Callable[[Floats, Floats, int], Floats], *, start: float, stages: int, discount: float = 1.0
) -> float:
    """Return the mean cost by dynamic programming; `cost(before, after, outcome)` is infinite where not allowed."""
    outcomes = 3 if len(states) > 2 else 2
    later = np.zeros(len(states))
    tables = [cost(states[:, None], states[None, :], outcome) for outcome in range(outcomes)]
    for _ in range(stages):
        later = np.mean([(table + discount * later).min(axis=1) for table in tables], axis=0)
    return float(later[np.flatnonzero(states == start)[0]])


def _week(before: Floats, after: Floats, outcome: int) -> Floats:
    inflow, demand = [(0.0, 7.5), (5.0, 5.0), (10.0, 2.5)][outcome]
    out = before + inflow - after
    hydro = np.minimum(out, demand)
    return np.where(out >= 0, 10 * (out - hydro) + demand - hydro, np.inf)


def _month(before: Floats, after: Floats, outcome: int) -> Floats:
    total = after - before + DEMAND[outcome]
    made = np.minimum(total, 200)
    return np.where(total >= 0, 100 * made + 300 * (total - made) + 50 * after, np.inf)


LEVELS = np.arange(5.0, 15.1, 2.5)  # all data are multiples of 2.5, so that an optimal policy keeps to these levels


@pytest.mark.parametrize("name", ["hydro-2", "hydro-4", "hydro-20"])
def test_the_reservoir_has_the_optimum_of_a_dynamic_programme(name: str) -> None:
    stages = int(name.removeprefix("hydro-"))
    assert get(name).accepts(_by_states(LEVELS, _week, start=10, stages=stages))


def test_the_reservoir_for_ever_has_the_optimum_of_a_long_discounted_one() -> None:
    assert get("infinite-hydro").accepts(_by_states(LEVELS, _week, start=10, stages=300, discount=0.9))


def test_52_months_of_air_conditioning_have_the_optimum_of_a_dynamic_programme() -> None:
    store = np.array([0.0, 100.0])
    assert get("air-conditioning-52").accepts(_by_states(store, _month, start=0, stages=52))


def _dispatch(capacity: Floats, demand: Floats) -> Floats:
    """Return the cost of running, (outcome,): the most costly modes go to the cheapest technologies.

    Costs are products of a factor of the technology and one of the mode, so that this greedy order is optimal.
    """
    cheap = np.argsort(RUN_COST[:, 0])
    ends = np.concatenate([[0.0], np.cumsum(capacity[cheap])])
    paid = np.concatenate([[0.0], np.cumsum(capacity[cheap] * RUN_COST[cheap, 0] / 4)])
    used = np.concatenate([np.zeros((len(demand), 1)), np.cumsum(demand, axis=1)], axis=1)
    cost: Floats = np.diff(np.interp(used, ends, paid), axis=1) @ (4 * RUN_COST[0] / RUN_COST[0, 0])
    return cost


def _investment(levels: Floats, capacity: Floats) -> float:
    demand = np.stack([grid.ravel() for grid in np.meshgrid(levels, levels, levels)], axis=1)
    return float(BUILD_COST @ capacity + _dispatch(capacity, demand).mean())


def test_a_coarse_investment_costs_what_the_greedy_dispatch_costs() -> None:
    levels = np.array([0.0, 0.7, 1.3, 1.9, 2.6, 3.3, 3.9])
    found = solve_extensive(lands_full(levels))
    assert found.value == pytest.approx(_investment(levels, found.first()["capacity.after"]), rel=1e-9)


def test_a_million_outcomes_of_the_investment_cost_the_published_optimum_at_its_plan() -> None:
    problem = get("lands-full")
    model = problem.build()
    assert len(model.nodes["2"].outcomes or ()) == 10**6
    levels = np.linspace(0.0, 3.96, 100).astype(float)
    assert problem.accepts(_investment(levels, np.array([0.84, 3.4, 1.88, 5.88])))


def test_a_room_booked_by_chance_has_the_optimum_of_a_dynamic_programme() -> None:
    wishes = [(1,), (2,), (1, 2)]

    def worth(stage: int, free: frozenset[int]) -> float:
        if stage == 5:
            return 0.0
        later = worth(stage + 1, free)
        gains = [
            (stage + 1) * len(wish) + worth(stage + 1, free - set(wish)) for wish in wishes if free.issuperset(wish)
        ]
        return (sum(max(gain, later) for gain in gains) + (3 - len(gains)) * later) / 3

    assert get("booking-1-2-5").accepts(worth(0, frozenset({1, 2})))


def test_infinite_problems_return_to_their_node() -> None:
    for name in ("infinite-trivial", "infinite-no-duality", "infinite-hydro"):
        edges = get(name).build().edges
        assert [(edge.parent, edge.child) for edge in edges] == [(ROOT, "week"), ("week", "week")]


def test_brazilian_months_have_82_inflows_and_come_round_after_a_year() -> None:
    model = build_brazil(14)
    assert len(model.nodes["2"].outcomes or ()) == 82
    assert model.nodes["14"].outcomes is model.nodes["2"].outcomes
    assert np.asarray(model.nodes["13"].data["demand"]).tolist() == [45515, 11692, 10811, 6507]


def test_brazilian_data_carry_their_licence() -> None:
    text = files("replenish.multistage.problems").joinpath("data/brazil/README.md").read_text(encoding="utf-8")
    assert "Copyright (c) 2019, Lingquan Ding" in text
    assert "Redistributions in binary form must reproduce the above copyright notice" in text
