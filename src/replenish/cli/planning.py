"""Commands that plan, each a thin door to a function of the same name."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import App, Parameter, validators

Positive = validators.Number(gte=1)
Share = validators.Number(gte=0, lte=1)


def register(app: App) -> None:
    """Add the commands of this module to the command line."""
    app.command(plan)


def plan(
    scenario: Annotated[str, Parameter(help="folder or workbook of the scenario, or the name of an example")],
    *,
    method: Annotated[
        Literal["auto", "deterministic", "extensive", "sddp"] | None, Parameter(help="how; that of [plan] if not given")
    ] = None,
    stage_periods: Annotated[
        int | None, Parameter(help="periods in one stage; chosen by size if not given", validator=Positive)
    ] = None,
    whole: Annotated[
        bool | None, Parameter(help="whole expansions, and rates of zero or at least the minimum (deterministic only)")
    ] = None,
    risk_weight: Annotated[float | None, Parameter(help="weight of the worst costs", validator=Share)] = None,
    iterations: Annotated[int | None, Parameter(help="most iterations of training", validator=Positive)] = None,
    minutes: Annotated[
        float | None, Parameter(help="most time for training", validator=validators.Number(gt=0))
    ] = None,
    seeds: Annotated[
        int | None,
        Parameter(
            help="plans by sddp, each with the next seed and the same limits of time and iterations, so that it"
            " takes as many times as long: how far first decisions depend on the seed",
            validator=Positive,
        ),
    ] = None,
    out: Annotated[Path | None, Parameter(help="folder of the plan; a new one under runs/ if not given")] = None,
    progress: Annotated[bool, Parameter(name="--progress", help="show the iterations")] = True,
) -> int:
    """Find what to order, produce, build, release and ship now, and what a unit of everything is worth.

    Options not given are those under [plan] of scenario.toml. Ctrl-C ends training and keeps what was learned. See it
    on simulated futures beside the scenario's own policies with: `replenish run SCENARIO --plan FOLDER`
    """
    from replenish.cli import planned

    options: dict[str, Any] = {
        "method": method, "stage_periods": stage_periods, "whole": whole, "risk_weight": risk_weight,
        "iterations": iterations, "minutes": minutes, "seeds": seeds,
    }  # fmt: skip
    return planned.plan(scenario, options, out=out, is_shown=progress)
