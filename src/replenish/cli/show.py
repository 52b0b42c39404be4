"""What commands print, and how they wait."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from replenish.errors import Problem, ScenarioError, UsageError
from replenish.interrupts import stopping

if TYPE_CHECKING:
    import polars as pl

    from replenish.result import Result

STOPPED = 5
"""Exit status of a run that the user stopped."""


def version_line() -> str:
    """Return the version of the package."""
    from importlib.metadata import version

    return f"replenish {version('replenish')}"


def is_sound(found: Sequence[Problem]) -> bool:
    """Return whether there are warnings at most."""
    return all(problem.severity != "error" for problem in found)


def problems(found: Sequence[Problem], folder: Path, *, as_json: bool, defaults: pl.DataFrame | None = None) -> None:
    """Print findings as a table for people or as JSON for programs, and the default values in use if given."""
    if as_json:
        rows = None if defaults is None else defaults.to_dicts()
        content = {"problems": [problem._asdict() for problem in found]} | ({} if rows is None else {"defaults": rows})
        print(json.dumps(content, indent=2))
        return
    _print_problems(found, folder)
    if defaults is not None:
        _print_table(f"{len(defaults)} default values in use", defaults.columns, map(list, defaults.iter_rows()))


def _print_problems(found: Sequence[Problem], folder: Path) -> None:
    errors = sum(problem.severity == "error" for problem in found)
    if found:
        _print_table("", ("where", "what is wrong, and what to do"), map(_cells, found))
    print(f"{folder}: {_counted(errors, 'error')}, {_counted(len(found) - errors, 'warning')}")


def _cells(problem: Problem) -> list[str]:
    """Return a finding as two cells, so that its place is never cut in a narrow terminal."""
    found = f" (found: {_shown(problem.value)})" if problem.value and problem.value not in problem.message else ""
    what = f"{problem.severity}: {problem.message}{found}"
    return [problem.where, f"{what}\n→ {problem.remedy or 'mend it'}  [{problem.rule}]"]


def _counted(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"


def _shown(value: str, most: int = 40) -> str:
    return value if len(value) <= most else value[: most - 1] + "…"


def _print_table(title: str, head: Sequence[str], rows: Iterator[list[str]]) -> None:
    """Print a table as wide as the terminal; text from files is printed as it is, never as markup."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title or None, show_lines=True)
    for name in head:
        table.add_column(name, overflow="fold", min_width=len(name))
    for row in rows:
        table.add_row(*(Text(str(cell)) for cell in row))
    is_wide_known = sys.stdout.isatty() or "COLUMNS" in os.environ
    Console(width=None if is_wide_known else 120).print(table)


def carry_out(command: Literal["simulate", "run"], name: str | None, *, progress: bool, **options: Any) -> int:
    """Simulate with a progress bar and say where the run is; print the findings if the scenario is not sound."""
    from replenish import api
    from replenish.scenario import case_names, examine
    from replenish.simulation import parse_target
    from replenish.study.assembling import asking

    resume, until = options["resume"], options.pop("until")
    folder = _folder(name, resume)
    found, scenario = examine(folder, asking(options.pop("known_at", None)))
    if found:
        _print_problems(found, folder)
    if scenario is None:
        return ScenarioError.exit_code
    options["target"] = parse_target(until) if until else None
    options["out"] = options["out"] or resume or api.new_folder(folder)
    done, asked = _progress_of(resume)
    total = options["paths"] or asked or scenario.settings.simulation.paths
    if options.get("cases"):
        total += len(case_names(scenario)) * total
    if options.get("plan"):
        total += options["paths"] or asked or scenario.settings.simulation.paths
    with _bar(done, total, is_shown=progress) as advance, stopping("the blocks of paths that have begun") as stop:
        result = getattr(api, command)(scenario, progress=advance, stop=stop, **options)
    return _print_end(result, command)


def _folder(name: str | None, resume: Path | None) -> Path:
    """Return the folder of the scenario: as named, or that of the run to go on with."""
    from replenish.result import load_result
    from replenish.scenario.examples import find_scenario

    if name is not None:
        return find_scenario(name)
    if resume is None:
        raise UsageError("nothing to simulate: name a scenario, or a run to go on with by --resume")
    return (load_result(resume).folder or resume) / "scenario"


def _progress_of(resume: Path | None) -> tuple[int, int]:
    """Return the number of paths that a run has and was asked for; zeros for no run."""
    from replenish.result import load_result

    if resume is None:
        return 0, 0
    before = load_result(resume).provenance
    return before.paths, max(before.asked, before.paths)


def _print_end(result: Result, command: str) -> int:
    """Say what was done and where it is; return the exit status."""
    provenance = result.provenance
    print(f"{provenance.paths:,} paths in {provenance.seconds:.1f} s, seed {provenance.seed}")
    print(f"kept    {provenance.collected}")
    if provenance.ended in ("target reached", "target not reached"):
        print(f"{provenance.ended} after {provenance.paths:,} paths: {provenance.target}")
    print(f"run     {result.folder}")
    if result.folder is not None and (page := result.folder / "report.html").exists():
        print(f"report  {page}")
    if result.folder is not None and (book := result.folder / "report.xlsx").exists():
        print(f"numbers {book}")
    if provenance.ended != "stopped":
        return 0
    print(
        f"stopped after {provenance.paths:,} of {provenance.asked:,} paths; continue with:"
        f" replenish {command} --resume {result.folder} --paths {provenance.asked}"
    )
    return STOPPED


@contextmanager
def _bar(done: int, paths: int, *, is_shown: bool) -> Iterator[Callable[[int], None]]:
    """Show a progress bar on the error stream, where it does not mix with results."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not is_shown or not console.is_terminal) as bar:
        task = bar.add_task("preparing (the first run compiles, about a minute)", total=paths, completed=done)

        def advance(count: int) -> None:
            bar.update(task, advance=count, description="simulating")

        yield advance


def doctor() -> int:
    """Try each part that a run needs; return 1 if one does not work."""
    from replenish.simulation import versions

    print(version_line())
    for name, number in versions().items():
        print(f"  {name} {number}")
    print(f"  processors {os.cpu_count()}")
    trials = {
        "tiny run": _try_run,
        "tiny plan over stages": _try_stages,
        "spares of a small fleet": _try_spares,
        "pictures": _try_picture,
        "writing here": _try_writing,
    }
    return max([_report_trial(name, trial) for name, trial in trials.items()])


def _report_trial(name: str, trial: Callable[[], None]) -> int:
    try:
        trial()
    except Exception as error:
        print(f"  {name}: does not work: {type(error).__name__}: {error}")
        return 1
    print(f"  {name}: works")
    return 0


def _try_run() -> None:
    from replenish.scenario.examples import read_scenario
    from replenish.simulation import simulate

    simulate(read_scenario("blank"), paths=32)


def _try_stages() -> None:
    from replenish.multistage import Iterations, train
    from replenish.multistage.problems import get

    train(get("hydro-2").build(), iterations=2, stopping=Iterations(2))


def _try_spares() -> None:
    from replenish.arrays.sustainment import to_network
    from replenish.scenario.examples import read_scenario
    from replenish.sustain.evaluation import evaluate
    from replenish.sustain.events import simulate_network
    from replenish.sustain.frontier import optimise
    from replenish.sustain.surge import surge_curves

    network, _ = to_network(read_scenario("air_rescue"))
    evaluate(network).law(0, 0)
    optimise(network)
    simulate_network(network, years=1.0, warm_up_years=0.0, histories=2)
    surge_curves(network, [0.0])


def _try_picture() -> None:
    import vl_convert

    points = {"data": {"values": [{"x": 1}]}, "mark": "point", "encoding": {"x": {"field": "x"}}}
    vl_convert.vegalite_to_svg(points)


def _try_writing() -> None:
    with tempfile.NamedTemporaryFile(dir="."):
        pass
