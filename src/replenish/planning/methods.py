"""Making a plan: the choice of a method by size, and the methods."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Literal, get_args

import numpy as np

from replenish.errors import SolveError, UsageError
from replenish.multistage import (
    AllOf,
    AnyOf,
    Extensive,
    Job,
    Model,
    Policy,
    Progress,
    Seconds,
    Simulated,
    Stalled,
    StoppingRule,
    Work,
    resume,
    solve_extensive,
    taught,
    train,
    train_each,
)
from replenish.multistage.policy.policy import Row
from replenish.multistage.train import STOPPED
from replenish.planning.bad_wishes import refuse_bad_wishes
from replenish.planning.course import Course, to_course
from replenish.planning.first import FirstStage
from replenish.planning.frame import Frame, to_frame
from replenish.planning.graph import PlanModel, choose_chains, markov_model, mean_model, to_risk
from replenish.planning.plan import Method, Plan, PlanOptions
from replenish.planning.prices import PriceUsed
from replenish.planning.problem import Problem, to_problem
from replenish.planning.simplifications import to_simplifications
from replenish.planning.size import count_vertices, is_random
from replenish.planning.steps import RECORDED, First
from replenish.planning.trying import RESERVED, Tried, reserved, try_chosen, walk_from_chosen
from replenish.scenario.model import Scenario

MOST_STAGES = 60
"""A plan by sddp has at most so many stages unless their length is stated."""

SMALL_TREE = 3_000
"""A tree of at most so many vertices is solved as one programme."""

LANES = 2
"""Lanes of training: each holds a programme of every node, and the nodes of a plan are many."""

EXACT = 1e-6
"""Relative gap at which a policy is taken as one of the optimum that was found."""

CHECKED, PATHS = 5, 50
"""Every so many iterations the policy is walked on so many paths (one if nothing is random), once the bound is met."""

STILL = 20
"""Iterations over which bound and first decisions must rest."""

RESTS = 0.005
"""Relative change of the bound over those iterations that counts as rest."""

Report = Callable[[Row], None]


def to_options(scenario: Scenario, **changes: object) -> tuple[PlanOptions, tuple[str, ...]]:
    """Return how a scenario is planned, each choice made, and why those that it leaves open are made so.

    Raises:
        UsageError: an option is unknown, or the settings do not go together.
    """
    given: dict[str, Any] = scenario.settings.plan.model_dump()
    given |= {key: value for key, value in changes.items() if value is not None}
    seed = int(given.pop("seed", scenario.settings.simulation.seed))
    known = set(PlanOptions.__dataclass_fields__)
    if unknown := sorted(set(given) - known):
        raise UsageError(f"a plan has no option {', '.join(unknown)}; it has {', '.join(sorted(known))}")
    if given["method"] not in ("auto", *get_args(Method)):
        raise UsageError(f"method is {given['method']!r}; use auto, {', '.join(get_args(Method))}")
    if given["whole"] and given["method"] not in ("auto", "deterministic"):
        raise UsageError(f"whole expansions need the method deterministic, not {given['method']}")
    size = to_problem(scenario, length=given["stage_periods"] or 1)
    method, why = _choose_method(size, given)
    length, because = _choose_length(size, method, given["stage_periods"])
    given |= {"method": method, "stage_periods": length, "chains": tuple(given["chains"])}
    reasons = [why, because]
    if given["seeds"] > 1 and method != "sddp":
        given["seeds"] = 1
        reasons.append("one seed: only sddp trains on samples")
    return PlanOptions(**given, seed=seed), tuple(reasons)


def _choose_method(problem: Problem, given: dict[str, Any]) -> tuple[Method, str]:
    if given["method"] != "auto":
        method: Method = given["method"]
        return method, f"method {method}: as asked"
    if given["whole"]:
        return "deterministic", "method deterministic: whole expansions are asked"
    if not is_random(problem):
        return "deterministic", "method deterministic: nothing that the plan sees is random"
    chains = choose_chains(problem, tuple(given["chains"]))
    vertices = count_vertices(problem, chains, given["outcomes"], most=SMALL_TREE)
    if vertices <= SMALL_TREE:
        return "extensive", f"method extensive: its tree has {vertices:,} vertices, at most {SMALL_TREE:,}"
    return "sddp", f"method sddp: its tree would have more than {SMALL_TREE:,} vertices"


def _choose_length(problem: Problem, method: Method, asked: int | None) -> tuple[int, str]:
    if asked is not None:
        return asked, f"stages of {asked} periods: as asked"
    periods = len(problem.calendar)
    if method != "sddp" or periods <= MOST_STAGES:
        return 1, "stages of 1 period: exact"
    length = -(-periods // MOST_STAGES)
    return length, f"stages of {length} periods: {periods} periods in at most {MOST_STAGES} stages"


def make_plan(
    scenario: Scenario,
    options: PlanOptions,
    *,
    why: tuple[str, ...] = (),
    prices: tuple[PriceUsed, ...] | None = None,
    report: Report = lambda _: None,
) -> Plan:
    """Return the plan of a sound scenario.

    Args:
        scenario: a scenario in which `replenish.scenario.check` finds no error.
        options: how; see `to_options`.
        why: reasons of the options, kept with the plan.
        prices: in place of those that the scenario's statements give.
        report: called after each iteration of training.

    Raises:
        UsageError: the scenario has what a plan cannot have, or too many combinations of chain states.
        SolveError: no plan is possible, costs fall without limit, or statements contradict each other.
    """
    clock = time.perf_counter()
    frame = to_frame(to_problem(scenario, length=options.stage_periods, prices=prices))
    why = (*why, *refuse_bad_wishes(frame.problem))
    model = to_model(frame, options)
    if options.whole:
        model = _whole(scenario, options, prices)
    found = _optimum(model) if options.method != "sddp" else None
    optimum = found.value if found is not None else None
    policy = _trained(model.model, options, found, report)
    course = _course(model, found) if found is not None and options.method == "deterministic" else None
    if options.method == "sddp":
        stage = FirstStage(model, policy)
        walk_from_chosen(stage, iterations=options.iterations, minutes=options.minutes, report=report)
    first, tried = _first(model, policy, options) if course is None else (None, None)
    others = () if STOPPED in policy.ended else tuple(_with_other_seeds(frame, options))
    return Plan(
        model=model, policy=policy, options=options, why=why, optimum=optimum, course=course,
        first=first, tried=tried, others=others, simplifications=to_simplifications(frame.problem, options),
        seconds=time.perf_counter() - clock,
    )  # fmt: skip


def _first(model: PlanModel, policy: Policy, options: PlanOptions) -> tuple[First, Tried | None]:
    """Return what is decided first, and how what was chosen did on paths: if worse, the solver's own is decided.

    Where the optimum is known, it is the solver's own.
    """
    stage = FirstStage(model, policy)
    near = stage.near_optimal()
    if options.method != "sddp":
        return stage.first(near.best_variables), None
    tried = try_chosen(stage, near, seed=options.seed)
    return stage.first(near.variables if tried.is_taken else near.best_variables), tried


def _with_other_seeds(frame: Frame, options: PlanOptions) -> Iterator[Plan]:
    """Yield plans that differ in their seed alone: in sampled outcomes and in the paths of training."""
    every = [replace(options, seed=options.seed + more, seeds=1) for more in range(1, options.seeds)]
    models = [to_model(frame, one) for one in every]
    rule = AnyOf(Seconds(60 * options.minutes), _rest(None, PATHS))
    jobs = [
        Job(model.model, seed=one.seed, iterations=one.iterations, stopping=rule, work=Work(lanes=LANES))
        for model, one in zip(models, every, strict=True)
    ]
    for model, one, policy in zip(models, every, train_each(jobs), strict=True):
        yield Plan(
            model=model,
            policy=policy,
            options=one,
            why=(),
            optimum=None,
            seconds=policy.rows[-1].seconds if policy.rows else 0.0,
        )


def _optimum(model: PlanModel) -> Extensive:
    """Return the optimum of all nodes as one programme.

    Classes of life mix units of different ages in each stage, which makes a basis of the simplex method dense over many
    stages: on mean paths interior points then take seconds where it takes a minute.
    """
    is_mixed = model.frame.sets.lots.perishes.any() and len(model.nodes) == len(model.frame.problem.stages)
    solver: Literal["ipm", "simplex"] = "ipm" if is_mixed else "simplex"
    return solve_extensive(model.model, solver=solver, most_nodes=10 * SMALL_TREE)


def _course(model: PlanModel, found: Extensive) -> Course:
    """Return what the optimum on mean paths does."""
    nodes = sorted(model.nodes, key=lambda name: model.nodes[name][0])
    data = [{key: np.asarray(values, float) for key, values in model.model.nodes[name].data.items()} for name in nodes]
    return to_course(found, model.frame, data, RECORDED)


def to_model(frame: Frame, options: PlanOptions) -> PlanModel:
    """Return the model that a method solves.

    Raises:
        UsageError: there are too many combinations of chain states.
    """
    if options.method == "deterministic":
        return mean_model(frame)
    chains = choose_chains(frame.problem, options.chains)
    risk = to_risk(options.risk_weight, options.risk_tail)
    return markov_model(frame, chains, outcomes=options.outcomes, seed=options.seed, risk=risk)


def _trained(model: Model, options: PlanOptions, found: Extensive | None, report: Report) -> Policy:
    """Return a policy: trained up to the optimum where it is known, else until bound and costs of paths rest.

    The prices of a known optimum make the first cuts, unless risk weighs them.  By sddp a part of the limits is left.
    """
    optimum, paths = None if found is None else found.value, 1 if options.method == "deterministic" else PATHS
    kept, part = (reserved(options.iterations), RESERVED) if options.method == "sddp" else (0, 0.0)
    rule: StoppingRule = AnyOf(Seconds(60 * options.minutes * (1 - part)), _rest(optimum, paths))
    work = Work(lanes=LANES)
    if found is None or (options.risk_weight > 0 and options.method != "deterministic"):
        most = options.iterations - kept
        policy = train(model, iterations=most, stopping=rule, seed=options.seed, work=work, report=report)
    else:
        policy = taught(model, found, seed=options.seed, work=work)
        resume(policy, iterations=options.iterations, stopping=rule, report=report)
    if optimum is not None and abs(policy.bound - optimum) > 1e-3 * max(1.0, abs(optimum)):
        policy.ended += f"; the bound {policy.bound:.6g} is still below the optimum {optimum:.6g}"
    return policy


def _rest(optimum: float | None, paths: int) -> StoppingRule:
    if optimum is None:
        return AllOf(Stalled(STILL, RESTS), Simulated(every=STILL, tolerance=2e-2))
    return _Reached(optimum, paths)


class _Reached:
    """Ends training when bound and policy meet an optimum that is known: a bound may rest while the policy is poor."""

    def __init__(self, optimum: float, paths: int) -> None:
        self._optimum, self._paths = optimum, paths

    def reason(self, progress: Progress) -> str:
        """Return whether the bound and the costs of paths meet the optimum."""
        size = EXACT * max(1.0, abs(self._optimum))
        if self._optimum - progress.bounds[-1] > size or progress.iterations % CHECKED:
            return ""
        costs = progress.simulate(self._paths)
        error = float(costs.std(ddof=1)) / self._paths**0.5 if self._paths > 1 else 0.0
        return "bound and policy meet the optimum" if costs.mean() - self._optimum <= 3 * error + size else ""


def _whole(scenario: Scenario, options: PlanOptions, prices: tuple[PriceUsed, ...] | None) -> PlanModel:
    """Return the model of mean paths in which whole expansions and closed lines are fixed as in the best whole plan."""
    frame = to_frame(to_problem(scenario, length=options.stage_periods, prices=prices, whole=True))
    model = mean_model(frame)
    found = solve_extensive(model.model, seconds=60 * options.minutes)
    if not np.isfinite(found.value):
        raise SolveError(f"no whole plan was found in {options.minutes:g} minutes; give it more with --minutes")
    return fix_whole(model, found)


def fix_whole(model: PlanModel, found: Extensive) -> PlanModel:
    """Return a model on mean paths in which what is started, and which lines are open, is as in a solution."""
    fixed = mean_model(to_frame(replace(model.frame.problem, whole=False)))
    tree, integers = found.vertices, model.frame.usual.variables
    for vertex, number in enumerate(tree.node.tolist()):
        name = tree.nodes[number].name
        node = fixed.model.nodes[name]
        told = {key: np.asarray(values, float) for key, values in node.data.items()}
        if "must_start" in told:
            started = np.round(found.decision(vertex, "start"), 9)
            told |= {"may_start": started, "must_start": started}
        if "whole_open" in integers:
            told["may_open"] = np.round(found.decision(vertex, "whole_open"))
        fixed.model.nodes[name] = replace(node, data=told)
    return fixed
