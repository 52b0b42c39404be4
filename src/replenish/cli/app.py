"""Every command, each a thin door to a function of the same name."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import App, CoercionError, CycloptsError, Parameter, validators

from replenish.cli import hindsight, ledgers, planning, show, study, sustaining, weighing, workbooks

if TYPE_CHECKING:
    from rich.panel import Panel


def told(error: CycloptsError) -> Panel:
    """Return a misuse as it is printed; of what should be a day it says how one is written."""
    from cyclopts.panel import CycloptsPanel

    if isinstance(error, CoercionError) and error.target_type is dt.date and error.token is not None:
        error.msg = f"`{error.token.value}` is no day; write a day as 2023-12-31"
    return CycloptsPanel(error)


app = App(
    name="replenish",
    help="Plan critical stockpiles for the long haul: check a scenario, simulate it, read the report.",
    help_epilogue="An error ends in one line; --debug shows where it came from.",
    version=show.version_line,
    help_format="markdown",
    suppress_keyboard_interrupt=False,  # main says what was kept
    error_formatter=told,
)

Positive = validators.Number(gte=1)
Scenario = Annotated[str, Parameter(help="folder or workbook of the scenario, or the name of an example")]
Named = Annotated[
    str | None,
    Parameter(help="folder or workbook of the scenario, or name of an example; that of the run if --resume is given"),
]
Paths = Annotated[int | None, Parameter(help="number of paths; the scenario's if not given", validator=Positive)]
Seed = Annotated[
    int | None,
    Parameter(help="seed of all draws; the scenario's if not given", validator=validators.Number(gte=0, lt=2**32)),
]
Workers = Annotated[
    int | None,
    Parameter(help="threads; one per processor if not given (results do not depend on it)", validator=Positive),
]
Out = Annotated[
    Path | None, Parameter(help="folder of the run; a new one under runs/, or that of --resume, if not given")
]
Resume = Annotated[
    Path | None, Parameter(help="folder of a saved run to go on with, without simulating its paths again")
]
Until = Annotated[
    str | None,
    Parameter(
        help="MEASURE[/HOLDER[/ITEM]]=SE: end when the standard error of this number is at most SE; looked at after"
        " 1,024, 2,048, 4,096, ... paths"
    ),
]
Uncoupled = Annotated[
    bool,
    Parameter(negative="", help="leave fleets out: by default those that name an item limit what is issued of it"),
]
KnownAt = Annotated[
    dt.date | None,
    Parameter(help="cells that ask a ledger get what was known at this day; what is known now if not given"),
]
Quiet = Annotated[bool, Parameter(name="--progress", help="show a progress bar")]


@app.command
def new(
    name: Annotated[Path, Parameter(help="folder to make, or workbook if it ends in .xlsx")],
    *,
    from_: Annotated[
        str, Parameter(name="--from", help="example to copy: air_rescue, antivirals, artillery, blank or petroleum")
    ] = "blank",
) -> None:
    """Make a scenario folder or workbook from an example, to be edited."""
    from replenish.scenario.examples import copy_example, read_scenario

    made = copy_example(from_, name)
    where = "scenario.toml and tables/*.csv" if made.is_dir() else "its sheets, from `start` on"
    scenario = read_scenario(from_)
    command = "sustain evaluate" if scenario.fleets and not scenario.stocks else "run"
    print(f"{made}: made from {from_}. Edit {where}, then: replenish {command} {made}")


@app.command
def check(
    scenario: Scenario,
    *,
    format: Annotated[Literal["table", "json"], Parameter(help="how to print")] = "table",  # noqa: A002 - the option's name
    defaults: Annotated[bool, Parameter(negative="", help="list the default values in use as well")] = False,
    known_at: KnownAt = None,
    annotate: Annotated[
        Path | None,
        Parameter(negative="", help="marked copy of a wrong workbook; STUDY.checked.xlsx if not given"),
    ] = None,
    no_annotate: Annotated[bool, Parameter(negative="", help="write no marked copy")] = False,
) -> int:
    """Report everything that is wrong with a scenario, in one pass.

    Of a workbook with findings a copy is written in which every wrong cell is marked and explained.
    """
    from replenish.errors import ScenarioError
    from replenish.scenario import defaults_used, examine
    from replenish.scenario.examples import find_scenario
    from replenish.study.assembling import asking

    folder = find_scenario(scenario)
    problems, found = examine(folder, asking(known_at))
    used = defaults_used(found) if defaults and found is not None else None
    show.problems(problems, folder, as_json=format == "json", defaults=used)
    workbooks.annotate(problems, folder, annotate, is_wanted=not no_annotate)
    return 0 if show.is_sound(problems) else ScenarioError.exit_code


@app.command
def simulate(
    scenario: Named = None,
    *,
    paths: Paths = None,
    seed: Seed = None,
    workers: Workers = None,
    out: Out = None,
    resume: Resume = None,
    until: Until = None,
    known_at: KnownAt = None,
    uncoupled: Uncoupled = False,
    progress: Quiet = True,
) -> int:
    """Check and simulate a scenario, and save the run."""
    options = {
        "paths": paths,
        "seed": seed,
        "workers": workers,
        "out": out,
        "resume": resume,
        "until": until,
        "known_at": known_at,
    }
    options |= {"sustain": not uncoupled}
    return show.carry_out("simulate", scenario, progress=progress, **options)


@app.command
def run(
    scenario: Named = None,
    *,
    paths: Paths = None,
    seed: Seed = None,
    workers: Workers = None,
    out: Out = None,
    resume: Resume = None,
    until: Until = None,
    known_at: KnownAt = None,
    uncoupled: Uncoupled = False,
    cases: Annotated[bool, Parameter(help="simulate the cases of the scenario as well")] = True,
    plan: Annotated[
        Path | None, Parameter(help="folder of a saved plan of this scenario, to simulate on the same futures as well")
    ] = None,
    progress: Quiet = True,
) -> int:
    """Check and simulate a scenario and its cases, save the run and write its report."""
    options = {
        "paths": paths,
        "seed": seed,
        "workers": workers,
        "out": out,
        "resume": resume,
        "until": until,
        "known_at": known_at,
    }
    options |= {"cases": cases, "plan": plan, "sustain": not uncoupled}
    return show.carry_out("run", scenario, progress=progress, **options)


@app.command
def report(
    run: Annotated[Path, Parameter(help="folder of a saved run")],
    *,
    out: Annotated[Path | None, Parameter(help="file to write; report.html in the run if not given")] = None,
    tornado: Annotated[Path | None, Parameter(help="folder of a sensitivity study to show in it from now on")] = None,
    delay: Annotated[Path | None, Parameter(help="folder of a study of delays, likewise")] = None,
    target: Annotated[Path | None, Parameter(help="folder of a study of a target, likewise, beside others")] = None,
    frontier: Annotated[Path | None, Parameter(help="folder of a frontier, likewise")] = None,
    plan_delay: Annotated[Path | None, Parameter(help="folder of a study of delays under plans, likewise")] = None,
    information: Annotated[Path | None, Parameter(help="folder of a study of information, likewise")] = None,
    sustain: Annotated[Path | None, Parameter(help="folder of a study of spares and repair, likewise")] = None,
) -> None:
    """Write the report of a saved run again, and its workbook of numbers unless another file is named."""
    from replenish.report import write_report
    from replenish.report.workbook import write_book
    from replenish.result import load_result
    from replenish.study.attached import attach_delays, attach_spares, attach_target, attach_tornado
    from replenish.study.attached_to_plan import attach_frontier, attach_information, attach_plan_delays

    result = load_result(run)
    for attach, folder in (
        (attach_tornado, tornado), (attach_delays, delay), (attach_target, target), (attach_frontier, frontier),
        (attach_plan_delays, plan_delay), (attach_information, information), (attach_spares, sustain),
    ):  # fmt: skip
        if folder is not None:
            result = attach(result, folder)
    print(write_report(result, out or run / "report.html"))
    if out is None:
        print(write_book(result, run / "report.xlsx"))


@app.command
def schema(*, out: Annotated[Path | None, Parameter(help="file to write; printed if not given")] = None) -> None:
    """Print the JSON Schema of a scenario: settings and the rows of every table."""
    import json

    from replenish.scenario import schema as scenario_schema

    text = json.dumps(scenario_schema(), indent=2) + "\n"
    if out is None:
        sys.stdout.write(text)
    else:
        out.write_text(text, encoding="utf-8")


@app.command
def completion(
    shell: Annotated[Literal["bash", "zsh", "fish", "powershell"], Parameter(help="shell to complete in")],
) -> None:
    """Print the script by which a shell completes commands and options.

    Put it where the shell looks for such scripts; for bash a file `replenish` in
    `~/.local/share/bash-completion/completions`. Example: `replenish completion bash`
    """
    print(app.generate_completion(prog_name="replenish", shell=shell))


@app.command
def doctor() -> int:
    """Check that this installation works: versions, compiled code, pictures, a tiny run."""
    return show.doctor()


hindsight.register(app)
ledgers.register(app)
planning.register(app)
study.register(app)
sustaining.register(app)
weighing.register(app)
workbooks.register(app)
