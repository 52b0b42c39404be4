"""Studies on a plan that a saved run carries, so that its report can show them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from replenish.errors import UsageError
from replenish.result import Result, save_studies
from replenish.result.plan_tables import PLAN_TABLES
from replenish.scenario import input_hash
from replenish.study import frontier, information, plan_delays
from replenish.study.saving import read_about, read_table


def attach_frontier(result: Result, folder: Path | str) -> Result:
    """Return a saved run with the frontier that `folder` holds; the point of its own policies, if any, stays.

    Raises:
        UsageError: there is no such study, or it is of another scenario.
    """
    _, table = _read(result, folder, "frontier", "frontier", frontier.SCHEMA)
    columns = list(PLAN_TABLES["frontier"])
    before = result.studies.get("frontier", table.clear().select(columns))
    own = before.filter(pl.col("need_multiplier").is_null()).select(columns)
    return save_studies(result, {"frontier": pl.concat([table.select(columns), own])})


def attach_plan_delays(result: Result, folder: Path | str) -> Result:
    """Return a saved run with the study of delays under plans that `folder` holds.

    Raises:
        UsageError: there is no such study, or it is of another scenario.
    """
    _, table = _read(result, folder, "plan-delay", "plan_delays", plan_delays.SCHEMA)
    return save_studies(result, {"plan_delays": table.select(list(PLAN_TABLES["plan_delays"]))})


def attach_information(result: Result, folder: Path | str) -> Result:
    """Return a saved run with the study of information that `folder` holds.

    Raises:
        UsageError: there is no such study, or it is of another scenario.
    """
    _, table = _read(result, folder, "information", "information", information.SCHEMA)
    known = table.filter(pl.col("value").is_not_null())
    return save_studies(result, {"plan_information": known.select(list(PLAN_TABLES["plan_information"]))})


def _read(
    result: Result, folder: Path | str, kind: str, name: str, schema: dict[str, Any]
) -> tuple[dict[str, Any], pl.DataFrame]:
    """Return what a saved study says of itself, and its table.

    Raises:
        UsageError: there is no such study, or it is of another scenario.
    """
    path = Path(folder)
    about, file = read_about(path), path / f"{name}.csv"
    if about.get("kind") != kind or not file.is_file():
        raise UsageError(f"{path}: holds no {kind} study; `replenish {kind} SCENARIO` makes one")
    if about.get("input_hash") != input_hash(result.scenario):
        raise UsageError(f"{path}: is a study of another scenario; run `replenish {kind}` on the folder of the run")
    try:
        return about, read_table(file, schema)
    except (ValueError, pl.exceptions.PolarsError) as error:
        raise UsageError(f"{path}: cannot be read ({error}); run the study again") from error
