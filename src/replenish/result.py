"""A finished run: tables with labels, the scenario it came from, and what is needed to repeat it."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from replenish.periods import Calendar
from replenish.scenario.model import Scenario

QUANTILES = (0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95)
"""Levels that are kept of every series; their columns are p05, p10, ..."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A finished run.

    series: one row per measure, thing and period: `measure`, `unit`, the label columns of `measures.LABELS`, `period`,
        `date` (first day), `mean`, `standard_error`, the quantile columns, `minimum`, `maximum`, `positive_share`
        (share of paths in which it is above zero).
    dates: one row per date measure, holder, item and period with the number of `paths`; `period` is null for paths in
        which it never comes, and `applies` says among how many paths.
    summary: one row per headline number: `measure`, labels, `value`, `standard_error`, `unit`, `formula`.
    """

    scenario: Scenario
    calendar: Calendar
    series: pl.DataFrame
    dates: pl.DataFrame
    summary: pl.DataFrame
    provenance: Provenance
