"""`scenario.toml`: what holds for the whole study."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from replenish.units import Per


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def _of(unit: str) -> dict[str, JsonValue]:
    """Return how a setting declares its unit."""
    return {"unit": unit}


class Time(_Section):
    """The horizon and its periods."""

    start: dt.date = Field(description="first day of the first period")
    end: dt.date = Field(description="a day in the last period")
    period: Per = Field("month", description="step of time")
    review_interval: int = Field(
        1, ge=1, description="decisions are taken every so many periods", json_schema_extra={"unit": "period"}
    )


class Money(_Section):
    """Currency and discounting."""

    currency: str = Field("EUR", description="currency of all results, and of rows that name none")
    price_year: int | None = Field(None, description="year of the prices", json_schema_extra=_of("year"))
    discount_rate: float = Field(
        0.0,
        ge=0,
        le=1,
        description="yearly discount rate of cost sums",
        json_schema_extra={"unit": "share/year"},
    )


class Simulation(_Section):
    """How much is simulated."""

    paths: int = Field(1000, ge=1, le=100_000_000, description="number of paths", json_schema_extra=_of("path"))
    seed: int = Field(1, ge=0, lt=2**32, description="seed of all random draws")


class Collect(_Section):
    """What is kept of a run."""

    measures: tuple[str, ...] = Field((), description="names of measures; empty: all")
    holders: tuple[str, ...] = Field((), description="holders or groups; empty: all")
    items: tuple[str, ...] = Field((), description="items; empty: all")
    every: int = Field(
        0,
        ge=0,
        description="statistics are kept of every so many periods and the last; 0: by size",
        json_schema_extra={"unit": "period"},
    )
    scalars: tuple[str, ...] = Field((), description="measures kept of each path at the end; empty: the main ones")
    trajectories: tuple[str, ...] = Field((), description="measures of which every path is kept in every period")
    trajectory_paths: int = Field(
        0,
        ge=0,
        description="trajectories are kept of the first so many paths; 0: all",
        json_schema_extra={"unit": "path"},
    )


class ReportSettings(_Section):
    """What the first screen of the report is about."""

    item: str = Field("", description="the item that matters most; empty: the first with demand")
    recipient: str = Field("", description="the holder whose need matters most; empty: the one with the largest demand")
    reviewed: Literal["draft", "reviewed"] = Field("draft", description="state of the study")


class PlanSettings(_Section):
    """How the plan is computed."""

    method: Literal["auto", "deterministic", "extensive", "sddp"] = Field(
        "auto",
        description="deterministic: mean paths; extensive: a small tree as one programme; sddp: nodes and samples;"
        " auto: by size",
    )
    stage_periods: int | None = Field(
        None, ge=1, description="periods in one stage; empty: chosen by size", json_schema_extra=_of("period")
    )
    chains: tuple[str, ...] = Field(
        (), description="chains whose states the plan tells apart as nodes; empty: chosen by size"
    )
    outcomes: int = Field(
        4, ge=1, description="outcomes of random demand in each node", json_schema_extra=_of("outcome")
    )
    whole: bool = Field(
        False,
        description="whether expansions are built whole or not at all, and a line makes nothing or at least its minimum"
        " (deterministic only)",
    )
    risk_weight: float = Field(
        0.0,
        ge=0,
        le=1,
        description="weight of the mean of the worst costs; the rest of one weighs the mean of all",
        json_schema_extra=_of("share"),
    )
    risk_tail: float = Field(
        0.1, gt=0, le=1, description="share of outcomes that are the worst", json_schema_extra=_of("share")
    )
    iterations: int = Field(300, ge=1, description="most iterations of sddp", json_schema_extra=_of("iteration"))
    minutes: float = Field(10.0, gt=0, description="most time for computing", json_schema_extra=_of("minute"))
    seeds: int = Field(
        1,
        ge=1,
        description="plans that are made by sddp, each with the next seed and the same limits, to see how far first"
        " decisions depend on it",
        json_schema_extra=_of("seed"),
    )


class SustainSettings(_Section):
    """How spares and repair are judged, bought and checked."""

    method: Literal["exact", "vari_metric", "metric"] = Field(
        "exact",
        description="law of units outstanding: exact where the model allows it; vari_metric: two moments; metric: the"
        " mean alone, for comparison",
    )
    objective: Literal["availability", "backorders"] = Field(
        "availability", description="what an optimum raises, or lowers, per unit of money"
    )
    budget: float | None = Field(
        None, ge=0, description="an optimum spends at most so much; empty: no limit", json_schema_extra=_of("currency")
    )
    target_availability: float | None = Field(
        None, gt=0, lt=1, description="an optimum reaches this share of systems in service; empty: none",
        json_schema_extra=_of("share"),
    )  # fmt: skip
    years: float = Field(
        20.0, gt=0, description="length of each simulated history, after its warm-up", json_schema_extra=_of("year")
    )
    warm_up_years: float | None = Field(
        None, ge=0, description="left out of the beginning of each history; empty: as long as queues take to settle",
        json_schema_extra=_of("year"),
    )  # fmt: skip
    histories: int = Field(
        32, ge=2, le=1_000_000, description="number of simulated histories", json_schema_extra=_of("path")
    )


class LedgerSettings(_Section):
    """The ledger that cells of the tables may ask."""

    place: str = Field(
        "",
        description="file of the ledger, from the scenario folder on and inside the folder that holds it (of a"
        " workbook: inside its own folder), or a postgresql: address that REPLENISH_LEDGER names too; empty: none",
    )
    admit_undated_days: int | None = Field(
        None, ge=0, description="a statement without date of publication is taken as known so many days after the day"
        " that it is for, where a past date is asked; empty: never", json_schema_extra=_of("day"),
    )  # fmt: skip
    known_at: dt.date | None = Field(
        None, description="cells get what was known at this day, unless a command names another; empty: at any time"
    )
    recorded_by: str = Field(
        "", description="cells get what was recorded by the end of this day, or by this moment (UTC), such as"
        " 2024-12-31T18:00; empty: by now.  A saved run holds the moment of the last entry that it could see"
    )  # fmt: skip


class Settings(_Section):
    """The whole of `scenario.toml`."""

    title: str = Field(description="title of the study")
    description: str = Field("", description="what the study is about, in a few sentences")
    notes: tuple[str, ...] = Field((), description="remarks that the report prints")
    time: Time
    money: Money = Money()
    simulation: Simulation = Simulation()
    collect: Collect = Collect()
    report: ReportSettings = ReportSettings()
    plan: PlanSettings = PlanSettings()
    sustain: SustainSettings = SustainSettings()
    ledger: LedgerSettings = LedgerSettings()
