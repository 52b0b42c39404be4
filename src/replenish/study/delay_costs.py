"""What a month costs: each delay made longer by some days, everything else as it is.

All runs meet the same draws, so that the cost of a delay is a paired difference of each number by path.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from replenish.errors import ScenarioError, UsageError
from replenish.measures import LABELS, MEASURES, REPLENISHMENT
from replenish.policy import Policies
from replenish.result import Result
from replenish.scenario import Scenario, input_hash
from replenish.scenario.model import Collect
from replenish.scenario.suggest import advice
from replenish.simulation import Control
from replenish.simulation.series import focus
from replenish.study.coupled import simulate
from replenish.study.deciding import Deciding, Planner
from replenish.study.delays import KINDS, Kind, delayed, is_changed, members_of
from replenish.study.paired import Difference, Key, Sample, paired, samples
from replenish.study.saving import read_about, read_table, refuse_foreign, save_study, study_folder
from replenish.study.sides import Source, find_scenario_of, short_name

DAYS: Final = 30.0
"""Days by which delays are longer if none are given."""

DEEPEST: Final = "deepest_shortfall"
"""The largest shortfall of a stock over the horizon, in each path."""

COUNTED: Final = ("unmet_cumulative", DEEPEST, REPLENISHMENT, "spend_cumulative")
"""Numbers that are compared unless others are named."""

SCHEMA: dict[str, Any] = {
    **dict.fromkeys(("kind", "outcome", "reason", "measure", *LABELS, "unit"), pl.String),
    **dict.fromkeys(Difference._fields, pl.Float64),
    "paths": pl.Int64,
}
_STUDY = "delay"
_TABLE = "delays"

Samples = Mapping[Key, Sample]


@dataclass(frozen=True, slots=True, kw_only=True)
class DelayCosts:
    """By how much numbers change when a delay is longer.

    rows: one row for each kind of delay and number: mean as it is (`mean_a`) and with the delay (`mean_b`), mean
        `difference`, its `standard_error`, 95 % confidence interval `low` to `high`, shares of paths in which it is
        higher and lower, shares `applies_a` and `applies_b` of the paths that have the number (a date may never come).
        A kind of which the scenario has nothing has one row, with the `outcome` skipped and the `reason`.
    days: how much longer [day].
    holder: whose delays; empty for everybody's.
    is_complete: whether all kinds have been run.
    """

    rows: pl.DataFrame
    days: float
    holder: str
    paths: int
    seed: int
    is_complete: bool
    folder: Path | None = None

    def __repr__(self) -> str:
        """Return what was lengthened in one line."""
        kinds = self.rows.filter(pl.col("outcome") == "done")["kind"].n_unique()
        whose = f" of {self.holder}" if self.holder else ""
        more = "" if self.is_complete else ", stopped early"
        return f"<DelayCosts: {self.days:+g} days, {kinds} kinds of delay{whose}; {self.paths} paths{more}>"


def delay_costs(
    source: Source,
    *,
    days: float = DAYS,
    holder: str = "",
    measures: Sequence[str] = COUNTED,
    policies: Policies | None = None,
    decider: Planner | None = None,
    out: Path | str | None = None,
    **options: Any,
) -> DelayCosts:
    """Return by how much unmet need, shortfalls, dates of replenishment and spend change when a delay is longer.

    Args:
        source: a scenario, its folder, an example, `SCENARIO:case`, or a saved run (its scenario).
        days: how much longer [day]; negative: shorter.
        holder: whose delays, as told by `replenish.study.delays.delayed`; everybody's if empty.
        measures: which numbers: any of `COUNTED`, or others that a run keeps by path.
        policies: policies that replace those of the scenario in every run.
        decider: makes the policies for each changed scenario, such as a plan that knows of the delay.
        out: folder for the table; a new one under `runs/` if not given.
        **options: `paths`, `seed` and `workers` as in `replenish.simulate`, and `progress`, called with the number of
            kinds done and of all.

    A KeyboardInterrupt stops the work; what is done is returned.

    Raises:
        UsageError: there is no such holder or number, or `out` holds something else.
        ScenarioError: the scenario is not sound.
    """
    scenario = find_scenario_of(source)
    members_of(scenario, holder)
    _refuse_unknown(measures)
    if not days:
        raise UsageError("days is 0, so that nothing would differ; name how many days longer, negative for shorter")
    runs = _Runs(scenario, Deciding(policies=policies, decider=decider), measures, **options)
    folder = Path(out) if out is not None else study_folder(_STUDY, short_name(source))
    refuse_foreign(folder, _STUDY)
    rows, is_complete = _rows(runs, days, holder)
    found = DelayCosts(
        rows=pl.DataFrame(rows, schema=SCHEMA), days=days, holder=holder, paths=runs.paths, seed=runs.seed,
        is_complete=is_complete, folder=folder,
    )  # fmt: skip
    about = {
        "input_hash": input_hash(scenario), "days": days, "holder": holder, "paths": runs.paths, "seed": runs.seed,
        "is_complete": is_complete,
    }  # fmt: skip
    save_study(folder, _STUDY, about, {_TABLE: found.rows})
    return found


def read_delay_costs(folder: Path | str, scenario: Scenario) -> DelayCosts:
    """Return a saved study of a scenario.

    Raises:
        UsageError: the folder holds none, or one of another scenario.
    """
    path = Path(folder)
    about = read_about(path)
    if about.get("kind") != _STUDY or not (path / f"{_TABLE}.csv").is_file():
        raise UsageError(f"{path}: holds no study of delays; `replenish delay SCENARIO` makes one")
    if about.get("input_hash") != input_hash(scenario):
        raise UsageError(f"{path}: is a study of another scenario; run `replenish delay` on the folder of the run")
    try:
        rows = read_table(path / f"{_TABLE}.csv", SCHEMA)
        return DelayCosts(
            rows=rows, days=float(about["days"]),
            holder=str(about["holder"]), paths=int(about["paths"]), seed=int(about["seed"]),
            is_complete=bool(about["is_complete"]), folder=path,
        )  # fmt: skip
    except (KeyError, TypeError, ValueError, pl.exceptions.PolarsError) as error:
        raise UsageError(f"{path}: cannot be read ({error}); run the study again") from error


class _Runs:
    """Runs of changed scenarios on the same draws, and the numbers that are read from each."""

    def __init__(
        self, scenario: Scenario, deciding: Deciding, measures: Sequence[str], *, paths: int | None = None,
        seed: int | None = None, workers: int | None = None, progress: Callable[[int, int], None] = lambda _, __: None,
    ) -> None:  # fmt: skip
        settings = scenario.settings.simulation
        self.scenario, self.progress = scenario, progress
        self.paths, self.seed = paths or settings.paths, settings.seed if seed is None else seed
        self._deciding, self._measures, self._workers = deciding, measures, workers

    def __call__(self, changed: Scenario) -> Samples:
        """Return the numbers by path of a scenario."""
        policies = self._deciding(changed)
        with tempfile.TemporaryDirectory() as scratch:
            result = simulate(
                _lean(changed, self._measures), paths=self.paths, seed=self.seed, workers=self._workers,
                policies=policies, control=Control(scratch=Path(scratch)),
            )  # fmt: skip
            found = {**samples(result), **(_deepest(result) if DEEPEST in self._measures else {})}
        return {key: sample for name in self._measures for key, sample in found.items() if key[0] == name}


def _rows(runs: _Runs, days: float, holder: str) -> tuple[list[dict[str, Any]], bool]:
    """Return the rows of all kinds, and whether the work was not stopped before."""
    base, rows = runs(runs.scenario), list[dict[str, Any]]()
    try:
        for count, kind in enumerate(KINDS, 1):
            rows += _kind(runs, base, kind, delayed(runs.scenario, kind, days, holder=holder))
            runs.progress(count, len(KINDS))
    except KeyboardInterrupt:
        return rows, False  # what is done is kept, and said to be a part
    return rows, True


def _kind(runs: _Runs, base: Samples, kind: Kind, changed: Scenario) -> Iterator[dict[str, Any]]:
    blank = {name: "" if type_ == pl.String else None for name, type_ in SCHEMA.items()}
    reason = "" if is_changed(runs.scenario, changed) else "the scenario has no such delay that so many days would move"
    found: Samples = {}
    if not reason:
        try:
            found = runs(changed)
        except ScenarioError as error:
            reason = next(problem.message for problem in error.problems if problem.severity == "error")
    if reason:
        yield blank | {"kind": kind, "outcome": "skipped", "reason": reason}
    for key in (key for key in base if key in found):
        named = dict(zip(("measure", *LABELS), key, strict=True))
        difference = paired(base[key], found[key])._asdict()
        yield blank | {"kind": kind, "outcome": "done", **named, "unit": base[key].unit, **difference}


def _lean(scenario: Scenario, measures: Sequence[str]) -> Scenario:
    """Return a scenario that keeps hardly any statistics, the numbers by path, and shortfalls in every period."""
    deep = DEEPEST in measures
    kept = Collect(
        measures=("shortfall" if deep else "fill_rate", "on_hand"), items=(focus(scenario)[1],),
        trajectories=("shortfall",) if deep else (),
    )  # fmt: skip
    if {*measures} - set(COUNTED):
        kept = kept.model_copy(update={"scalars": tuple(name for name in measures if name != DEEPEST)})
    return scenario.model_copy(update={"settings": scenario.settings.model_copy(update={"collect": kept})})


def _refuse_unknown(measures: Sequence[str]) -> None:
    known = {*COUNTED, *MEASURES}
    for name in measures:
        if name not in known:
            raise UsageError(f"measure {name}: there is no such number by path; {advice(name, known)}")


def _deepest(result: Result) -> dict[Key, Sample]:
    """Return the deepest shortfall of each stock in every path."""
    values = result.trajectory_values
    if not values.collect_schema():
        return {}
    units = {row.name: row.unit for row in result.scenario.items}
    grouped = values.group_by(*LABELS, "path").agg(pl.col("value").max()).sort(*LABELS, "path").collect()
    found = {}
    for labels, own in grouped.with_columns(pl.col(*LABELS).cast(pl.String)).group_by(LABELS, maintain_order=True):
        key = (DEEPEST, *map(str, labels))
        unit = units.get(str(labels[LABELS.index("item")]), "unit")
        found[key] = Sample(unit, own["path"].to_numpy().astype(np.int64), own["value"].to_numpy().astype(np.float64))
    return found
