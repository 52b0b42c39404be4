"""A process that records into a ledger: `python -m tests.ledger.importer PLACE NAME ENTRIES ROWS [HALT]`.

It says the id of the first row of each entry once that is recorded.  At HALT, a number of INSERT or COPY commands, it
says `halted` and does nothing more until it is killed.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from sqlalchemy import event

from replenish.ledger.store import Ledger
from tests.ledger.statements import said

ROOT = Path(__file__).resolve().parents[2]


def start(place: str, name: str, *, entries: int, rows: int, halt: int = 0) -> subprocess.Popen[str]:
    """Return a process that records entries of some rows each."""
    words = [sys.executable, "-m", "tests.ledger.importer", place, name, str(entries), str(rows), str(halt)]
    return subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def _halt_at(ledger: Ledger, number: int) -> None:
    commands = iter(range(1, number + 1))

    def after(_: Any, __: Any, command: str, *___: Any) -> None:
        if command.startswith(("INSERT", "COPY")) and next(commands) == number:
            print("halted", flush=True)
            time.sleep(600)

    event.listen(ledger.engine, "after_cursor_execute", after)


def main() -> None:
    """Record."""
    place, name, entries, rows, halt = sys.argv[1:]
    ledger = Ledger.open(place, create=True)
    if halt != "0":
        with ledger.engine.connect() as connection:
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("PRAGMA cache_size = 10")  # so that much is in the file before the end
        _halt_at(ledger, int(halt))
    for entry in range(int(entries)):
        made = [said(row, on="2024-01-01", published=None, id=f"{name}-{entry}-{row}") for row in range(int(rows))]
        ledger.record(made, author=name, purpose="a test")
        print(f"{name}-{entry}-0", flush=True)


if __name__ == "__main__":
    main()
