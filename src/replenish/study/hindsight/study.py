"""A forecast as it could have been made at a past date, held against what was reported afterwards."""

from __future__ import annotations

import datetime as dt
import math
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from replenish.arrays.groups import Floats
from replenish.errors import ScenarioError, UsageError
from replenish.measures import LABELS
from replenish.periods import Calendar
from replenish.result import Result
from replenish.scenario import check
from replenish.scenario.examples import read_scenario
from replenish.scenario.io import write
from replenish.scenario.model import Observation, Scenario
from replenish.study import coupled
from replenish.study.assembling import asking
from replenish.study.hindsight.doubt import Doubt, Drawn, doubts_table, draw_scenarios, find_doubts
from replenish.study.hindsight.known import AsKnown, as_known
from replenish.study.hindsight.naive import NAIVE, naive_forecasts, per_of, series_key
from replenish.study.hindsight.scores import crps, is_covered, mean_pinball
from replenish.study.observed import is_flow, meets_band, reported_range, unit_of
from replenish.study.saving import refuse_foreign, save_study, study_folder

KIND: Final = "backtest"
KEYS: Final = ("measure", "holder", "item", "line", "to_holder")
QUANTILES: Final = {"p05": 0.05, "p25": 0.25, "p50": 0.50, "p75": 0.75, "p95": 0.95}

POINTS: Final[Mapping[str, Any]] = {
    "name": pl.String, "date": pl.Date, **dict.fromkeys((*KEYS, "unit", "source"), pl.String), "published": pl.Date,
    **dict.fromkeys(("value", "low", "high", *QUANTILES), pl.Float64),
    **dict.fromkeys(("in_50", "in_90", "range_meets", "is_used"), pl.Boolean),
    **dict.fromkeys(("pinball", "crps", *NAIVE), pl.Float64),
}  # fmt: skip
"""Columns of the points of a back-test."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backtest:
    """A forecast and what came.

    known: the scenario as known at the date, and what was done to make it so.
    doubts: assumptions that were drawn from their ranges; empty: none, each had its own value in every path.
    kept: by the place of an assumption, in how many scenarios it kept its value as a rule asked for it.
    result: its simulation, from the start of the scenario, with every assumption at its own value.
    bands: quantiles of the forecast by series and period, (`measure`, labels, `period`, `p05` to `p95`).
    points: one row for each figure reported for a day after the date: the bands, the scores and the naive forecasts.
    rows: the same by series, with the mean errors; the last row is over all.
    """

    known: AsKnown
    until: dt.date
    realised_share: float | None
    doubts: tuple[Doubt, ...]
    kept: Mapping[int, int]
    result: Result
    bands: pl.DataFrame
    points: pl.DataFrame
    rows: pl.DataFrame
    folder: Path | None = None


def backtest(
    source: Scenario | Path | str,
    *,
    known_at: dt.date,
    until: dt.date,
    realised_share: float | None = None,
    admit_undated_days: int | None = None,
    doubt: int = 0,
    out: Path | str | None = None,
    **options: Any,
) -> Backtest:
    """Assemble a scenario as known at a date, simulate it, and hold it against what was reported for later days.

    Args:
        source: a scenario, its folder or workbook, or the name of an example.
        known_at: last day of publication that the forecast may use.
        until: last day whose reported figures are judged.
        realised_share: share to which announced capacity comes that was not due by `known_at`, or of which it was not
            known what came; None: as known, which is mostly all of it.
        admit_undated_days: see `as_known`; that under [ledger] in the settings if not given.
        doubt: number of scenarios among which the paths are divided, with assumptions drawn from the ranges of the
            evidence (see `replenish.study.hindsight.doubt`); 0: every assumption has its own value in all paths.
        out: folder for the tables; a new one under `runs/` if not given.
        **options: `paths`, `seed`, `workers` and `progress`, as of `replenish.simulate`.

    Raises:
        ScenarioError: the scenario is not sound, or is not once it is assembled.
        UsageError: nothing was reported for a day between the two dates, or `out` holds something else.
    """
    scenario = read_scenario(source, asking())
    if admit_undated_days is None:
        admit_undated_days = scenario.settings.ledger.admit_undated_days
    moment = scenario.settings.ledger.recorded_by  # both readings see one state of the ledger
    then = read_scenario(
        source, asking(known_at, admit_undated_days=admit_undated_days, recorded_by=moment, or_now=True)
    )
    name = "scenario" if isinstance(source, Scenario) else Path(source).name
    folder = Path(out) if out is not None else study_folder(KIND, f"{name}-{known_at}")
    refuse_foreign(folder, KIND)
    known = as_known(then, known_at, admit_undated_days=admit_undated_days)
    if realised_share is not None:
        known = replace(known, scenario=with_share(known, realised_share))
    later = _later(scenario, known_at, until)
    watched = _watching(scenario, known.scenario, later)
    result = coupled.simulate(watched, **options)
    drawn = list(draw_scenarios(watched, doubt, result.provenance.seed)) if doubt else []
    paths = _doubted(drawn, result, options) if drawn else _paths(result)
    points = pl.DataFrame(list(_points(scenario, known, later, (result.calendar, paths))), schema=dict(POINTS))
    found = Backtest(
        known=known, until=until, realised_share=realised_share, doubts=tuple(find_doubts(watched)) if doubt else (),
        kept=Counter(place for one in drawn for place in one.kept),
        result=result, bands=_bands(paths), points=points, rows=by_series(points),
    )  # fmt: skip
    return _saved(found, folder)


def _doubted(drawn: Sequence[Drawn], result: Result, options: dict[str, Any]) -> pl.DataFrame:
    """Return paths of scenarios whose assumptions are drawn, together as many as those of the result or a few more."""
    seed, paths = result.provenance.seed, math.ceil(result.provenance.paths / len(drawn))
    return pl.concat(
        _paths(coupled.simulate(one.scenario, **(options | {"paths": paths, "seed": seed + number})))
        for number, one in enumerate(drawn, 1)
    )


def with_share(known: AsKnown, share: float) -> Scenario:
    """Return a scenario in which announced capacity comes to this share, the same in every path.

    It is that of expansions due after the date, and of those due before of which it was not known what came.

    Raises:
        UsageError: it is not a share.
    """
    if not 0 <= share <= 1:
        raise UsageError(f"realised share {share:g}: must be from 0 to 1")
    unseen = {one.key for one in known.told if (one.table, one.column) == ("expansions", "realised_share")}
    rows = [
        row.model_copy(update={"realised_share": share, "realised_spread": 0.0})
        for row in known.scenario.expansions
        if row.name in unseen or row.start is None or row.start + dt.timedelta(days=row.build_time_days) > known.date
    ]
    names = {row.name for row in rows}
    evidence = tuple(
        one for one in known.scenario.evidence
        if not (one.table_name == "expansions" and one.row_key in names and one.column.startswith("realised_"))
    )  # fmt: skip
    return known.scenario.with_rows(*rows).model_copy(update={"evidence": evidence})


def by_series(points: pl.DataFrame) -> pl.DataFrame:
    """Return the scores of points by series, and over all in the last row, which has no measure.

    Figures that the scenario as known rests on itself are left out: they are no test.  Errors are means in the unit of
    the series.  `crps_share` and the like are means of score / reported value, which can be compared between series;
    `last_value_beaten` and the like are shares of figures whose CRPS is below the error of that forecast.
    """
    scored = ("crps", *NAIVE)
    told = points.filter(~pl.col("is_used")).with_columns(
        (pl.col(name) - pl.col("value")).abs().alias(name) for name in NAIVE
    )
    told = told.with_columns((pl.col(name) / pl.col("value").abs()).alias(f"{name}_share") for name in scored)
    told = told.with_columns((pl.col("crps") < pl.col(name)).alias(f"{name}_beaten") for name in NAIVE)
    own = told.group_by(*KEYS, "unit", maintain_order=True).agg(*_means(scored))
    whole = told.select(*_means(scored)).with_columns(pl.lit(None, pl.Float64).alias(n) for n in ("pinball", *scored))
    return pl.concat([own, whole], how="diagonal")


def _means(scored: tuple[str, ...]) -> list[pl.Expr]:
    return [
        pl.len().alias("points"), pl.col("in_50").mean().alias("coverage_50"),
        pl.col("in_90").mean().alias("coverage_90"), pl.col("range_meets").mean().alias("ranges_met"),
        pl.col("pinball").mean(), *(pl.col(name).mean() for name in scored),
        *(pl.col(f"{name}_share").filter(pl.col("value") != 0).mean() for name in scored),
        *(pl.col(f"{name}_beaten").mean() for name in NAIVE),
    ]  # fmt: skip


def _later(scenario: Scenario, known_at: dt.date, until: dt.date) -> list[Observation]:
    found = [row for row in scenario.observations if known_at < row.date <= until]
    if not found:
        raise UsageError(f"nothing was reported for a day after {known_at} and up to {until}; name other dates")
    return found


def _watching(scenario: Scenario, known: Scenario, later: list[Observation]) -> Scenario:
    """Return what is simulated: the scenario as known, with the series kept by which it will be judged.

    Raises:
        ScenarioError: it is not sound.
    """
    watched = [*known.observations, *later]
    sources = {row.name for row in known.sources}
    named = {row.source for row in later} - sources
    found = known.model_copy(update={
        "observations": tuple(watched),
        "sources": (*known.sources, *(row for row in scenario.sources if row.name in named)),
    }).with_settings({
        "collect.measures": sorted({row.measure for row in watched}),
        "collect.items": sorted({row.item for row in watched}),
        "collect.holders": sorted({row.holder for row in watched if row.holder}),
        "collect.trajectories": sorted({row.measure for row in watched}),
        "collect.trajectory_paths": None, "collect.scalars": None, "collect.every": 1,
    })  # fmt: skip
    problems = [problem for problem in check(found) if problem.severity == "error"]
    if problems:
        raise ScenarioError(problems)
    return found


def _points(
    scenario: Scenario, known: AsKnown, later: list[Observation], forecast: tuple[Calendar, pl.DataFrame]
) -> Iterator[dict[str, Any]]:
    calendar, every = forecast
    values = _by_series(every, {calendar.index(row.date) for row in later})
    published = {row.name: row.published for row in scenario.sources}
    for row in later:
        paths = values.get((*series_key(row), calendar.index(row.date)))
        if paths is not None:
            yield {
                "name": row.name, "date": row.date, **dict(zip(KEYS, series_key(row), strict=True)),
                "unit": unit_of(scenario, row), "source": row.source, "published": published.get(row.source),
                "value": row.value, "low": row.low, "high": row.high,
                **_scores(row, paths / _length(scenario, row, calendar)), **naive_forecasts(known.scenario, row),
                "is_used": row.source in known.used,
            }  # fmt: skip


def _scores(row: Observation, paths: Floats) -> dict[str, Any]:
    bands = dict(zip(QUANTILES, map(float, np.quantile(paths, list(QUANTILES.values()))), strict=True))
    return {
        **bands, "in_50": is_covered(paths, row.value, 0.5), "in_90": is_covered(paths, row.value, 0.9),
        "range_meets": meets_band(*reported_range(row), bands["p05"], bands["p95"]),
        "pinball": mean_pinball(paths, row.value), "crps": crps(paths, row.value),
    }  # fmt: skip


def _length(scenario: Scenario, row: Observation, calendar: Calendar) -> float:
    """Return how many of the report's unit of time the period of a flow holds; 1 for what is no flow."""
    if not is_flow(row.measure):
        return 1.0
    return float(calendar.share_of(per_of(scenario, row))[calendar.index(row.date)])


def _paths(result: Result) -> pl.DataFrame:
    """Return the paths of the series of reported figures: the columns of `KEYS`, `period` and `value`."""
    told = {series_key(row) for row in result.scenario.observations}
    watched = pl.LazyFrame(sorted(told), schema=dict.fromkeys(KEYS, pl.String), orient="row")
    texts = [pl.col(name).cast(pl.String) for name in LABELS if name not in KEYS]
    frame = result.trajectory_values.filter(*(text == "" for text in texts))
    labelled = frame.select(*(pl.col(name).cast(pl.String) for name in KEYS), "period", "value")
    return labelled.join(watched, on=KEYS, how="semi").collect()


def _by_series(paths: pl.DataFrame, periods: set[int]) -> dict[tuple[Any, ...], Floats]:
    found = paths.filter(pl.col("period").is_in(sorted(periods)))
    return {key: own["value"].to_numpy().astype(np.float64) for key, own in found.group_by(*KEYS, "period")}


def _bands(paths: pl.DataFrame) -> pl.DataFrame:
    quantiles = [pl.col("value").quantile(level, "linear").alias(name) for name, level in QUANTILES.items()]
    found = paths.group_by(*KEYS, "period").agg(*quantiles).sort(*KEYS, "period")
    return found.with_columns(pl.lit("").alias(name) for name in LABELS if name not in KEYS)


def _saved(found: Backtest, folder: Path) -> Backtest:
    about = {
        "known_at": str(found.known.date), "until": str(found.until), "realised_share": found.realised_share,
        "seed": found.result.provenance.seed, "paths": found.result.provenance.paths,
        "doubts": len(found.doubts), "input_hash": found.result.provenance.input_hash,
    }  # fmt: skip
    tables = {"points": found.points, "series": found.rows, "not_known": found.known.table()}
    (folder / "doubts.csv").unlink(missing_ok=True)  # of the same study done before
    if found.doubts:
        tables["doubts"] = doubts_table(found.doubts, found.kept)
    save_study(folder, KIND, about, tables)
    shutil.rmtree(folder / "scenario", ignore_errors=True)
    write(found.known.scenario, folder / "scenario")
    return replace(found, folder=folder)
