"""Scenarios that come with the package."""

from __future__ import annotations

import shutil
from pathlib import Path

from replenish.errors import UsageError
from replenish.scenario.asked import Opener
from replenish.scenario.io import load, making
from replenish.scenario.model import Scenario
from replenish.scenario.workbook.layout import is_workbook

EXAMPLES = Path(__file__).parent.parent / "examples"


def examples() -> list[str]:
    """Return the names of the examples."""
    return sorted(path.parent.name for path in EXAMPLES.glob("*/scenario.toml"))


def find_scenario(name: Path | str) -> Path:
    """Return where a scenario is: a folder, a workbook, or the name of an example.

    Raises:
        UsageError: there is neither.
    """
    if (path := Path(name)).exists():
        return path
    if str(name) in examples():
        return EXAMPLES / str(name)
    raise UsageError(
        f"{name}: no such folder or workbook, and no example of that name; the examples are {', '.join(examples())}"
    )


def read_scenario(source: Scenario | Path | str, ledger: Opener | None = None) -> Scenario:
    """Return a scenario given as such, as a folder or workbook, or by the name of an example.

    `ledger` opens the ledger that cells may ask.
    """
    return source if isinstance(source, Scenario) else load(find_scenario(source), ledger)


def copy_example(example: str, folder: Path | str) -> Path:
    """Write an example as a new folder, or as a workbook if the name ends in .xlsx, and return its path.

    Raises:
        UsageError: there is no such example, the folder is not empty, or the workbook exists.
    """
    if example not in examples():
        raise UsageError(f"{example}: no such example; there are {', '.join(examples())}")
    if is_workbook(folder):
        from replenish.scenario.workbook.write import write_workbook  # loads the writer only where it is needed

        return write_workbook(load(EXAMPLES / example), folder)
    with making(folder) as partial:
        shutil.copytree(EXAMPLES / example, partial, copy_function=shutil.copyfile)  # comments and all
    return Path(folder)
