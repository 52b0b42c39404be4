"""A new ledger, empty or with the facts of an example."""

from __future__ import annotations

from pathlib import Path

from replenish.errors import UsageError
from replenish.ledger.importing.imports import import_table
from replenish.ledger.store import Ledger

EXAMPLES = Path(__file__).parent.parent / "examples"
STATEMENTS = "statements.csv"


def example_table() -> Path:
    """Return the table of the example ledger: public figures on 155 mm ammunition with their addresses."""
    return EXAMPLES / "ledger" / STATEMENTS


def new_ledger(place: str | Path, *, example: bool = False, author: str = "") -> Ledger:
    """Make a ledger in a file or at a URL, with the facts of the example if wished, and return it.

    Raises:
        UsageError: there is one already, or no folder to hold the file.
    """
    if "://" not in str(place):
        if Path(place).exists():
            raise UsageError(f"{place} exists; give another name")
        if not (folder := Path(place).parent).is_dir():
            raise UsageError(f"{folder}: there is no such folder; make it, or name a file in another one")
    made = Ledger.open(place, create=True)
    if made.entries():
        raise UsageError("there is a ledger already; give another name")
    if example:
        import_table(made, example_table(), author=author, purpose="facts of the example")
    return made
