"""What a study takes: a scenario, its folder, an example, a case of any of these, or a saved run."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from replenish.result import Result, is_run, load_result
from replenish.scenario import Scenario, apply_case
from replenish.scenario.examples import examples
from replenish.study.assembling import read_scenario

Source = Result | Scenario | Path | str


@dataclass(frozen=True, slots=True)
class Side:
    """A scenario with the name under which it was asked for, and its run where there is one."""

    name: str
    scenario: Scenario
    result: Result | None = None


def find_sides(sources: Iterable[Source]) -> list[Side]:
    """Return what each of `sources` names, as `find_side` does; a scenario with several cases is read once."""
    read = cache(_base)
    return [find_side(source, read) for source in sources]


def find_side(source: Source, read: Callable[[str], Scenario] | None = None) -> Side:
    """Return what `source` names; `SCENARIO:case` is a case of a scenario, taken from `read` if given.

    Raises:
        UsageError: there is no such folder, example or case.
        ScenarioError: the scenario, or its case, is not sound.
    """
    if isinstance(source, Result):
        return Side(source.scenario.settings.title, source.scenario, source)
    if isinstance(source, Scenario):
        return Side(source.settings.title, source)
    name, path = str(source), Path(source)
    if is_run(path):
        result = load_result(path)
        return Side(name, result.scenario, result)
    folder, colon, case = name.rpartition(":")
    if colon and not path.exists():
        return Side(name, apply_case((read or _base)(folder), case))
    return Side(name, read_scenario(source))


def find_scenario_of(source: Source) -> Scenario:
    """Return the scenario that `source` names; of a run, the one that was run."""
    return find_side(source).scenario


def short_name(source: Source) -> str:
    """Return a name for a folder: the last part of a path, with its case."""
    text = "study" if isinstance(source, Result | Scenario) else Path(source).name
    return text.replace(":", "-")


def _base(name: str) -> Scenario:
    if name not in examples() and is_run(Path(name)):
        return load_result(name).scenario
    return read_scenario(name)
