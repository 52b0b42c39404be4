"""What a run is."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

import numpy as np
import polars as pl

from replenish.errors import UsageError
from replenish.measures import LABELS
from replenish.periods import Calendar
from replenish.result import convert, show
from replenish.result.plan_tables import PLAN_TABLES
from replenish.scenario import Scenario
from replenish.scenario.suggest import advice

if TYPE_CHECKING:
    import pandas as pd  # type: ignore[import-untyped]
    import xarray as xr

QUANTILES = (0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95)
"""Levels that are kept of every series; their columns are p05, p10, ..."""

SCALARS = pl.Schema(dict.fromkeys(("column", "measure", *LABELS, "unit"), pl.String))
"""Columns of `Result.scalars`."""

STUDIES = ("fleets", "cases", "case_inputs", "tornado", "delays", "targets", *PLAN_TABLES)
"""Studies that a run may carry: its fleets, what each case changes, the cells in which it differs, doubtful values,
what delays cost, what would have to be true for targets, tables of a plan."""

Table = Literal["series", "dates", "summary", "scalars", "paths", "trajectories"]
TABLES: Final[tuple[str, ...]] = get_args(Table)
"""Tables of a run by name."""

DECIDERS = "deciding functions (not saved)"
"""Name under `Provenance.versions` of functions of the user that decided."""

Ended = Literal["complete", "stopped", "target reached", "target not reached"]


def quantile_column(level: float) -> str:
    """Return the column of a level.

    >>> quantile_column(0.05)
    'p05'
    """
    return f"p{round(level * 100):02d}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """What makes a run repeatable, and what it ran on."""

    seed: int
    paths: int
    input_hash: str
    array_hash: str
    versions: dict[str, str]
    seconds: float
    started: str  # ISO time, UTC
    asked: int = 0  # paths; more than `paths` if the run was stopped or reached its target before
    ended: Ended = "complete"
    target: str = ""  # what was to be reached, and what was
    collected: str = ""  # what was kept, in words


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A finished run.

    series: one row per measure, thing and period that is kept: `measure`, `unit`, the label columns of
        `measures.LABELS`, `period`, `date` (first day), `mean`, `standard_error`, the quantile columns, `minimum`,
        `maximum`, `positive_share` (share of paths in which it is above zero).
    dates: one row per date measure, holder, item and period with the number of `paths`; `period` is null for paths in
        which it never comes, and `applies` says among how many paths.
    summary: one row per headline number: `measure`, labels, `value`, `standard_error`, `unit`, `formula`.
    scalars: one row per number that is kept of every path: its `column` in `paths`, `measure`, labels, `unit`.
    path_values: the table behind `paths`, read when it is asked for.
    trajectory_values: the table behind `trajectories`, read when it is asked for.
    studies: tables of studies about this run, by the names of `STUDIES`; see `replenish.study.attached`.
    state: what is needed to go on with more paths; None if the run was loaded, see `read_state`.
    folder: where the run is saved; None if it is not.
    """

    scenario: Scenario
    calendar: Calendar
    series: pl.DataFrame
    dates: pl.DataFrame
    summary: pl.DataFrame
    provenance: Provenance
    scalars: pl.DataFrame = field(default_factory=SCALARS.to_frame)
    path_values: pl.LazyFrame = field(default_factory=pl.LazyFrame)
    trajectory_values: pl.LazyFrame = field(default_factory=pl.LazyFrame)
    studies: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    state: Mapping[str, np.ndarray[Any, np.dtype[Any]]] | None = None
    folder: Path | None = None

    @property
    def paths(self) -> pl.DataFrame:
        """Return one row per path, in order: `path` and the columns of `scalars`; NaN for a date that never comes."""
        return self._own(self.path_values)

    @property
    def trajectories(self) -> pl.DataFrame:
        """Return single paths in every period: `measure`, labels, `path`, `period`, `value`; empty unless asked for."""
        return self._own(self.trajectory_values)

    def _own(self, table: pl.LazyFrame) -> pl.DataFrame:
        """Return a table that is read when it is asked for.

        Raises:
            UsageError: the folder of the run is gone, or holds another run by now.
        """
        if self.folder is not None:
            try:
                found = json.loads((self.folder / "run.json").read_text(encoding="utf-8")).get("array_hash")
            except (OSError, ValueError) as error:
                raise UsageError(f"{self.folder}: what this run kept of its paths is gone ({error})") from error
            if found != self.provenance.array_hash:
                raise UsageError(f"{self.folder}: holds another run by now; give each run a folder of its own with out")
        return table.collect()

    def to_polars(
        self,
        table: Table = "series",
        *,
        measures: Iterable[str] = (),
        holders: Iterable[str] = (),
        items: Iterable[str] = (),
    ) -> pl.DataFrame:
        """Return a table, or its rows of these measures, holders and items.

        Raises:
            UsageError: there is no such table, or it has none of a name.
        """
        if table not in TABLES:
            raise UsageError(f"table {table}: a run has no such table; {advice(table, TABLES)}")
        found: pl.DataFrame = getattr(self, table)
        return convert.narrow(found, measures, holders, items)

    def to_pandas(
        self,
        table: Table = "series",
        *,
        measures: Iterable[str] = (),
        holders: Iterable[str] = (),
        items: Iterable[str] = (),
    ) -> pd.DataFrame:
        """Return what `to_polars` does for pandas: days as datetime64, missing numbers as NaN, missing texts as None.

        Raises:
            UsageError: as `to_polars`, or pandas is not installed.
        """
        return convert.to_pandas(self.to_polars(table, measures=measures, holders=holders, items=items))

    def to_xarray(
        self, *, measures: Iterable[str] = (), holders: Iterable[str] = (), items: Iterable[str] = ()
    ) -> xr.Dataset:
        """Return the series as one data set: a variable for each measure, with its title, unit and formula.

        Its dimensions are the labels that the measure has (an empty name is the sum over all), `period`, which has the
        coordinate `date`, and `statistic`: mean, standard_error, p05, ...  What there is not is NaN.

        Raises:
            UsageError: there is none of a name, the data set would be too large, or xarray is not installed.
        """
        own = self.provenance
        about = {
            "title": self.scenario.settings.title, "seed": own.seed, "paths": own.paths,
            "input_hash": own.input_hash, "array_hash": own.array_hash,
            "versions": ", ".join(f"{name} {number}" for name, number in own.versions.items()),
        }  # fmt: skip
        return convert.to_xarray(self.to_polars(measures=measures, holders=holders, items=items), about)

    def __repr__(self) -> str:
        """Return what the run is about in a few lines."""
        return show.text(self._head, self._numbers)

    def _repr_html_(self) -> str:
        """Return the same as a small table for a notebook."""
        return show.table(self._head, self._numbers)

    @property
    def _head(self) -> tuple[str, ...]:
        title, own = self.scenario.settings.title, self.provenance
        periods = f"{len(self.calendar)} {self.calendar.period}s from {self.calendar.bounds[0]}"
        ended = own.ended + (f" ({own.target})" if own.target else "")
        where = f"saved in {self.folder}" if self.folder else "not saved"
        return f"Result: {title}", f"{own.paths:,} paths, seed {own.seed}; {periods}; {ended}", where

    @property
    def _numbers(self) -> list[tuple[str, str]]:
        chosen = self.scenario.settings.report
        return show.main_numbers(self.summary, (chosen.recipient, chosen.item))
