"""One run from its scenario to its result: started, gone on with, stopped, or ended when it is exact enough."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import numpy as np
import polars as pl

from replenish.arrays import to_arrays, to_calendar
from replenish.errors import UsageError
from replenish.policy import Calls, Joint, to_calls
from replenish.result import GrowingTable, Provenance, Result, read_state
from replenish.result.model import DECIDERS, Ended
from replenish.scenario import input_hash
from replenish.scenario.model import Scenario
from replenish.simulation.called import Deciders
from replenish.simulation.engine import Part, Simulation
from replenish.simulation.selection import select
from replenish.simulation.series import to_series
from replenish.simulation.statistics import Totals, from_state
from replenish.simulation.summary import summarise
from replenish.simulation.tables import TrajectoryTable, dates_table, paths_table, scalars_table, series_table
from replenish.simulation.target import Target, check_target, is_about, looks, reached
from replenish.simulation.versions import versions


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """When a run ends before all its paths are done, and where it puts what does not fit in memory.

    target: the run ends when this is reached.
    stop: once this is set, the blocks of paths that have begun are finished and no other begins.
    scratch: folder for the values of single paths; None to hold them in memory.
    beside: a function of the package that decides beside the policies; it is not one of the user.
    """

    target: Target | None = None
    stop: threading.Event | None = None
    scratch: Path | None = None
    beside: Joint | None = None


class Session:
    """A run that grows; `result` says what it is so far."""

    def __init__(
        self,
        scenario: Scenario,
        *,
        seed: int,
        control: Control,
        workers: int | None,
        resume: Result | None,
        calls: Calls = (),
    ):
        """Prepare a run, or go on with `resume`.

        Raises:
            UsageError: what is asked for does not fit in memory, is not kept, or belongs to another run.
        """
        self._started, self._clock = datetime.now(UTC), time.perf_counter()
        self._scenario, self._seed, self._control, self._resume = scenario, seed, control, resume
        self._calls, beside = calls, to_calls(control.beside) if control.beside else ()
        self._arrays, self._labels = to_arrays(scenario, (*calls, *beside))
        deciders = Deciders(self._arrays, self._labels, to_calendar(scenario))
        if deciders and resume is not None:
            raise UsageError(
                "a run in which functions decide cannot be gone on with: they are not kept; start a new run"
            )
        self._selection = select(self._arrays, self._labels, scenario.settings.collect)
        self._series = to_series(self._arrays, self._selection.names, self._selection.kept)
        if control.target is not None:
            check_target(control.target, self._selection.names, self._arrays, self._labels)
        start = None if resume is None else self._restore(resume)
        self._simulation = Simulation(
            self._arrays,
            self._series,
            seed=seed,
            workers=workers,
            start=start,
            decide=deciders.decide if deciders else None,
        )
        paths, trajectories = (None, None) if resume is None else (resume.path_values, resume.trajectory_values)
        self._paths = GrowingTable(paths, control.scratch, "paths")
        self._trajectories = GrowingTable(trajectories, control.scratch, "trajectories")
        self._to_table = TrajectoryTable(self._selection.kept.trajectories)

    def run(self, paths: int, progress: Callable[[int], None]) -> Result:
        """Go on to `paths` paths, or until the target is reached or the run is stopped.

        Raises:
            UsageError: the run has more paths already, or trajectories of so many do not fit in memory.
            KeyboardInterrupt: it was stopped before any path was done.
        """
        simulation, target, stop = self._simulation, self._control.target, self._control.stop
        if paths < simulation.paths:
            raise UsageError(f"the run has {simulation.paths:,} paths already; ask for more with --paths")
        self._selection.check_memory(len(self._arrays.clock.days), paths)
        for look in (paths,) if target is None else looks(simulation.paths, paths):
            simulation.run(look, progress=progress, keep=self._keep, stop=stop)
            if simulation.paths < look or (target is not None and self._error(target) <= target.standard_error):
                break
        if simulation.paths == 0:
            raise KeyboardInterrupt
        found = self._result(paths)
        return replace(
            found, state=self._totals.to_state() | {"signature": self._signature}, path_values=self._paths.read(),
            trajectory_values=self._trajectories.read(),
        )  # fmt: skip

    @property
    def _functions(self) -> dict[str, str]:
        """Return the names of functions that decide, which a saved run cannot repeat."""
        names = sorted({getattr(call.function, "__name__", "a function") for call in self._calls})
        return {DECIDERS: ", ".join(names)} if names else {}

    @property
    def _totals(self) -> Totals:
        return self._simulation.totals()

    def _keep(self, part: Part) -> None:
        if len(part.scalars):
            self._paths.add(paths_table(part))
        most = self._selection.trajectory_paths
        count = min(part.count, most - part.first) if most else part.count
        if len(part.trajectories) and count > 0:
            self._trajectories.add(
                self._to_table(replace(part, count=count, trajectories=part.trajectories[..., :count]))
            )

    def _error(self, target: Target) -> float:
        """Return the standard error that a target has so far, from the few series that it needs."""
        chosen = [row for row, name in enumerate(self._selection.names) if is_about(target, name)]
        totals, days = self._totals, to_calendar(self._scenario)
        series = series_table(self._selection.names, self._series, totals, self._labels, days, chosen=chosen)
        dates = dates_table(self._arrays, totals, self._labels)
        return reached(target, summarise(self._scenario, days, series, dates, totals.paths), series, totals.paths)

    def _result(self, asked: int) -> Result:
        """Return the result of the paths so far, without what is kept of single paths."""
        scenario, totals, days = self._scenario, self._totals, to_calendar(self._scenario)
        series = series_table(self._selection.names, self._series, totals, self._labels, days)
        dates = dates_table(self._arrays, totals, self._labels)
        summary = summarise(scenario, days, series, dates, totals.paths)
        target, ended, said = self._control.target, _ended(totals.paths, asked), ""
        if target is not None:
            error = reached(target, summary, series, totals.paths)
            said = f"{target}; it is {error:.3g}"
            ended = "target reached" if error <= target.standard_error else _missed(ended)
        seconds = time.perf_counter() - self._clock + (self._resume.provenance.seconds if self._resume else 0.0)
        provenance = Provenance(
            seed=self._seed, paths=totals.paths, input_hash=input_hash(scenario), array_hash=totals.array_hash(),
            versions=versions() | self._functions, seconds=seconds, asked=asked,
            started=self._started.isoformat(timespec="seconds"),
            ended=ended, target=said, collected=self._selection.collected,
        )  # fmt: skip
        return Result(
            scenario=scenario, calendar=days, series=series, dates=dates, summary=summary, provenance=provenance,
            scalars=scalars_table(self._selection.scalars, self._labels),
        )  # fmt: skip

    @property
    def _signature(self) -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
        """Return a hash of the series that are kept, by which a saved run is known to be of the same kind."""
        names = [(name.measure.name, name.labels) for name in self._selection.names]
        digest = sha256(repr(names).encode())
        for part in self._series:
            digest.update(part.tobytes())
        return np.frombuffer(digest.digest(), np.uint8)

    def _restore(self, resume: Result) -> Totals:
        """Return the statistics of a saved run.

        Raises:
            UsageError: it is not a run of this scenario, seed, version and choice of series.
        """
        saved = resume.provenance
        pairs = {
            "scenario": (saved.input_hash, input_hash(self._scenario)),
            "seed": (saved.seed, self._seed),
            "version of replenish": (saved.versions.get("replenish"), versions()["replenish"]),
        }
        for what, (before, now) in pairs.items():
            if before != now:
                raise UsageError(
                    f"{resume.folder}: cannot go on with another {what} ({before}, now {now}); start a new run"
                )
        state = read_state(resume)
        try:
            if not np.array_equal(state["signature"], self._signature):
                raise ValueError("another choice under [collect], or changed rows")
            totals = from_state(state, self._series, len(self._arrays.stocks.dated))
        except (KeyError, ValueError, IndexError, TypeError) as error:
            raise UsageError(
                f"{resume.folder}: its statistics are not of these series ({error}); start a new run"
            ) from error
        if totals.paths != saved.paths:
            raise UsageError(
                f"{resume.folder}: statistics of {totals.paths} paths, run of {saved.paths}; start a new run"
            )
        self._check_paths(resume)
        return totals

    def _check_paths(self, resume: Result) -> None:
        """Raise UsageError if what a saved run holds of single paths is not that of all its paths."""
        paths, selection = resume.provenance.paths, self._selection
        courses = len(selection.kept.trajectories) * len(self._arrays.clock.days)
        wanted = {
            "path_values": paths if selection.scalars else 0,
            "trajectory_values": courses * min(paths, selection.trajectory_paths or paths),
        }
        for name, rows in wanted.items():
            found = _count(getattr(resume, name))
            if found != rows:
                raise UsageError(f"{resume.folder}: {name} has {found} rows, should have {rows}; start a new run")


def _count(table: pl.LazyFrame) -> int:
    """Return the number of rows; 0 if the table cannot be read."""
    try:
        return int(table.select(pl.len()).collect().item()) if table.collect_schema() else 0
    except (OSError, pl.exceptions.PolarsError):
        return 0


def _ended(paths: int, asked: int) -> Ended:
    return "complete" if paths >= asked else "stopped"


def _missed(ended: Ended) -> Ended:
    return "stopped" if ended == "stopped" else "target not reached"
