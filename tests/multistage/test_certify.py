"""The safe bound against optima in rational arithmetic, for right and for wrong multipliers."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pytest

from replenish.multistage import Model, Outcomes, Stage, linear, train
from replenish.multistage.modelling.expression import Floats
from replenish.multistage.modelling.risk import Expectation
from replenish.multistage.solver import Objects, _doubles
from replenish.multistage.solving import lanes
from replenish.multistage.solving.crew import to_tasks
from replenish.multistage.solving.lanes import Found, Lane
from replenish.multistage.tables.branches import Branches
from replenish.multistage.tables.prepare import Prepared, prepare
from replenish.multistage.training.backward import Ahead, make_cuts
from tests.multistage.exact import Exact, height

STATES = 2
KEEP = 0.25  # a power of two, so that no product with it is rounded
CUTS = 3


@dataclass(frozen=True)
class Case:
    """A stage with two states, two activities and two rows, and cuts of its cost to go.

    Minimise cost @ made + theta subject to -high <= matrix @ made + pull @ before <= high, 0 <= made <= most,
    after = KEEP * before + made and theta >= level + slope @ after for each cut.
    """

    cost: Floats
    matrix: Floats
    pull: Floats
    high: Floats
    most: Floats
    level: Floats
    slope: Floats
    size: float

    @classmethod
    def draw(cls, seed: int) -> Case:
        random = np.random.default_rng(seed)
        size = float(random.choice([1.0, 1e5]))
        return cls(
            cost=random.uniform(-3, 3, 2), matrix=random.uniform(0.1, 2, (2, 2)),
            pull=random.uniform(0.1, 1, (2, 2)) * random.choice([-1, 1], (2, 2)), high=size * random.uniform(4, 8, 2),
            most=size * random.uniform(1, 6, 2), level=size * random.uniform(-4, 4, CUTS),
            slope=random.uniform(-2, 2, (CUTS, 2)), size=size,
        )  # fmt: skip

    def states(self, count: int) -> Floats:
        """Return incoming states from which doing nothing is feasible."""
        found: Floats = np.random.default_rng(7).uniform(-2, 2, (count, STATES)) * self.size
        return found

    def model(self) -> Model:
        stage, later, reach = Stage(), Stage(), 20 * self.size
        level = stage.state("level", STATES, lower=-reach, upper=reach, initial=0)
        made, high = stage.variable("made", 2, upper=self.most), stage.parameter("high", 2)
        used = self.matrix @ made + self.pull @ level.before
        stage.row("after", level.after - KEEP * level.before == made)
        stage.row("most", used <= high)
        stage.row("least", used >= -high)
        stage.objective(self.cost * made)
        level = later.state("level", STATES, lower=-reach, upper=reach)
        later.row("any", level.before.sum() >= -1e3 * self.size)
        later.objective(later.variable("worth", lower=-100 * self.size, upper=0))
        return linear([stage, later], [Outcomes({"high": [self.high]}), None])

    def prepared(self) -> Prepared:
        """Return the model with the cuts in its pool; states must not be scaled for that."""
        found = prepare(self.model())
        assert (found.state_scale(0, outgoing=True) == 1).all()
        scale, pool = found.cost_scale, found.tables.pools[0]
        pool.add(
            self.level / scale, self.slope / scale, np.zeros(CUTS, int), is_sure=np.ones(CUTS, int), iteration=0,
            trial=np.zeros(CUTS, int), state=np.zeros((CUTS, STATES)),
        )  # fmt: skip
        highest = self.level + np.abs(self.slope).sum(axis=1) * 20 * self.size
        found.tables.raise_future(0, np.zeros(CUTS, int), highest / scale)
        found.tables.update_cuts(0)
        return found

    def optimum(self, x: Floats, floor: float) -> Fraction:
        """Return the exact optimum over made and theta from an incoming state, with theta at least `floor`."""
        none, eye = np.zeros((2, 1)), np.eye(2)
        matrix = np.block([
            [eye, none], [-eye, none], [self.matrix, none], [-self.matrix, none], [self.slope, -np.ones((CUTS, 1))],
            [np.zeros((1, 2)), -np.ones((1, 1))],
        ])  # fmt: skip
        limit = [
            *map(Fraction, self.most.tolist()), Fraction(0), Fraction(0),
            *(height(high, -pull, x) for high, pull in zip(self.high, self.pull, strict=True)),
            *(height(high, pull, x) for high, pull in zip(self.high, self.pull, strict=True)),
            *(-height(level, KEEP * slope, x) for level, slope in zip(self.level, self.slope, strict=True)),
            Fraction(-floor),
        ]  # fmt: skip
        return Exact(np.append(self.cost, 1.0), matrix, limit).optimum()


def _solve(prepared: Prepared, states: Floats) -> Found:
    count = len(states)
    tasks = to_tasks(np.zeros(count, int), np.zeros(count, int), np.arange(count), -1)
    found = Lane(prepared.tables).solve(tasks, states)
    assert found.answers["is_sure"].all()
    return found


class Wrong(Objects):
    """HiGHS that returns multipliers with noise of a given size on them, some with the wrong sign."""

    def __init__(self, noise: float) -> None:
        self._noise, self._random = noise, np.random.default_rng(3)
        super().__init__()

    def _getSolution(self, model: int, x: int, column_dual: int, row_value: int, row_dual: int) -> int:  # noqa: N802
        code = super()._getSolution(model, x, column_dual, row_value, row_dual)
        duals = _doubles(len(self._models[model].getSolution().row_dual), row_dual)[0]
        duals += self._noise * self._random.normal(size=len(duals))
        return code


def _check_bound(case: Case, *, gap: float | None) -> None:
    """Assert that each safe bound holds at every state, and that it is tight where it was found."""
    prepared, states = case.prepared(), case.states(4)
    floor = float(prepared.tables.future_lower[0][0]) * prepared.cost_scale
    found, optima = _solve(prepared, states), [case.optimum(x, floor) for x in states]
    scale = Fraction(prepared.cost_scale)
    for k in range(len(states)):
        level, slope = float(found.answers["level"][k]), found.slopes[k, :STATES]
        heights = [height(level, slope, x) * scale for x in states]
        assert all(bound <= optimum for bound, optimum in zip(heights, optima, strict=True))
        if gap is not None:
            assert optima[k] - heights[k] <= gap * (abs(optima[k]) + Fraction(case.size))


@pytest.mark.parametrize("seed", range(8))
def test_the_safe_bound_of_optimal_multipliers_lies_just_below_the_exact_optimum(seed: int) -> None:
    _check_bound(Case.draw(seed), gap=1e-9)


@pytest.mark.parametrize("noise", [1e-12, 1e-3, 10.0])
@pytest.mark.parametrize("seed", range(3))
def test_the_safe_bound_of_wrong_multipliers_lies_below_the_exact_optimum(
    seed: int, noise: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lanes, "open_library", lambda: Wrong(noise))
    _check_bound(Case.draw(seed), gap=None)


def test_a_training_on_wrong_multipliers_keeps_its_bound_below_the_optimum(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage()
    water = stage.state("water", upper=20, initial=10)
    release, thermal = stage.variable("release", upper=12), stage.variable("thermal", upper=20)
    inflow, spill = stage.parameter("inflow"), stage.variable("spill", upper=40)
    stage.row("balance", water.after == water.before - release - spill + inflow)
    stage.row("load", release + thermal == 10)
    stage.objective(3 * thermal)
    model = linear(stage, [Outcomes({"inflow": [2.0, 6.0, 10.0]})] * 3)
    optimum = train(model, iterations=40).bound
    monkeypatch.setattr(lanes, "open_library", lambda: Wrong(0.3))
    wrong = train(model, iterations=10)
    assert wrong.is_proven
    assert wrong.bound <= optimum


@pytest.mark.parametrize("seed", range(5))
def test_a_mean_of_cuts_lies_below_the_exact_mean_everywhere_in_its_box(seed: int) -> None:
    random = np.random.default_rng(seed)
    count, reach = 7, 1e4
    probability = random.dirichlet(np.ones(count))
    level, slope = random.uniform(-1, 1, count), random.uniform(-1e3, 1e3, (count, STATES))
    none = np.zeros(count, int)
    branches = Branches(none, np.arange(count), probability, np.full(count, 0.97), none, Expectation())
    ahead = Ahead(level[None], slope[None], np.ones((1, count), int), level[None])
    made = make_cuts(branches, probability[None], ahead, "single", STATES, reach=np.full(STATES, reach))
    for x in random.uniform(-reach, reach, (50, STATES)):
        each = [height(a, b, x) for a, b in zip(level, slope, strict=True)]
        weights = [Fraction(p) * Fraction(0.97) for p in probability.tolist()]
        exact = sum((w * value for w, value in zip(weights, each, strict=True)), Fraction(0))
        assert height(made.level[0], made.slope[0], x) <= exact
