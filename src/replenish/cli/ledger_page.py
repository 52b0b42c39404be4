"""What `replenish ledger report` does and prints."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from replenish.cli.ledger_options import When
from replenish.cli.ledgered import Asked, to_as_of, to_which
from replenish.errors import UsageError, without_signs
from replenish.ledger import Ledger
from replenish.report.recorded import write_ledger_page


def report(asked: Asked, when: When, *, since: dt.date | None, out: Path) -> None:
    """Write the page of a ledger and print its name."""
    if not out.parent.is_dir():
        raise UsageError(f"{out.parent}: there is no such folder; make it or name another file by --out")
    if out.is_dir():
        raise UsageError(f"{out} is a folder; name a file by --out")
    page = write_ledger_page(Ledger.open(when.place), out, to_which(asked), to_as_of(when), since=since)
    print(without_signs(str(page)))
