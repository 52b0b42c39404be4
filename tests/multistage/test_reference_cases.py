"""Training reaches the published optima of the reference problems, proven, and agrees with the extensive form."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import cache

import pytest

from replenish.multistage import ROOT, Policy, Work, solve_extensive, train
from replenish.multistage.problems import PROBLEMS, get
from replenish.multistage.problems.problem import Problem
from replenish.multistage.tables.branches import Cuts
from replenish.multistage.training.stopping import Iterations, Progress

UNPUBLISHED = "brazil-120"
RELAXED = {"schultz-4", "schultz-9", "schultz-36", "generation-units"}
"""Whole numbers after the first stage matter here: training relaxes them."""
MOST_VERTICES = 1_500


@dataclass(frozen=True)
class Effort:
    """How a problem is trained."""

    iterations: int = 60
    cuts: Cuts = "single"


EFFORT = {
    "hydro-20": Effort(cuts="multi"),
    "generation-shares": Effort(cuts="multi"),
    "spot-price": Effort(cuts="multi"),
    "air-conditioning-52": Effort(cuts="multi"),
    "multistock": Effort(120),
    "brazil-3": Effort(250),
}
TRAINED = sorted(PROBLEMS.keys() - RELAXED - {UNPUBLISHED})
SMALL_TREES = sorted(
    {"air-conditioning", "air-conditioning-markov", "air-conditioning-skewed", "all-blacks", "all-blacks-random",
     "assets", "assets-stagewise", "expansion-2", "expansion-3", "farmer", "fast-hydro-thermal", "fast-production",
     "fast-quickstart", "hydro-2", "hydro-4", "hydro-first-steps", "lands", "mccardle-farm", "newsvendor",
     "newsvendor-averse", "valley", "valley-both", "valley-cvar", "valley-inflow", "valley-mean-worst", "valley-price"}
)  # fmt: skip
MEASURED = ("valley-chi-squared", "valley-chi-squared-far")
"""Small trees whose risk has no linear form."""


@dataclass(frozen=True)
class Reached:
    """Stop once the bound is the published optimum, within its tolerance."""

    problem: Problem

    def reason(self, progress: Progress) -> str:
        return "reached" if self.problem.accepts(progress.bounds[-1]) else ""


def _begins_whole(problem: Problem) -> bool:
    """Return whether there is one way to begin, with whole variables: their bound is found by branch and bound."""
    model = problem.build()
    firsts = [model.nodes[edge.child] for edge in model.children(ROOT)]
    ways = sum(1 if node.outcomes is None else len(node.outcomes) for node in firsts)
    return ways == 1 and bool(firsts[0].program.is_integer.any())


def _relaxed(problem: Problem, iterations: int) -> Policy:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that whole numbers after the first stage are relaxed
        return train(problem.build(), iterations=iterations, stopping=Iterations(iterations))


@cache
def _trained(name: str) -> Policy:
    problem, effort = get(name), EFFORT.get(name, Effort())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return train(
            problem.build(), iterations=effort.iterations, stopping=Reached(problem), cuts=effort.cuts,
            work=Work(lanes=1),
        )  # fmt: skip


@pytest.mark.parametrize("name", TRAINED)
def test_training_reaches_the_published_optimum_and_proves_it(name: str) -> None:
    policy, problem = _trained(name), get(name)
    assert policy.ended == "reached", f"{policy.bound} is not {problem.optimum}"
    assert policy.is_proven == (not _begins_whole(problem))
    assert not policy.prepared.unbounded


@pytest.mark.parametrize("name", SMALL_TREES)
def test_bound_and_policy_meet_the_extensive_form(name: str) -> None:
    problem = get(name)
    policy, optimum = _relaxed(problem, 40), solve_extensive(problem.build(), relax=True).value
    assert policy.bound == pytest.approx(optimum, rel=1e-6, abs=1e-6)
    value = policy.evaluate(most=MOST_VERTICES)
    assert value.is_exact
    assert value.value == pytest.approx(optimum, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("name", MEASURED)
def test_bound_and_policy_meet_under_measures_without_linear_form(name: str) -> None:
    policy = _relaxed(get(name), 50)
    value = policy.evaluate(most=MOST_VERTICES)
    assert value.is_exact
    assert value.value == pytest.approx(policy.bound, rel=1e-4)


@pytest.mark.parametrize("name", sorted(RELAXED - {"generation-units"}))
def test_the_bound_of_whole_numbers_lies_below_their_optimum(name: str) -> None:
    problem = get(name)
    policy, found = _relaxed(problem, 15), solve_extensive(problem.build())
    assert problem.accepts(found.value)
    assert policy.bound <= found.value + 1e-6


def test_the_bound_of_whole_units_lies_above_that_of_shares_and_near_the_published_one() -> None:
    bound = _relaxed(get("generation-units"), 40).bound
    assert bound >= _trained("generation-shares").bound - 1
    assert get("generation-units").accepts(bound)


def test_the_first_month_of_air_conditioning_is_decided_as_published() -> None:
    first = _relaxed(get("air-conditioning"), 30).decide("1")
    assert first.variables["made"] == pytest.approx(200)
    assert first.variables["stored.after"] == pytest.approx(100)
    assert first.value == pytest.approx(62_500)
