"""Commands on spares and repair, each a thin door to a function of the same name."""

from __future__ import annotations

from typing import Annotated, Literal

from cyclopts import App, Parameter, validators

from replenish.cli.study import Out, Seed, Shown, Side, Workers

sustain = App(name="sustain", help="Judge, buy, simulate and check spares and repair for the fleets of a scenario.")

Method = Annotated[
    Literal["exact", "vari_metric", "metric"] | None,
    Parameter(help="law of units outstanding; that of [sustain] if not given"),
]
Years = Annotated[
    float | None,
    Parameter(
        help="length of each simulated history; that of [sustain] if not given", validator=validators.Number(gt=0)
    ),
]
Histories = Annotated[
    int | None,
    Parameter(help="simulated histories; those of [sustain] if not given", validator=validators.Number(gte=2)),
]


def register(app: App) -> None:
    """Add the commands of this module to the command line."""
    app.command(sustain)


@sustain.command
def evaluate(scenario: Side, *, method: Method = None, out: Out = None) -> int:
    """Judge the spares and servers that there are: systems in service, parts owed, busy servers, by formulas.

    Example: `replenish sustain evaluate air_rescue`
    """
    from replenish.cli import sustained

    return sustained.evaluate(scenario, method=method, out=out)


@sustain.command
def optimise(
    scenario: Side,
    *,
    budget: Annotated[
        float | None,
        Parameter(help="most money for what is added, with --anew for all; that of [sustain] if not given"),
    ] = None,
    target_availability: Annotated[
        float | None,
        Parameter(
            help="share of all systems that should be in service; that of [sustain] if not given",
            validator=validators.Number(gt=0, lt=1),
        ),
    ] = None,
    most_owed: Annotated[
        float | None,
        Parameter(help="stop where at most so many parts are owed to fleets", validator=validators.Number(gt=0)),
    ] = None,
    most_wait_days: Annotated[
        float | None, Parameter(help="stop at this mean wait of a fleet's request", validator=validators.Number(gt=0))
    ] = None,
    least_gain: Annotated[
        float | None,
        Parameter(help="stop where a unit of money gains less of the objective", validator=validators.Number(gt=0)),
    ] = None,
    objective: Annotated[
        Literal["availability", "backorders"] | None, Parameter(help="what is bought; that of [sustain] if not given")
    ] = None,
    anew: Annotated[
        bool,
        Parameter(negative="", help="as if no spares were held; else those that are held stay, and others are added"),
    ] = False,
    servers: Annotated[bool, Parameter(help="servers may be added too, up to their `most`")] = True,
    method: Method = None,
    years: Years = None,
    histories: Histories = None,
    seed: Seed = None,
    workers: Workers = None,
    out: Out = None,
    progress: Shown = True,
) -> int:
    """Find what to buy: the curve of cost against systems in service, the point at a budget or target, its simulation.

    With --anew and neither budget nor target it spends what the spares and servers of now are worth.
    Example: `replenish sustain optimise air_rescue --target-availability 0.9`
    """
    from replenish.cli import sustained

    until = sustained.to_stop(
        target_availability, most_owed=most_owed, most_wait_days=most_wait_days, least_gain=least_gain
    )
    return sustained.optimise(
        scenario, budget=budget, target=until, objective=objective, anew=anew,
        servers=servers, method=method, years=years, histories=histories, seed=seed, workers=workers, out=out,
        is_shown=progress,
    )  # fmt: skip


@sustain.command
def simulate(
    scenario: Side,
    *,
    years: Years = None,
    histories: Histories = None,
    seed: Seed = None,
    workers: Workers = None,
    out: Out = None,
    progress: Shown = True,
) -> int:
    """Simulate the spares and servers that there are, event by event, and print systems in service and parts owed.

    Example: `replenish sustain simulate air_rescue --histories 100`
    """
    from replenish.cli import sustained

    return sustained.simulate(
        scenario, years=years, histories=histories, seed=seed, workers=workers, out=out, is_shown=progress
    )  # fmt: skip


@sustain.command
def check(
    scenario: Side,
    *,
    method: Method = None,
    years: Years = None,
    histories: Histories = None,
    seed: Seed = None,
    workers: Workers = None,
    out: Out = None,
    progress: Shown = True,
) -> int:
    """Print formulas beside simulation for the spares and servers that there are; exit 4 if an exact law is wrong.

    Example: `replenish sustain check air_rescue`
    """
    from replenish.cli import sustained

    return sustained.check(
        scenario, method=method, years=years, histories=histories, seed=seed, workers=workers, out=out,
        is_shown=progress,
    )  # fmt: skip
