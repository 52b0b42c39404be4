"""Problems without a last stage: each visit is followed by another with a probability below 1."""

from __future__ import annotations

from replenish.multistage.modelling.model import ROOT, Model
from replenish.multistage.modelling.outcomes import Outcomes
from replenish.multistage.modelling.stage import Stage
from replenish.multistage.problems.hydro import WEEK, week
from replenish.multistage.problems.problem import Problem

SOURCE = "SDDP.jl, docs/src/examples/{}.jl"


def _loop(stage: Stage, probability: float, outcomes: Outcomes | None = None) -> Model:
    """Return a model of one node, followed by itself; its costs are never negative."""
    model = Model()
    model.add_node("week", stage, outcomes, bound=0.0)
    model.add_edge(ROOT, "week")
    model.add_edge("week", "week", probability)
    return model


def trivial() -> Model:
    """Return a visit that costs 2 and is repeated with probability 0.9: 2 / (1 - 0.9) in all."""
    stage = Stage()
    state = stage.state("state", upper=1, initial=0)
    stage.row("keep", state.after == state.before)
    stage.objective(2.0)
    return _loop(stage, 0.9)


def no_strong_duality() -> Model:
    """Return a state that stays 1, costs as much as it is, and goes on with probability 0.5."""
    stage = Stage()
    state = stage.state("state", upper=1, initial=1)
    stage.row("keep", state.after == state.before)
    stage.objective(state.after)
    return _loop(stage, 0.5)


def hydro() -> Model:
    """Return a reservoir and a thermal plant in weeks that go on with probability 0.9."""
    return _loop(week(), 0.9, WEEK)


PROBLEMS = (
    Problem(
        name="infinite-trivial", case="M21", title="2 a visit for ever", build=trivial,
        optimum=20.0, tolerance=1e-3, source=SOURCE.format("infinite_horizon_trivial"),
    ),
    Problem(
        name="infinite-no-duality", title="a state that stays", build=no_strong_duality,
        optimum=2.0, tolerance=1e-5, source=SOURCE.format("no_strong_duality"),
    ),
    Problem(
        name="infinite-hydro", title="a reservoir for ever", build=hydro,
        optimum=119.167, tolerance=0.1, source=SOURCE.format("infinite_horizon_hydro_thermal"),
    ),
)  # fmt: skip
