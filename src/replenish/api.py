"""Whole commands as functions: check, simulate, save, report."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack

from replenish.errors import ScenarioError, UsageError
from replenish.policy import Policies
from replenish.report import write_report
from replenish.report.workbook import write_book
from replenish.result import Result, load_result, refuse_other, save_result, save_studies
from replenish.scenario import Scenario, check
from replenish.scenario.workbook.layout import is_workbook
from replenish.simulation import Control, Target
from replenish.study.assembling import read_scenario
from replenish.study.attached import attach_cases
from replenish.study.coupled import simulate as simulate_scenario

if TYPE_CHECKING:
    from replenish.multistage import Row
    from replenish.planning.plan import Plan

Source = Scenario | Path | str


class Options(TypedDict, total=False):
    """How a scenario is simulated.

    paths: number of paths; the scenario's if not given, or what was asked of the run that is resumed.
    seed: seed of all draws; the scenario's if not given.
    workers: threads; one per processor if not given.  Results do not depend on it.
    policies: policies that replace those of the scenario, by who decides; see `replenish.policy`.
    sustain: whether fleets that issue an item limit issues and wear out by them; they do if not given.
    progress: called with the number of paths finished since the last call.
    """

    paths: int | None
    seed: int | None
    workers: int | None
    policies: Policies | None
    sustain: bool
    progress: Callable[[int], None]


def simulate(
    source: Source | None = None,
    *,
    out: Path | str | None = None,
    resume: Path | str | None = None,
    target: Target | None = None,
    known_at: date | None = None,
    stop: threading.Event | None = None,
    **options: Unpack[Options],
) -> Result:
    """Check, simulate and save a scenario, and return the result.

    Args:
        source: a scenario, its folder or workbook, or the name of an example; that of the run if `resume` is given.
        out: folder of the run; a new one under `runs/` if not given, or that of the run that is resumed.  A run that is
            there is replaced once the new one is whole.
        resume: folder of a saved run to go on with; its paths are not simulated again.
        target: standard error at which to end, if it is reached before all paths are done.
        known_at: cells that ask a ledger get what was known at this day; what is known now if not given.
        stop: an event; once it is set, what has begun is finished and the paths done so far are saved.
        **options: `paths`, `seed`, `workers`, `policies`, `sustain` and `progress`; see `Options`.

    Raises:
        ScenarioError: the scenario is not sound.
        UsageError: there is no such scenario, `out` holds something that is not a run, or `resume` another run.
        KeyboardInterrupt: it was stopped before any path was done; nothing is saved.
    """
    before = load_result(resume) if resume is not None else None
    scenario = _scenario(source, before, known_at)
    folder = Path(out if out is not None else resume if resume is not None else new_folder(source or scenario))
    refuse_other(folder)  # before the work, not after it
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-paths-") as scratch:
        control = Control(target=target, stop=stop, scratch=Path(scratch))
        found = simulate_scenario(scenario, resume=before, control=control, **options)
        saved = save_result(found, folder)
    return save_studies(saved, found.studies) if found.studies else saved


def run(
    source: Source | None = None,
    *,
    out: Path | str | None = None,
    resume: Path | str | None = None,
    target: Target | None = None,
    known_at: date | None = None,
    stop: threading.Event | None = None,
    cases: bool = True,
    plan: Plan | Path | str | None = None,
    **options: Unpack[Options],
) -> Result:
    """Do what `simulate` does, simulate the cases of the scenario too, and write `report.html` and `report.xlsx`.

    With `cases=False` they are left out.  With a `plan`, or the folder of one, the plan is simulated as well and told
    beside the scenario's own policies.  All meet the draws of the run.

    Raises:
        UsageError: as `simulate`; or the plan was made for another scenario.
    """
    chosen = _plan(plan)
    if chosen is not None:
        from replenish.study.planned import attach_plan, refuse_other_scenario

        before = load_result(resume) if resume is not None else None
        refuse_other_scenario(_scenario(source, before, known_at), chosen)
    result = simulate(source, out=out, resume=resume, target=target, known_at=known_at, stop=stop, **options)
    if chosen is not None:
        shown = options.get("progress") or (lambda _: None)
        result = attach_plan(result, chosen, workers=options.get("workers"), progress=shown, stop=stop)
    if cases:
        shown = options.get("progress") or (lambda _: None)
        sustain = options.get("sustain", True)
        result = attach_cases(result, workers=options.get("workers"), progress=shown, stop=stop, sustain=sustain)
    assert result.folder is not None  # simulate has saved it
    write_report(result, result.folder / "report.html")
    write_book(result, result.folder / "report.xlsx")
    return result


def plan(
    source: Source,
    *,
    out: Path | str | None = None,
    report: Callable[[Row], None] = lambda _: None,
    **options: object,
) -> Plan:
    """Check and plan a scenario, save the plan with its answers, and return it.

    Args:
        source: a scenario, its folder or workbook, or the name of an example.
        out: folder of the plan; a new one under `runs/` if not given.
        report: called after each iteration of training.
        **options: in place of the settings under `[plan]`: `method`, `stage_periods`, `chains`, `outcomes`, `whole`,
            `risk_weight`, `risk_tail`, `iterations`, `minutes`, `seeds`, `seed`.

    Raises:
        ScenarioError: the scenario is not sound.
        UsageError: there is no such scenario or option, `out` holds something that is not a plan, or the scenario has
            what a plan cannot have.
        SolveError: no plan is possible.
    """
    from replenish.planning.answers import to_answers
    from replenish.planning.methods import make_plan, to_options
    from replenish.planning.storing import refuse_other_than_plan, save_plan

    scenario = _sound(read_scenario(source))
    folder = Path(out) if out is not None else new_folder(source, kind="plan-")
    refuse_other_than_plan(folder)  # before the work, not after it
    chosen, why = to_options(scenario, **options)
    made = make_plan(scenario, chosen, why=why, report=report)
    return save_plan(made.with_tables(**to_answers(made)), folder)


def _sound(scenario: Scenario) -> Scenario:
    """Return a scenario, or raise ScenarioError if it is not sound."""
    problems = [problem for problem in check(scenario) if problem.severity == "error"]
    if problems:
        raise ScenarioError(problems)
    return scenario


def _plan(plan: Plan | Path | str | None) -> Plan | None:
    if plan is None or not isinstance(plan, Path | str):
        return plan
    from replenish.planning.storing import load_plan

    return load_plan(plan)


def _scenario(source: Source | None, before: Result | None, known_at: date | None) -> Scenario:
    if source is not None:
        return read_scenario(source, known_at=known_at)
    if before is None:
        raise UsageError("nothing to simulate: name a scenario, or a run to go on with by --resume")
    return before.scenario


def new_folder(source: Source, *, kind: str = "") -> Path:
    """Return a folder under `runs/` named after the scenario and the time; `kind` comes first."""
    name = "scenario" if isinstance(source, Scenario) else _short_name(Path(source).resolve())
    return Path("runs") / f"{kind}{name}-{datetime.now(UTC):%Y%m%d-%H%M%S}"


def _short_name(path: Path) -> str:
    return path.stem if is_workbook(path) else path.name
