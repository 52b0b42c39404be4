"""Training a policy, and going on with one."""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np

from replenish.errors import ReplenishWarning
from replenish.interrupts import stopping as interrupts
from replenish.multistage.modelling.check import check
from replenish.multistage.modelling.model import Model
from replenish.multistage.modelling.risk import Expectation
from replenish.multistage.numerics.shape_findings import fractions
from replenish.multistage.policy.policy import Policy, Row, to_policy
from replenish.multistage.solving.crew import Work
from replenish.multistage.tables.branches import Cuts
from replenish.multistage.tables.prepare import prepare
from replenish.multistage.training.beginning import FirstDecision
from replenish.multistage.training.forward import ForwardPass, Sampled, generator
from replenish.multistage.training.stopping import Progress, StoppingRule, default_rule
from replenish.multistage.training.trainer import Step, Trainer

Report: TypeAlias = Literal["none", "log", "bar"] | Callable[[Row], None]
HEADER = f"{'iteration':>9} {'bound':>16} {'simulated':>16} {'seconds':>9} {'cuts':>9} {'solves':>10}"
STOPPED = "stopped by Ctrl-C"


def train(
    model: Model,
    *,
    iterations: int = 1_000,
    stopping: StoppingRule | None = None,
    cuts: Cuts = "single",
    forward: ForwardPass | None = None,
    seed: int = 0,
    work: Work | None = None,
    report: Report = "none",
) -> Policy:
    """Return a policy for a model.

    Ctrl-C ends training after the iteration that has begun and keeps what was learned.

    Args:
        model: nodes, edges, risk.
        iterations: training ends after so many at the latest.
        stopping: when it may end before; bound, first decision and simulated costs at rest if None.
        cuts: one for each state ("single"), one for each outcome ("multi"), or one for each child ("grouped").
        forward: which paths are walked; one sampled path an iteration if None.
        seed: of the paths.
        work: how work is divided; seed and `work.lanes` make the result, threads do not.
        report: "log" prints rows, "bar" shows a bar, a function is called with each row.

    Raises:
        ModelError: the model is not sound; it holds every finding.
        SolveError: a stage has no optimum, or can be infinitely cheap.
        ValueError: cuts are not one of the three kinds, or do not go with the risk measure.

    Warns:
        ReplenishWarning: integer variables after the first stage are solved as fractions.
    """
    check(model)
    _check_cuts(model, cuts)
    for finding in fractions(model):
        warnings.warn(f"{finding.where}: {finding.what}; {finding.remedy}", ReplenishWarning, stacklevel=2)
    forward = forward or Sampled()
    prepared = prepare(model, cuts, forward.extra(model))
    policy = Policy(Trainer(prepared, work or Work(), seed), [], [], "")
    return resume(policy, iterations=iterations, stopping=stopping, forward=forward, report=report)


def resume(
    policy: Policy,
    *,
    iterations: int = 1_000,
    stopping: StoppingRule | None = None,
    forward: ForwardPass | None = None,
    first: FirstDecision | None = None,
    report: Report = "none",
) -> Policy:
    """Go on with a policy for at most so many more iterations; return it.

    Args:
        policy: what was learned so far.
        iterations: training ends after so many more at the latest.
        stopping: when it may end before; as in `train`.
        forward: which paths are walked; as in `train`.
        report: as in `train`.
        first: a decision that paths take in their first stage, so that cuts are made where it leads; the bound stays
            that of the model. What iterations then cost and decide first is with it.

    Raises:
        SolveError: a stage has no optimum, or the first decision cannot be taken.
        ValueError: the first decision does not fit the model.
    """
    forward = forward or Sampled()
    trainer = _meet(policy, forward)
    rule = stopping or default_rule(has_first=len(trainer.prepared.first.child) == 1)
    solved = policy.rows[-1].solves - trainer.crew.solves() if policy.rows else 0
    progress = Progress(simulate=lambda paths: _simulated(trainer, paths))
    before = policy.rows[-1].seconds if policy.rows else 0.0
    clock = time.perf_counter()
    with _reporting(report, iterations) as tell, interrupts("the iteration that has begun") as stop:
        policy.ended = f"{iterations} iterations"
        for _ in range(iterations):
            row = _note(policy, trainer.step(forward, first), before + time.perf_counter() - clock, solved)
            tell(row)
            progress.bounds.append(row.bound)
            progress.first.append(policy.first[-1])
            progress.seconds = time.perf_counter() - clock
            reason = STOPPED if stop.is_set() else rule.reason(progress)
            if reason:
                policy.ended = reason
                break
    return policy


def _meet(policy: Policy, forward: ForwardPass) -> Trainer:
    """Let the trainer of a policy know the outcomes that a forward pass meets; return it."""
    trainer, extra = policy.trainer, forward.extra(policy.model)
    known = trainer.prepared.layout.extra
    if known.keys() != extra.keys() or not all(np.array_equal(known[name], extra[name]) for name in known):
        prepared = policy.prepared_with(extra)
        policy.trainer = Trainer(prepared, trainer.work, trainer.seed, iteration=trainer.iteration)
        policy.trainer.graph.weights.update(trainer.graph.weights)
    return policy.trainer


def load_policy(model: Model, file: str | Path, *, work: Work | None = None) -> Policy:
    """Return a policy that was saved; `resume` goes on with its training.

    Raises:
        ModelError: the model is not sound.
        UsageError: the file is not a saved policy of this model.
    """
    check(model)
    return to_policy(model, Path(file), work=work, ended="loaded", extra={})


def _note(policy: Policy, step: Step, seconds: float, solved: int) -> Row:
    """Write an iteration down; the bound never gets worse, since every one of them holds.

    `solved` is how many programmes were solved before by lanes that are gone.
    """
    trainer = policy.trainer
    prepared = trainer.prepared
    bound, is_proven = prepared.to_value(step.bound), step.is_sure
    if policy.rows:
        last = policy.rows[-1]
        if prepared.sign * (last.bound - bound) > 0:
            bound, is_proven = last.bound, last.is_proven
    row = Row(
        iteration=trainer.iteration, bound=bound, simulated=prepared.to_value(float(step.simulated.mean())),
        seconds=seconds, cuts=sum(pool.count for pool in prepared.tables.pools),
        solves=solved + trainer.crew.solves(), is_proven=is_proven,
    )  # fmt: skip
    policy.rows.append(row)
    policy.first.append(step.first)
    return row


def _simulated(trainer: Trainer, paths: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return the costs of paths, the same in each call, under the cuts so far."""
    walks = Sampled(paths).sample(trainer.graph, generator(trainer.seed + 1), 0)
    return np.asarray(trainer.walk(walks).total * trainer.prepared.to_value(1.0))


def _check_cuts(model: Model, cuts: str) -> None:
    if cuts not in ("single", "multi", "grouped"):
        raise ValueError(f'cuts are {cuts!r}; use "single", "multi" or "grouped"')
    risky = [edge.parent for edge in model.edges if not isinstance(model.risk_of(edge.parent), Expectation)]
    if cuts == "grouped" and risky:
        raise ValueError(
            f'grouped cuts average the outcomes of a child, but node `{risky[0]}` measures risk; use "multi"'
        )


@contextmanager
def _reporting(report: Report, iterations: int) -> Iterator[Callable[[Row], None]]:
    if callable(report):
        yield report
    elif report == "log":
        print(HEADER, flush=True)
        yield _print_row
    elif report == "bar":
        from rich.progress import Progress as Bar

        with Bar(transient=True) as bar:
            task = bar.add_task("training", total=iterations)
            yield lambda row: bar.update(task, advance=1, description=f"bound {row.bound:.6g}")
    else:
        yield lambda _: None


def _print_row(row: Row) -> None:
    """Print a row: each at first, then ever fewer."""
    digits = 10 ** max(0, len(str(row.iteration)) - 2)
    if row.iteration < 20 or row.iteration % (digits * 5) == 0:
        print(
            f"{row.iteration:>9} {row.bound:>16.8g} {row.simulated:>16.8g} {row.seconds:>9.2f} {row.cuts:>9}"
            f" {row.solves:>10}{'' if row.is_proven else '  not proven'}",
            file=sys.stdout, flush=True,
        )  # fmt: skip
