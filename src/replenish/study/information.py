"""What it is worth to weigh chance in a plan, and what it would be worth to know the future.

The value of the stochastic solution is measured where it counts, in the simulator: the plan and one that takes
everything random at its mean, which decides anew at each review as well, meet the same draws.  The expected value of
perfect information is measured in the plan's own programme: futures drawn from it are planned in hindsight, and what
the plan costs on the same futures is compared.

References:
    Birge and Louveaux (2011), Introduction to Stochastic Programming, 2nd ed., ch. 4.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from replenish.arrays.groups import Floats, Ints
from replenish.errors import UsageError
from replenish.multistage import ROOT, Iterations, Model, Outcomes, OutOfSample, Simulation, resume, solve_extensive
from replenish.planning.graph import PlanModel
from replenish.planning.methods import make_plan
from replenish.planning.plan import Plan
from replenish.scenario import input_hash
from replenish.study.paired import Difference, Sample, paired
from replenish.study.saving import refuse_foreign, save_study, study_folder
from replenish.study.stated_cost import collecting, stated_costs
from replenish.study.stepping import simulate_plan

FUTURES: Final = 60
"""Futures that are planned in hindsight if no number is given."""

ITERATIONS: Final = 100
"""Most iterations in which the plan on means is trained, and in which it then learns what other states are worth."""

SCHEMA: dict[str, Any] = {
    "what": pl.String, "value": pl.Float64, "low": pl.Float64, "high": pl.Float64, "standard_error": pl.Float64,
    "plan": pl.Float64, "other": pl.Float64, "paths": pl.Int64, "reason": pl.String,
}  # fmt: skip
_STUDY = "information"
_WORSE = (
    "the plan costs more on average than the one it is compared with: it weighs risk, was trained too little, or its"
    " programme leaves out what matters"
)
_NO_CHANCE = "the plan takes everything random at its mean, so there is nothing to compare"


@dataclass(frozen=True, slots=True, kw_only=True)
class Information:
    """What weighing chance, and knowing it, is worth.

    rows: `stochastic_solution` and `perfect_information`: `value` [currency], discounted and by the stated prices, with
        its `standard_error` and 95 % confidence interval `low` to `high`; mean costs of the `plan` and of the `other`:
        the plan on means, or plans made in hindsight; number of `paths`; a value that is not there, or is below
        zero, has a `reason`.
    costs: by `what` and `path` the costs of the `plan` and of the `other` [currency].
    is_complete: whether both have been found.
    """

    rows: pl.DataFrame
    costs: pl.DataFrame
    currency: str
    seed: int
    is_complete: bool
    folder: Path | None = None

    def __repr__(self) -> str:
        """Return the values in one line."""
        told = (
            f"{what} {value:.4g}" for what, value in self.rows.select("what", "value").iter_rows() if value is not None
        )
        more = "" if self.is_complete else ", stopped early"
        return f"<Information [{self.currency}]: {', '.join(told) or 'nothing'}{more}>"


def value_of_information(
    plan: Plan,
    *,
    paths: int | None = None,
    futures: int = FUTURES,
    seed: int | None = None,
    workers: int | None = None,
    out: Path | str | None = None,
    progress: Callable[[int, int], None] = lambda _, __: None,
) -> Information:
    """Return the value of the stochastic solution and the expected value of perfect information.

    Args:
        plan: by a method that weighs chance.
        paths: simulated paths on which the plan is compared with the one on means; the scenario's if None.
        futures: sampled futures of the programme that are planned in hindsight.
        seed: of paths and futures; the plan's if None.
        workers: threads of the simulation.
        out: folder for the tables; a new one under `runs/` if not given.
        progress: called with the number of futures and simulations done and of all.

    A KeyboardInterrupt stops the work; what is done is returned.

    Raises:
        UsageError: there are fewer than two paths or futures, or `out` holds something else.
        SolveError: a stage has no decision from a state of a path.
    """
    settings = plan.problem.scenario.settings
    paths, seed = paths or settings.simulation.paths, plan.options.seed if seed is None else seed
    if min(paths, futures) < 2:
        raise UsageError(f"paths is {paths} and futures {futures}; give at least 2 of each for a confidence interval")
    folder = Path(out) if out is not None else study_folder(_STUDY, "plan")
    refuse_foreign(folder, _STUDY)
    found, is_complete = dict[str, tuple[Floats, Floats]](), True
    has_chance = plan.options.method != "deterministic"
    done = _Counted(progress, futures + 2)
    try:
        if has_chance:
            found["perfect_information"] = _hindsight(plan, futures, seed, done)
            found["stochastic_solution"] = _on_means(plan, paths, seed, workers, done)
    except KeyboardInterrupt:
        is_complete = False  # what is done is kept, and said to be a part
    names = ("stochastic_solution", "perfect_information")
    result = Information(
        rows=pl.DataFrame([_row(name, found, has_chance=has_chance) for name in names], schema=SCHEMA),
        costs=_costs(found), currency=settings.money.currency, seed=seed, is_complete=is_complete, folder=folder,
    )  # fmt: skip
    about = {
        "input_hash": input_hash(plan.problem.scenario), "paths": paths, "futures": futures, "seed": seed,
        "is_complete": is_complete,
    }  # fmt: skip
    save_study(folder, _STUDY, about, {_STUDY: result.rows, "costs": result.costs})
    return result


@dataclass(slots=True)
class _Counted:
    """Counts what is done."""

    progress: Callable[[int, int], None]
    total: int
    count: int = 0

    def one(self) -> None:
        """Say that one more is done."""
        self.count += 1
        self.progress(self.count, self.total)


def _row(name: str, found: dict[str, tuple[Floats, Floats]], *, has_chance: bool) -> dict[str, Any]:
    if name not in found:
        return {"what": name, "reason": "stopped before" if has_chance else _NO_CHANCE}
    ours, other = found[name]
    low, high = (other, ours) if name == "perfect_information" else (ours, other)
    told: Difference = paired(_sample(low), _sample(high))
    return {
        "what": name, "value": told.difference, "low": told.low, "high": told.high,
        "reason": _WORSE if told.high is not None and told.high < 0 else "",
        "standard_error": told.standard_error, "plan": float(ours.mean()), "other": float(other.mean()),
        "paths": told.paths,
    }  # fmt: skip


def _sample(values: Floats) -> Sample:
    return Sample("currency", np.arange(len(values)), values)


def _costs(found: dict[str, tuple[Floats, Floats]]) -> pl.DataFrame:
    tables = [
        pl.DataFrame({"what": [name] * len(ours), "path": np.arange(len(ours)), "plan": ours, "other": other})
        for name, (ours, other) in found.items()
    ]
    schema = {"what": pl.String, "path": pl.Int64, "plan": pl.Float64, "other": pl.Float64}
    return pl.concat(tables) if tables else pl.DataFrame(schema=schema)


def _on_means(plan: Plan, paths: int, seed: int, workers: int | None, done: _Counted) -> tuple[Floats, Floats]:
    """Return what simulated paths cost under a plan and under the one on means, (path,) each."""
    scenario = collecting(plan.problem.scenario, paths=paths)
    found = []
    for each in (plan, plan_on_means(plan)):
        result = simulate_plan(each, scenario=scenario, paths=paths, seed=seed, workers=workers)
        found.append(stated_costs(plan.problem, result).total)
        done.one()
    return found[0], found[1]


def plan_on_means(plan: Plan) -> Plan:
    """Return the plan of the same problem that takes everything random at its mean.

    It decides anew at each review from the state that it then finds.  Training walks through what may happen, so that
    its cuts, though of the programme on means, are good at such states and not only on the mean path.
    """
    options = replace(
        plan.options, method="deterministic", chains=(), risk_weight=0.0, whole=False,
        iterations=min(ITERATIONS, plan.options.iterations),
    )  # fmt: skip
    found = make_plan(plan.problem.scenario, options, prices=plan.problem.prices)
    forward = OutOfSample(_spread(plan.model, found.model))
    resume(found.policy, iterations=ITERATIONS, stopping=Iterations(ITERATIONS), forward=forward)
    return found


def _spread(model: PlanModel, mean: PlanModel) -> dict[str, Outcomes]:
    """Return what may happen in each stage after the first as outcomes of the nodes on means."""
    by_stage: dict[int, list[str]] = {}
    for name, (stage, _) in model.nodes.items():
        by_stage.setdefault(stage, []).append(name)
    chance, found = _node_chances(model.model), {}
    for stage, names in by_stage.items():
        if stage == 0:
            continue
        tables = [model.model.nodes[name].parameter_values() for name in names]
        weights = [_outcome_chances(model.model, name) * chance[name] for name in names]
        table, weight = np.concatenate(tables), np.concatenate(weights)
        blocks = mean.frame.program(stage).parameters
        values = {name: table[:, block.places].reshape(-1, *block.shape) for name, block in blocks.items()}
        found[mean.node(stage, ())] = Outcomes(values, weight / weight.sum())
    return found


def _outcome_chances(model: Model, name: str) -> Floats:
    outcomes = model.nodes[name].outcomes
    return np.ones(1) if outcomes is None else outcomes.probability


def _node_chances(model: Model) -> dict[str, float]:
    """Return the probability of each node; parents come before children."""
    found = {ROOT: 1.0} | dict.fromkeys(model.nodes, 0.0)
    for name in (ROOT, *model.nodes):
        for edge in model.leaving.get(name, []):
            found[edge.child] += found[name] * edge.probability
    return found


def _hindsight(plan: Plan, futures: int, seed: int, done: _Counted) -> tuple[Floats, Floats]:
    """Return what sampled futures cost under a plan, and what the best plan that knew each would cost, (future,)."""
    walked = plan.policy.simulate(futures, record=(), seed=seed)
    known: dict[bytes, float] = {}
    best = np.zeros(futures)
    for number, (key, model) in enumerate(_futures(plan.policy.model, walked)):
        if key not in known:
            known[key] = solve_extensive(model).value
        best[number] = known[key]
        done.one()
    return walked.total, best


def _futures(model: Model, walked: Simulation) -> Iterator[tuple[bytes, Model]]:
    """Yield each path that was walked as a model without chance, with a key that is the same for equal futures."""
    for node, outcome in zip(walked.node.T, walked.outcome.T, strict=True):
        yield node.tobytes() + outcome.tobytes(), _known_future(model, [walked.nodes[n] for n in node], outcome)


def _known_future(model: Model, names: list[str], outcome: Ints) -> Model:
    """Return the nodes of a path, each with the values of its outcome as data."""
    found, before = Model(), ROOT
    for name, number in zip(names, outcome.tolist(), strict=True):
        node = model.nodes[name]
        values = node.parameter_values()[number]
        told = {key: values[block.places].reshape(block.shape) for key, block in node.program.parameters.items()}
        found.add_node(name, node.program, data=told)
        (edge,) = (edge for edge in model.leaving[before] if edge.child == name)
        found.add_edge(before, name, discount=edge.discount)
        before = name
    return found
