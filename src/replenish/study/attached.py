"""Studies that a saved run carries, so that its report can show them.

They are what each case changes, a sensitivity study, what delays cost, and what would have to be true for targets.

Tables of `Result.studies`: `cases` has the columns of `compare.Comparison.differences`, A being the run and B a case by
its name; `case_inputs` those of `Comparison.inputs`; `tornado` those of `tornado.Tornado.rows` with the `number` that
changes, its unit `number_unit`, its value `base` and the number of `paths`; `delays` those of
`delay_costs.DelayCosts.rows` with the `days`, `whose` delays they are, and `all` paths of a run; `targets` those of
`reaching.Reach.rows` with the `wish` in words, the probability `wanted`, that of `today` with its interval, and the
number of `paths`; a target that is met has one row with an empty `lever`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import polars as pl

from replenish.result import Result, save_studies
from replenish.scenario import apply_case, case_names
from replenish.scenario.model import Scenario
from replenish.study.compare import compared
from replenish.study.coupled import simulate
from replenish.study.delay_costs import read_delay_costs
from replenish.study.reaching import read_reach
from replenish.study.sides import Side
from replenish.study.spares import read_spare_study
from replenish.study.tornado import Tornado, read_tornado

RUN = "as it is"


def attach_cases(
    result: Result,
    *,
    workers: int | None = None,
    progress: Callable[[int], None] = lambda _: None,
    stop: threading.Event | None = None,
    sustain: bool = True,
) -> Result:
    """Simulate every case of a saved run's scenario on the draws of the run, and return the run with what changes.

    Once `stop` is set, the run is returned as it is.  Without `sustain`, fleets limit no issues.
    """
    names = case_names(result.scenario)
    if not names or result.scalars.is_empty():
        return result
    run = result.provenance
    sides, results = [Side(RUN, result.scenario, result)], [result]
    for name in names:
        if stop is not None and stop.is_set():
            return result
        changed = apply_case(result.scenario, name)
        lean = _lean(changed)
        sides.append(Side(name, changed))
        results.append(
            simulate(lean, paths=run.paths, seed=run.seed, workers=workers, progress=progress, sustain=sustain)
        )
    found = compared(sides, results)
    return save_studies(result, {"cases": found.differences, "case_inputs": found.inputs})


def attach_tornado(result: Result, folder: Path | str) -> Result:
    """Return a saved run with the sensitivity study that `folder` holds.

    Raises:
        UsageError: there is no such study, or it is of another scenario.
    """
    return save_studies(result, {"tornado": to_table(read_tornado(folder, result.scenario))})


def attach_delays(result: Result, folder: Path | str) -> Result:
    """Return a saved run with the study of delays that `folder` holds.

    Raises:
        UsageError: there is no such study, or it is of another scenario.
    """
    found = read_delay_costs(folder, result.scenario)
    about = {"days": found.days, "whose": found.holder, "all": found.paths}
    return save_studies(
        result, {"delays": found.rows.with_columns(**{name: pl.lit(value) for name, value in about.items()})}
    )


def attach_target(result: Result, folder: Path | str) -> Result:
    """Return a saved run with the study of a target that `folder` holds, beside those of other targets.

    Raises:
        UsageError: there is no such study, or it is of another scenario.
    """
    found = read_reach(folder, result.scenario)
    rows = found.rows if len(found.rows) else pl.DataFrame([{"lever": "", "outcome": "met"}], schema=found.rows.schema)
    about = {
        "wish": str(found.wish), "wanted": found.wish.probability, "today": found.today.probability,
        "today_low": found.today.low, "today_high": found.today.high, "paths": found.paths,
    }  # fmt: skip
    table = rows.with_columns(**{name: pl.lit(value) for name, value in about.items()})
    before = result.studies.get("targets", table.clear()).filter(pl.col("wish") != about["wish"])
    return save_studies(result, {"targets": pl.concat([before, table])})


def attach_spares(result: Result, folder: Path | str) -> Result:
    """Return a saved run with the study of spares and repair that `folder` holds.

    Raises:
        UsageError: there is no such study, or it is of another scenario.
    """
    return save_studies(result, read_spare_study(folder, result.scenario).tables)


def to_table(found: Tornado) -> pl.DataFrame:
    """Return a sensitivity study as one table."""
    about = {"number": found.measure, "number_unit": found.unit, "base": found.base, "paths": found.paths}
    return found.rows.with_columns(**{name: pl.lit(value) for name, value in about.items()})


def _lean(scenario: Scenario) -> Scenario:
    """Return a scenario that keeps of its paths what a comparison needs, and hardly any statistics."""
    kept = scenario.settings.collect.model_copy(update={"measures": ("fill_rate",), "trajectories": ()})
    settings = scenario.settings.model_copy(update={"collect": kept})
    return scenario.model_copy(update={"settings": settings})
