"""Scenarios that come with the package."""

from __future__ import annotations

import shutil
from pathlib import Path

from replenish.errors import UsageError
from replenish.scenario.io import load, making
from replenish.scenario.model import Scenario

EXAMPLES = Path(__file__).parent.parent / "examples"


def examples() -> list[str]:
    """Return the names of the examples."""
    return sorted(path.parent.name for path in EXAMPLES.glob("*/scenario.toml"))


def find_scenario(name: Path | str) -> Path:
    """Return the folder of a scenario: a folder, or the name of an example.

    Raises:
        UsageError: there is neither.
    """
    if (path := Path(name)).exists():
        return path
    if str(name) in examples():
        return EXAMPLES / str(name)
    raise UsageError(f"{name}: no such folder, and no example of that name; the examples are {', '.join(examples())}")


def read_scenario(source: Scenario | Path | str) -> Scenario:
    """Return a scenario given as such, as a folder, or by the name of an example."""
    return source if isinstance(source, Scenario) else load(find_scenario(source))


def copy_example(example: str, folder: Path | str) -> Path:
    """Write an example as a new folder, to be edited, and return the folder.

    Raises:
        UsageError: there is no such example, or the folder is not empty.
    """
    if example not in examples():
        raise UsageError(f"{example}: no such example; there are {', '.join(examples())}")
    with making(folder) as partial:
        shutil.copytree(EXAMPLES / example, partial, copy_function=shutil.copyfile)  # comments and all
    return Path(folder)
