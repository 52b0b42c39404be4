"""Commands of studies on top of the simulation, each a thin door to a function of the same name."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import App, Parameter, validators

if TYPE_CHECKING:
    from replenish.study.wishes import Wish

Positive = validators.Number(gte=1)
Side = Annotated[str, Parameter(help="folder of a scenario, example, SCENARIO:case, or folder of a saved run")]
Paths = Annotated[int | None, Parameter(help="number of paths; the scenario's if not given", validator=Positive)]
Seed = Annotated[
    int | None,
    Parameter(help="seed of all draws; the scenario's if not given", validator=validators.Number(gte=0, lt=2**32)),
]
Workers = Annotated[int | None, Parameter(help="threads; one per processor if not given", validator=Positive)]
Out = Annotated[Path | None, Parameter(help="folder for the tables; a new one under runs/ if not given")]
Shown = Annotated[bool, Parameter(name="--progress", help="show a progress bar")]
PartOf = Annotated[int, Parameter(help="rows to print", validator=Positive)]


def register(app: App) -> None:
    """Add the commands of this module to the command line."""
    for command in (compare, tornado, delay, target, rare, requirement, explain):
        app.command(command)


def compare(
    first: Side,
    *others: Side,
    paths: Paths = None,
    seed: Seed = None,
    workers: Workers = None,
    out: Out = None,
    progress: Shown = True,
) -> None:
    """Compare scenarios, cases or runs with the first: what differs in the input, and in what comes of it.

    All meet the same draws, so that differences are by path. Example:
    `replenish compare artillery artillery:dig_to_zero --paths 1000`
    """
    from replenish.cli import studies

    studies.compare(
        first, *others, paths=paths, seed=seed, workers=workers, out=out, is_shown=progress
    )  # fmt: skip


def tornado(
    scenario: Side,
    *,
    measure: Annotated[str, Parameter(help="NAME, NAME/holder or NAME/holder/item of a number of the run")],
    paths: Annotated[int, Parameter(help="paths of each run", validator=Positive)] = 512,
    top: PartOf = 20,
    seed: Seed = None,
    out: Out = None,
    resume: Annotated[bool, Parameter(negative="", help="go on with the study in --out")] = False,
    progress: Shown = True,
) -> int:
    """Rank the values that have a range in the evidence by how much a number depends on them.

    Each is run at its low and its high end with everything else as it is. Example:
    `replenish tornado artillery --measure fill_rate/ukraine --out runs/tornado`
    """
    from replenish.cli import studies

    return studies.tornado(
        scenario, measure=measure, paths=paths, top=top, seed=seed, out=out, is_resumed=resume, is_shown=progress,
    )  # fmt: skip


def delay(
    scenario: Side,
    *,
    days: Annotated[float, Parameter(help="how much longer each delay is [day]; negative: shorter")] = 30,
    holder: Annotated[str, Parameter(help="whose delays; everybody's if not given")] = "",
    paths: Paths = None,
    seed: Seed = None,
    workers: Workers = None,
    out: Out = None,
    progress: Shown = True,
) -> int:
    """Lengthen each delay by some days, all else as it is, and print what that costs.

    Delays are those of deciding, contracting, producing, building, shipping and funding, then all of them together.
    Example: `replenish delay artillery --days 30 --paths 1000`
    """
    from replenish.cli import reached

    return reached.delay(
        scenario, days=days, holder=holder, paths=paths, seed=seed, workers=workers, out=out, is_shown=progress
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Wished:
    """What should come true."""

    name: Annotated[str, Parameter(help="row of the table `targets`; or say what by the options below")] = ""
    what: Annotated[
        Literal["unmet", "shortfall", "late", "replenished", "spend"] | None, Parameter(help="which number it is about")
    ] = None
    holder: Annotated[str, Parameter(help="whose stock, need or money, or who promised")] = ""
    item: Annotated[str, Parameter(help="of which item")] = ""
    by: Annotated[dt.date | None, Parameter(help="last day that counts; the end of the horizon if not given")] = None
    at_most: Annotated[
        float | None, Parameter(help="share of the need, requirement or promise, or an amount of money")
    ] = None
    probability: Annotated[float, Parameter(help="share of the paths in which it should come true")] = 0.9


def target(
    scenario: Side,
    *,
    wished: Annotated[Wished | None, Parameter(name="*")] = None,
    paths: Paths = None,
    seed: Seed = None,
    workers: Workers = None,
    out: Out = None,
    progress: Shown = True,
) -> int:
    """Print how likely a target is, and for each single change the smallest that makes it likely enough.

    Example: `replenish target artillery --what unmet --holder ukraine --item round_155 --at-most 0.4`
    """
    from replenish.cli import reached

    return reached.target(
        scenario, to_wish(wished), paths=paths, seed=seed, workers=workers, out=out, is_shown=progress
    )


def to_wish(wished: Wished | None) -> Wish | str:
    """Return the target that options name: one of its own, or the name of a row.

    Raises:
        UsageError: they name both.
    """
    from replenish.errors import UsageError
    from replenish.study.wishes import Wish

    asked = wished or Wished()
    if asked.name and asked.what:
        raise UsageError("a row of the table and a target of your own are both named; leave out --name or --what")
    return Wish(**asdict(asked)) if asked.what else asked.name


def rare(
    scenario: Side,
    *,
    tilt: Annotated[list[str], Parameter(help="CHAIN:STATE=FACTOR; may be given several times")],
    paths: Paths = None,
    seed: Seed = None,
    out: Out = None,
    progress: Shown = True,
) -> None:
    """Estimate how likely rare stock-outs are by making states of chains more likely and weighting each path.

    Example: `replenish rare artillery --tilt contingency:alliance=3 --paths 10000`
    """
    from replenish.cli import studies

    studies.rare(scenario, tilts=tilt, paths=paths, seed=seed, out=out, is_shown=progress)


def requirement(
    source: Side,
    *,
    date: Annotated[dt.date | None, Parameter(help="day in a saved run; its last period if not given")] = None,
) -> None:
    """Print for each stock with a requirement what it lacks, the years until it is there, and the money a year.

    Example: `replenish requirement artillery`
    """
    from replenish.cli import studies

    studies.requirement(source, date=date)


@dataclass(frozen=True, slots=True, kw_only=True)
class Of:
    """What a number is of."""

    holder: Annotated[str | None, Parameter(help="whose; '' is the sum over all, here and below")] = None
    item: Annotated[str | None, Parameter(help="of which item")] = None
    purpose: Annotated[str | None, Parameter(help="of demand or of money")] = None
    line: Annotated[str | None, Parameter(help="made by which line")] = None
    to_holder: Annotated[str | None, Parameter(help="moved or promised to whom")] = None
    limit: Annotated[str | None, Parameter(help="what holds production back")] = None
    pledge: Annotated[str | None, Parameter(help="name and due date of a pledge")] = None
    chain: Annotated[str | None, Parameter(help="which chain")] = None
    state: Annotated[str | None, Parameter(help="which of its states")] = None


def explain(
    run: Annotated[Path, Parameter(help="folder of a saved run")],
    measure: Annotated[
        str,
        Parameter(
            help="NAME, NAME/holder or NAME/holder/item of a number of the run; of its plan: plan, plan/decisions,"
            " plan/NAME of a line or an expansion, value/holder/item"
        ),
    ],
    *,
    of: Annotated[Of | None, Parameter(name="*")] = None,
    date: Annotated[dt.date | None, Parameter(help="day in the period; the last, or that in which it matters")] = None,
    rows: Annotated[int, Parameter(help="cells of the scenario to print", validator=Positive)] = 15,
    format: Annotated[Literal["table", "json"], Parameter(help="how to print; json has all")] = "table",  # noqa: A002 - the option's name
) -> None:
    """Print why a number is what it is: its terms, what limits it, and the cells and sources behind it.

    Example: `replenish explain runs/artillery fill_rate --holder ukraine`
    """
    from replenish.cli import explained

    labels = {name: value for name, value in asdict(of or Of()).items() if value is not None}
    explained.explain(run, measure, labels, date=date, rows=rows, as_json=format == "json")
