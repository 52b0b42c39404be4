"""Small random models in which every stage is feasible: for properties that hold whatever the numbers are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from hypothesis import strategies as st

from replenish.multistage import (
    ROOT,
    CVaR,
    Expectation,
    Mix,
    Model,
    Outcomes,
    Progress,
    RiskMeasure,
    Stage,
    WorstCase,
    linear,
    markov,
)
from replenish.multistage.modelling.expression import Floats

Shape = Literal["linear", "markov", "tree", "ending"]
Random = Literal["rhs", "price", "cap", "gain"]
MEAN = Expectation()
RISKS: tuple[RiskMeasure, ...] = (
    MEAN,
    WorstCase(),
    CVaR(0.4),
    Mix((0.5, Expectation()), (0.3, CVaR(0.25)), (0.2, WorstCase())),
)


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What a random model looks like; the same recipe makes the same model.

    `cost_unit` and `state_unit` multiply the numbers of costs and states without a change of what is described;
    `order` permutes the outcomes of each node.
    """

    seed: int
    shape: Shape = "linear"
    sense: Literal["min", "max"] = "min"
    stages: int = 3
    states: int = 1
    outcomes: int = 2
    random: frozenset[Random] = frozenset({"rhs"})
    risk: RiskMeasure = MEAN
    discount: float = 1.0
    has_open_ends: bool = False
    cost_unit: float = 1.0
    state_unit: float = 1.0
    order: int | None = None

    def but(self, **changes: Any) -> Recipe:
        """Return this recipe with some entries changed."""
        return replace(self, **changes)

    def build(self) -> Model:
        """Return the model."""
        return _MAKERS[self.shape](_Kitchen(self))


class _Kitchen:
    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self.random = np.random.default_rng(recipe.seed)
        self.stage = _stage(recipe, self.random)

    def outcomes(self, *, is_first: bool = False) -> tuple[Outcomes | None, dict[str, Any]]:
        """Return random and fixed parameters of a node."""
        recipe, random = self.recipe, self.random
        count = 1 if is_first else recipe.outcomes
        values = {
            "rhs": recipe.state_unit * random.uniform(-3, 4, (count, recipe.states)).round(2),
            "price": recipe.cost_unit * random.uniform(0.2, 4, count).round(2),
            "cap": random.uniform(0, 6, count).round(2),
            "gain": random.uniform(0, 2, count).round(2),
        }
        probability = random.dirichlet(np.full(count, 2.0))
        if recipe.order is not None:
            order = np.random.default_rng(recipe.order).permutation(count)
            values, probability = {name: value[order] for name, value in values.items()}, probability[order]
        drawn: dict[str, Floats] = {name: value for name, value in values.items() if name in recipe.random}
        fixed = {name: value[0] for name, value in values.items() if name not in recipe.random}
        if recipe.order is not None:
            first = int(np.nonzero(order == 0)[0][0])
            fixed = {name: value[first] for name, value in values.items() if name not in recipe.random}
        return (Outcomes(drawn, probability) if drawn else None), fixed


def _stage(recipe: Recipe, random: np.random.Generator) -> Stage:
    """Return a stage whose rows may be broken at a price: three activities move the states within bounds."""
    stage, states, unit = Stage(recipe.sense), recipe.states, recipe.state_unit
    sign = recipe.cost_unit * (1.0 if recipe.sense == "min" else -1.0)
    lower = random.uniform(-4, 0, states).round(1)
    level = stage.state(
        "level", states, lower=unit * lower, upper=unit * random.uniform(2, 9, states).round(1),
        initial=unit * random.uniform(0, 2, states).round(1),
    )  # fmt: skip
    rhs, price = stage.parameter("rhs", states), stage.parameter("price")
    cap, gain = stage.parameter("cap"), stage.parameter("gain")
    low, high = stage.variable("low", upper=cap), stage.variable("high", upper=5)
    more = stage.variable("more") if recipe.has_open_ends else stage.variable("more", upper=7)
    keep = random.uniform(-0.4, 1.1, (states, states)).round(2) * (random.random((states, states)) < 0.7)
    effect = random.uniform(-2, 2, (states, 3)).round(2)
    for k in range(states):
        flow = effect[k, 0] * low + effect[k, 1] * high + effect[k, 2] * more
        stage.row(f"balance{k}", level.after[k] == (keep @ level.before)[k] + unit * flow + rhs[k])
    stage.row("mix", unit * low + unit * gain * high + 0.3 * gain * level.before[0] <= unit * 4.0)
    stage.row("pair", unit * high - unit * 0.5 * more + level.after.sum() >= -unit)
    slope = random.uniform(-1, 1, states).round(2)
    weights = random.uniform(-2, 2, 2).round(2)
    stage.objective((1.0 if recipe.sense == "min" else -1.0) * price * low)
    stage.objective(sign * (weights[0] * high + (0.1 + abs(weights[1])) * more + slope / unit * level.after + 1.5))
    stage.price_slack(9.0 * recipe.cost_unit / unit)
    return stage


def _linear(kitchen: _Kitchen) -> Model:
    recipe = kitchen.recipe
    pairs = [kitchen.outcomes(is_first=t == 0) for t in range(recipe.stages)]
    return linear(
        kitchen.stage, [one for one, _ in pairs], data=[fixed for _, fixed in pairs], risk=recipe.risk,
        discount=recipe.discount,
    )  # fmt: skip


def _markov(kitchen: _Kitchen) -> Model:
    recipe = kitchen.recipe
    sizes = [1] + [2] * (recipe.stages - 1)
    matrices = [
        kitchen.random.dirichlet(np.ones(size), before) for before, size in zip([1, *sizes[:-1]], sizes, strict=True)
    ]
    pairs = [[kitchen.outcomes(is_first=t == 0) for _ in range(size)] for t, size in enumerate(sizes)]
    return markov(
        kitchen.stage, matrices, outcomes=[[one for one, _ in row] for row in pairs],
        data=[[fixed for _, fixed in row] for row in pairs], risk=recipe.risk, discount=recipe.discount,
    )  # fmt: skip


def _tree(kitchen: _Kitchen) -> Model:
    """Return a scenario tree with two children a node, in which chance has a node of its own."""
    recipe, random = kitchen.recipe, kitchen.random
    model, parents = Model(risk=recipe.risk), [ROOT]
    for stage in range(recipe.stages):
        names = []
        for parent in parents:
            chance: Floats = random.dirichlet([2.0, 2.0]) if stage else np.ones(1)
            for child, probability in enumerate(chance):
                name = f"{parent}{child}"
                outcomes, fixed = kitchen.outcomes(is_first=True)
                model.add_node(name, kitchen.stage, outcomes, data=fixed)
                model.add_edge(parent, name, float(probability), recipe.discount if stage else 1.0)
                names.append(name)
        parents = names
    return model


def _ending(kitchen: _Kitchen) -> Model:
    """Return stages in a row of which paths may leave, or skip one, with different discounts."""
    recipe, random = kitchen.recipe, kitchen.random
    model = Model(risk=recipe.risk)
    for t in range(recipe.stages):
        outcomes, fixed = kitchen.outcomes(is_first=t == 0)
        model.add_node(str(t), kitchen.stage, outcomes, data=fixed)
    model.add_edge(ROOT, "0")
    for t in range(recipe.stages - 1):
        model.add_edge(str(t), str(t + 1), float(random.uniform(0.4, 0.7)), recipe.discount)
        if t + 2 < recipe.stages:
            model.add_edge(str(t), str(t + 2), float(random.uniform(0.05, 0.3)), recipe.discount * 0.8)
    return model


_MAKERS = {"linear": _linear, "markov": _markov, "tree": _tree, "ending": _ending}

PARTS: tuple[Random, ...] = ("rhs", "price", "cap", "gain")
recipes = st.builds(
    Recipe,
    seed=st.integers(0, 10**6),
    shape=st.sampled_from(("linear", "markov", "tree", "ending")),
    sense=st.sampled_from(("min", "max")),
    stages=st.integers(2, 3),
    states=st.integers(1, 3),
    outcomes=st.integers(2, 3),
    random=st.frozensets(st.sampled_from(PARTS), min_size=1),
    risk=st.sampled_from(RISKS),
    discount=st.sampled_from((1.0, 0.9)),
    has_open_ends=st.booleans(),
)


@dataclass(frozen=True)
class Reached:
    """Stop once the bound is an optimum that is known, within a share of it."""

    optimum: float
    share: float

    def reason(self, progress: Progress) -> str:
        """Return whether the optimum is reached."""
        near = abs(progress.bounds[-1] - self.optimum) <= self.share * max(1.0, abs(self.optimum))
        return "reached" if near else ""
