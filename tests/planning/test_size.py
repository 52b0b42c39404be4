"""The method is chosen by what the plan sees: chains that nothing depends on are no chance, others branch."""

from __future__ import annotations

import datetime as dt

import pytest

from replenish.multistage.extensive.path_tree import unfold
from replenish.planning.frame import to_frame
from replenish.planning.graph import choose_chains, markov_model
from replenish.planning.methods import to_options
from replenish.planning.problem import to_problem
from replenish.planning.size import count_vertices, is_random
from replenish.scenario import Scenario
from replenish.scenario.model import ChainState, Demand, Forced, Price, Row, Transition
from tests.planning.test_programme import START, maker, months, need
from tests.planning.test_trees import two_chains

STATES = ("calm", "rough")


def weather() -> list[Row]:
    """Return a chain that shuts a gate when it is rough."""
    return [
        *(ChainState(chain="weather", state=name, start_probability=float(name == "calm"),
                     purchase_share=float(name == "calm")) for name in STATES),
        *(Transition(chain="weather", from_state=a, to_state=b, probability=0.5) for a in STATES for b in STATES),
    ]  # fmt: skip


def known() -> Forced:
    return Forced(chain="weather", start=START, end=dt.date(2030, 1, 1), state="calm")


def gated(*rows: Row, count: int = 4) -> Scenario:
    """Return a maker whose orders go through the weather."""
    return months(count, *maker(gate="weather"), *need(5.0), *weather(), *rows)


def test_a_chain_on_which_nothing_depends_is_no_chance() -> None:
    idle = months(4, *maker(), *need(5.0), *weather())
    assert not is_random(to_problem(idle))
    assert to_options(idle)[0].method == "deterministic"


def test_a_gate_that_may_fall_shut_is_chance() -> None:
    assert is_random(to_problem(gated()))
    assert to_options(gated())[0].method == "extensive"


def test_a_gate_whose_states_are_known_is_no_chance() -> None:
    assert not is_random(to_problem(gated(known())))
    assert to_options(gated(known()))[0].method == "deterministic"


def test_the_tree_branches_by_states_alone_where_nothing_else_is_random() -> None:
    problem = to_problem(gated())
    assert count_vertices(problem, (0,), 4, most=3_000) == 1 + 2 + 4 + 8


@pytest.mark.parametrize("outcomes", [1, 2])
def test_the_number_of_vertices_is_that_of_the_tree(outcomes: int) -> None:
    problem = to_problem(two_chains())
    chains = choose_chains(problem, ())
    model = markov_model(to_frame(problem), chains, outcomes=outcomes, seed=1).model
    assert count_vertices(problem, chains, outcomes, most=100_000) == len(unfold(model, most=100_000))


def test_counting_ends_once_a_tree_is_too_large() -> None:
    found = count_vertices(to_problem(gated(count=60)), (0,), 4, most=1_000)
    assert 1_000 < found < 3_000


def test_a_chain_that_moves_demand_and_is_not_told_apart_is_noise_of_every_stage() -> None:
    rows = [Demand(holder="maker", item="round", chain="weather", state=name, mean=mean, when_unmet="lost")
            for name, mean in (("calm", 5.0), ("rough", 9.0))]  # fmt: skip
    price = Price(holder="maker", item="round", what="unmet", price=100.0)
    problem = to_problem(months(4, *maker(), *rows, price, *weather()))
    assert count_vertices(problem, (), 3, most=1_000) == 1 + 3 + 9 + 27
    assert count_vertices(problem, (0,), 3, most=1_000) == 1 + 2 + 4 + 8


def test_a_chain_that_is_a_gate_and_not_told_apart_is_its_mean() -> None:
    assert count_vertices(to_problem(gated()), (), 3, most=1_000) == 4
