"""Commands of studies on top of a plan, each a thin door to a function of the same name."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter, validators

from replenish.cli.study import Out, Paths, Seed, Shown, Side, Wished, Workers

Positive = validators.Number(gte=1)
Plan = Annotated[str, Parameter(help="folder of a saved plan; or a scenario, which is then planned first")]
Stages = Annotated[
    int | None, Parameter(help="periods of a stage; as the settings say if not given", validator=Positive)
]
Item = Annotated[str, Parameter(help="whose need and reserves are counted; all items if not given")]


def register(app: App) -> None:
    """Add the commands of this module to the command line."""
    for command in (frontier, plan_delay, information, price, replan):
        app.command(command)


def frontier(
    scenario: Side,
    *,
    steps: Annotated[int, Parameter(help="multipliers of each price", validator=validators.Number(gte=2))] = 5,
    goal: Annotated[
        list[Literal["need", "reserve", "money"]] | None,
        Parameter(negative="", help="two or three goals; those that the scenario has if not given"),
    ] = None,
    spread: Annotated[float, Parameter(help="prices go so many times down and up")] = 100.0,
    item: Item = "",
    stage_periods: Stages = None,
    out: Out = None,
    progress: Shown = True,
) -> int:
    """Print what unmet need, short reserves and money cost each other under the best plans on mean paths.

    Example: `replenish frontier artillery --steps 5 --out runs/frontier`
    """
    from replenish.cli import weighed

    return weighed.frontier(
        scenario, steps=steps, goals=goal, spread=spread, item=item, stage_periods=stage_periods, out=out,
        is_shown=progress,
    )  # fmt: skip


def plan_delay(
    scenario: Side,
    *,
    days: Annotated[float, Parameter(help="how much longer each delay is [day]; negative: shorter")] = 30,
    holder: Annotated[str, Parameter(help="whose delays; everybody's if not given")] = "",
    item: Item = "",
    as_is: Annotated[
        Path | None, Parameter(help="folder of a study by `replenish delay` of the same days, to stand beside")
    ] = None,
    stage_periods: Stages = None,
    out: Out = None,
    progress: Shown = True,
) -> int:
    """Lengthen each delay by some days, plan anew, and print what that costs a planner who knows of it.

    Plans are the best on mean paths; they adapt to the delay. Example: `replenish plan-delay artillery --days 30`
    """
    from replenish.cli import weighed

    return weighed.plan_delay(
        scenario, days=days, holder=holder, item=item, as_is=as_is, stage_periods=stage_periods, out=out,
        is_shown=progress,
    )  # fmt: skip


def information(
    plan: Plan,
    *,
    paths: Paths = None,
    futures: Annotated[int, Parameter(help="futures planned in hindsight", validator=validators.Number(gte=2))] = 60,
    seed: Seed = None,
    workers: Workers = None,
    out: Out = None,
    progress: Shown = True,
) -> int:
    """Print what it is worth to weigh chance in a plan, and what it would be worth to know the future.

    Example: `replenish information artillery --paths 400`
    """
    from replenish.cli import weighed

    return weighed.information(
        plan, paths=paths, futures=futures, seed=seed, workers=workers, out=out, is_shown=progress
    )  # fmt: skip


def price(
    scenario: Side,
    wished: Annotated[Wished | None, Parameter(name="*")] = None,
    *,
    most: Annotated[float, Parameter(help="largest multiplier of the price that is tried")] = 1000.0,
    trials: Annotated[int, Parameter(help="plans made at most", validator=validators.Number(gte=2))] = 8,
    paths: Paths = None,
    seed: Seed = None,
    out: Out = None,
    progress: Shown = True,
) -> int:
    """Find the smallest price of what a target is about at which a plan makes it likely enough.

    Example: `replenish price artillery --what unmet --holder ukraine --item round_155 --at-most 0.4`
    """
    from replenish.cli import weighed
    from replenish.cli.study import to_wish

    return weighed.price(
        scenario, to_wish(wished), most=most, trials=trials, paths=paths, seed=seed, out=out, is_shown=progress
    )  # fmt: skip


def replan(
    plan: Annotated[Path, Parameter(help="folder of a saved plan")],
    scenario: Side,
    *,
    fresh: Annotated[bool, Parameter(help="make a plan afresh as well, to stand beside")] = True,
    out: Out = None,
) -> int:
    """Print what a saved plan decides from later data of the same structure, beside a plan made afresh.

    Example: `replenish replan plans/june studies/july`
    """
    from replenish.cli import weighed

    return weighed.replan(plan, scenario, is_fresh=fresh, out=out)
