"""What the commands on a ledger do and print."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Iterable
from pathlib import Path

from replenish import ledger
from replenish.cli.ledger_options import When
from replenish.errors import SolveError, TableError, UsageError
from replenish.errors import without_signs as plain
from replenish.ledger.citing import all_documents
from replenish.ledger.database import to_shown
from replenish.ledger.kinds import to_kind
from replenish.ledger.moments import parse_moment
from replenish.report.numbers import DASH

Asked = tuple[str, str, str | None]
"""Item, holder, kind; empty: all."""
MOST_ROWS = 200
"""Findings on a table that are printed."""


def new(place: str, *, example: bool, author: str | None) -> None:
    """Make a ledger and say what it holds."""
    made = ledger.new_ledger(place, example=example, author=author_of(author))
    statements, documents = len(ledger.find_known(made)), len(all_documents(made))
    print(f"{plain(to_shown(place))}: made, {statements} statements, {documents} documents")


def import_table(place: str, table: Path, *, correct: str, author: str | None) -> int:
    """Record a table and say what was done, or print everything wrong with it; return the exit status."""
    try:
        done = ledger.import_table(open_ledger(place), table, author=author_of(author), correct=correct)
    except TableError as error:
        for problem in error.problems[:MOST_ROWS]:
            print(f"{problem.severity}: {plain(str(problem))}", file=sys.stderr)
        if len(error.problems) > MOST_ROWS:
            print(f"... {len(error.problems) - MOST_ROWS} more", file=sys.stderr)
        print("replenish: nothing was recorded", file=sys.stderr)
        return TableError.exit_code
    for problem in done.problems[:5]:
        print(f"{problem.severity}: {plain(str(problem))}", file=sys.stderr)
    if done.entry is None and not done.skipped:
        print(f"warning: {plain(table.name)}: has no rows below its header; nothing was recorded", file=sys.stderr)
    number = f"entry {done.entry.number}" if done.entry else "nothing new"
    print(
        f"{number}: {len(done.statements)} statements, {done.corrections} of them corrections, {len(done.documents)}"
        f" documents, {len(done.passages)} passages; {done.skipped} rows skipped"
    )
    return 0


def correct(place: str, name: str, changes: Iterable[str], *, reason: str, author: str | None) -> int:
    """Record a correction and print its id; return the exit status."""
    pairs = [change.partition("=") for change in changes]
    if wrong := next((column for column, sign, _ in pairs if not sign), None):
        raise UsageError(f"{wrong}: write COLUMN=VALUE")
    values = {column: value for column, _, value in pairs}
    made, entry = ledger.correct(open_ledger(place), name, values, reason=reason, author=author_of(author))
    print(plain(f"entry {entry.number}: {made.id} corrects {made.supersedes}"))
    return 0


def verify(place: str) -> int:
    """Print what is not as it was recorded; return the exit status."""
    opened = open_ledger(place)
    faults, entries = opened.verify(), opened.entries()
    for fault in faults:
        print(plain(f"entry {fault.entry}: {fault.where} {fault.what}"), file=sys.stderr)
    if faults:
        return SolveError.exit_code
    rows, last = sum(entry.rows for entry in entries), entries[-1].hash if entries else DASH
    print(f"{len(entries)} entries, {rows} rows, all as recorded; last hash {last}")
    return 0


def export(table: Path, asked: Asked, when: When, *, with_corrected: bool) -> None:
    """Write statements as a table."""
    opened, as_of, which = open_ledger(when.place), to_as_of(when), to_which(asked)
    if with_corrected and (which != ledger.Which() or as_of != ledger.AsOf()):
        raise UsageError("--corrected writes every row that was ever recorded: leave out what limits them")
    known = None if with_corrected else [one.statement for one in ledger.find_known(opened, which, as_of)]
    print(plain(str(ledger.export_table(opened, table, known))))


def open_ledger(place: str) -> ledger.Ledger:
    """Return the ledger of a place."""
    return ledger.Ledger.open(place)


def to_which(asked: Asked) -> ledger.Which:
    """Return which statements are asked for."""
    item, holder, kind = asked
    return ledger.Which(item=item, holder=holder, kind=to_kind(kind) if kind else None)


def to_as_of(when: When) -> ledger.AsOf:
    """Return as of when is asked.

    Raises:
        UsageError: a moment of recording cannot be read.
    """
    return ledger.AsOf(
        known_at=when.known_at, recorded_by=parse_moment(when.recorded_by), admit_undated_days=when.admit_undated
    )


def author_of(name: str | None) -> str:
    """Return who records: as given, or the user of this computer."""
    if name is not None:
        return name
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""
