"""What the commands on a ledger do and print."""

from __future__ import annotations

import datetime as dt
import getpass
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from replenish import ledger
from replenish.cli.studies import print_table, short
from replenish.errors import SolveError, TableError, UsageError
from replenish.errors import without_signs as plain
from replenish.ledger.ask.picking import span
from replenish.ledger.database import to_shown
from replenish.ledger.exporting import all_documents
from replenish.ledger.importing.rules import LATER_CORRECTION
from replenish.ledger.kinds import Kind
from replenish.report.numbers import DASH, percent

Asked = tuple[str, str, Kind | None]
When = tuple[dt.date | None, str, int | None]
MOST_SERIES, MOST_ROWS = 20, 200
"""Series and rows that are printed; `export` writes all."""
LONGEST = 200
"""Longest change of words that is printed in full [character]."""


def new(place: str, *, example: bool, author: str | None) -> None:
    """Make a ledger and say what it holds."""
    made = ledger.new_ledger(place, example=example, author=_author(author))
    print(f"{plain(to_shown(place))}: made, {sum(entry.rows for entry in made.entries())} rows")


def add(place: str, files: Sequence[Path], *, published: dt.date | None, address: str, author: str | None) -> int:
    """Record documents and print what became of each; return the exit status."""
    if not files:
        raise UsageError("name a file to add")
    found = ledger.add_files(_open(place), files, author=_author(author), published=published, address=address)
    for one in found:
        if one.document is None:
            print(f"replenish: {plain(one.refused)}", file=sys.stderr)
            continue
        day = one.document.published
        print(plain(f"{one.path}: {one.document.named()} {one.document.title} ({day or 'undated'})"))
        for note in one.notes:
            print(f"  {plain(note)}")
        if day is None and one.dates:
            maybe = ", ".join(f"{date.day} ({date.words})" for date in one.dates[:3])
            print(plain(f"  not dated; perhaps {maybe}: add it again with --published DATE"))
        for repeat in one.repeats:
            print(f"  one source with another: {plain(str(repeat))}")
        for change in one.changes:
            own, other, before = map(_brief, (change.own, change.other, change.before))
            print(f"  was `{own}`, is `{other}`, after `{before}`")
    return UsageError.exit_code if any(one.document is None for one in found) else 0


def passages(place: str, document: str, accept: Sequence[int], *, author: str | None) -> None:
    """Print proposed passages of a document, or record those that are accepted."""
    if accept:
        for one in ledger.accept_passages(_open(place), document, accept, author=_author(author)):
            print(plain(f"{one.named()}: {one.words}"))
        return
    found = ledger.passages(_open(place), document)
    print_table(f"{len(found)} passages to look at", ("", "who", "words", "figures"), (
        (str(number), plain(one.passage.speaker) or DASH, plain(one.passage.words),
         plain("; ".join(f"{figure.kind or 'figure'}: {figure.quantity.words}" for figure in one.figures)) or DASH)
        for number, one in enumerate(found, 1)
    ))  # fmt: skip
    if found:
        print("record some of them with --accept NUMBER; statements in a table name them by id under `passage`")


def import_table(place: str, table: Path, *, correct: str, author: str | None) -> int:
    """Record a table and say what was done, or print everything wrong with it; return the exit status."""
    try:
        done = ledger.import_table(_open(place), table, author=_author(author), correct=correct)
    except TableError as error:
        for problem in error.problems[:MOST_ROWS]:
            print(f"{problem.severity}: {plain(str(problem))}", file=sys.stderr)
        if len(error.problems) > MOST_ROWS:
            print(f"... {len(error.problems) - MOST_ROWS} more", file=sys.stderr)
        print("replenish: nothing was recorded", file=sys.stderr)
        return TableError.exit_code
    for problem in done.problems[:5]:
        print(f"{problem.severity}: {plain(str(problem))}", file=sys.stderr)
    number = f"entry {done.entry.number}" if done.entry else "nothing new"
    print(
        f"{number}: {len(done.statements)} statements, {done.corrections} of them corrections, {len(done.documents)}"
        f" documents; {done.skipped} rows skipped"
    )
    return 0


def show(place: str, asked: Asked, when: When, *, valid: dt.date | None) -> None:
    """Print what is known."""
    opened, as_of = _open(place), _as_of(when)
    found, documents = ledger.show(opened, _which(asked), as_of, valid=valid), all_documents(opened)
    for answer in found[:MOST_SERIES]:
        roles = {one.statement.id: "differs" for one in answer.rivals}
        roles |= {one.statement.id: "agrees" for one in answer.agreeing}
        roles |= {answer.picked.statement.id: "picked"} if answer.picked else {}
        statements = [one.statement for one in answer.history]
        print_table(plain(str(answer.series)), ("", *HEAD), (
            (roles.get(one.id, ""), *_cells(one, documents)) for one in statements[-MOST_ROWS:]
        ))  # fmt: skip
    if len(found) > MOST_SERIES:
        print(f"... {len(found) - MOST_SERIES} series more; name an item, a holder or a kind")
    if not found:
        print(f"nothing is {as_of}")
    if any(answer.rivals for answer in found):
        print(f"picked: {ledger.RULE}")
    admitted = [name for answer in found for name in answer.admitted]
    if admitted:
        print(f"undated, admitted by the rule: {plain(', '.join(admitted))}")
    print(f"answer  {ledger.answer_hash(found)} ({as_of})")


def diff(place: str, asked: Asked, known: tuple[dt.date, dt.date], recorded: Sequence[str], admit: int | None) -> None:
    """Print what is known at one of two days only."""
    opened = _open(place)
    first, second = (_as_of((day, moment, admit)) for day, moment in zip(known, recorded, strict=True))
    found, documents = ledger.differences(opened, first, second, _which(asked)), all_documents(opened)
    print_table(f"{first} (-) and {second} (+)", ("", "series", *HEAD[:-1], "why"), (
        ("+" if one.is_new else "-", plain(f"{one.statement.kind} {one.statement.holder} {one.statement.item}"),
         *_cells(one.statement, documents)[:-1], plain(one.reason))
        for one in found[:MOST_ROWS]
    ))  # fmt: skip
    print(f"{len(found)} differ" + (f", {MOST_ROWS} of them printed" if len(found) > MOST_ROWS else ""))


def conflicts(place: str, asked: Asked, when: When, *, valid: dt.date | None) -> None:
    """Print conflicts and sums that fall."""
    opened, as_of, which = _open(place), _as_of(when), _which(asked)
    documents = all_documents(opened)
    for conflict in ledger.conflicts(opened, which, as_of, valid=valid):
        print_table(plain(str(conflict.series)), ("", *HEAD, "sources"), (
            ("picked" if place == 0 else "", *_cells(one, documents), str(sources))
            for place, (one, sources) in enumerate(zip(conflict.statements, conflict.sources, strict=True))
        ))  # fmt: skip
    for fall in ledger.falls(opened, which, as_of):
        print(plain(
            f"falls: {fall.series}: {_figure(fall.earlier)} at {fall.earlier.valid_to} ({fall.earlier.id}),"
            f" {_figure(fall.later)} at {fall.later.valid_to} ({fall.later.id})"
        ))  # fmt: skip
    print(f"picked: {ledger.RULE}")


def pledges(place: str, asked: Asked, when: When) -> None:
    """Print pledges beside deliveries."""
    head = ("pledge", "holder", "item", "pledged", "unit", "due", "delivered by then", "share", "last delivery")
    print_table("What was promised and what arrived; never added to each other", head, (
        (plain(line.pledge.id), plain(line.pledge.holder), plain(line.pledge.item), _figure(line.pledge),
         plain(line.pledge.unit), str(line.due or "not named"), _told(line.by_due),
         DASH if line.share is None else percent(line.share), _told(line.latest))
        for line in ledger.pledges(_open(place), _which(asked), _as_of(when))
    ))  # fmt: skip


def counts(place: str, asked: Asked, when: When, *, on: dt.date | None) -> None:
    """Print the days since each count."""
    day = on or when[0] or dt.datetime.now(dt.UTC).date()
    print_table(f"Days since the last count, to {day}", ("stock", "days", "counted", "figure", "unit", "id"), (
        (plain(f"{line.statement.holder} {line.statement.item}"), DASH if line.days is None else str(line.days),
         str(line.statement.valid_to or DASH), _figure(line.statement), plain(line.statement.unit),
         plain(line.statement.id))
        for line in ledger.counts(_open(place), _which(asked), _as_of(when), on=day)
    ))  # fmt: skip


def sources(place: str, asked: Asked, when: When) -> None:
    """Print citations."""
    found = ledger.sources(_open(place), _which(asked), _as_of(when))
    for one in found:
        same = f" [one source with {one.origin}]" if one.origin != one.document.id else ""
        print(plain(f"{one.document.id}: {one} ({one.statements}){same}"))
    print(f"{len(found)} documents, {len({one.origin for one in found})} independent")


def correct(place: str, name: str, changes: Iterable[str], *, reason: str, author: str | None) -> int:
    """Record a correction and print its id; return the exit status."""
    pairs = [change.partition("=") for change in changes]
    if wrong := next((column for column, sign, _ in pairs if not sign), None):
        raise UsageError(f"{wrong}: write COLUMN=VALUE")
    values = {column: value for column, _, value in pairs}
    made, entry = ledger.correct(_open(place), name, values, reason=reason, author=_author(author))
    print(plain(f"entry {entry.number}: {made.id} corrects {made.supersedes}"))
    if "published" in values:
        print(f"note: as known before its own date, the corrected row still counts; {LATER_CORRECTION.remedy}")
    return 0


def verify(place: str) -> int:
    """Print what is not as it was recorded; return the exit status."""
    opened = _open(place)
    faults, entries = opened.verify(), opened.entries()
    for fault in faults:
        print(plain(f"entry {fault.entry}: {fault.where} {fault.what}"), file=sys.stderr)
    if faults:
        return SolveError.exit_code
    rows, last = sum(entry.rows for entry in entries), entries[-1].hash if entries else DASH
    print(f"{len(entries)} entries, {rows} rows, all as recorded; last hash {last}")
    return 0


def export(place: str, table: Path, asked: Asked, when: When) -> None:
    """Write statements as a table."""
    opened, as_of, which = _open(place), _as_of(when), _which(asked)
    is_all = which == ledger.Which() and as_of == ledger.AsOf()
    known = None if is_all else [one.statement for one in ledger.find_known(opened, which, as_of)]
    print(plain(str(ledger.export_table(opened, table, known))))


HEAD = ("figure", "for", "published", "grade", "said", "id", "source")


def _cells(one: ledger.Statement, documents: dict[str, ledger.Document]) -> tuple[str, ...]:
    document = documents.get(one.document)
    return (
        _figure(one), _days(one), str(one.published or "undated"), one.grade, one.directness, plain(one.id),
        plain(document.title if document else DASH),
    )  # fmt: skip


def _figure(one: ledger.Statement) -> str:
    """Return what a statement says, without its unit."""
    ends = (one.low, one.high)
    if one.best is None:
        if None not in ends:
            return f"{short(one.low)} to {short(one.high)}"
        return (
            DASH
            if ends == (None, None)
            else f"at least {short(one.low)}"
            if one.high is None
            else f"at most {short(one.high)}"
        )
    return short(one.best) + (f" ({short(one.low)} to {short(one.high)})" if ends != (None, None) else "")


def _days(one: ledger.Statement) -> str:
    if one.valid_from is None:
        return DASH
    precision = "" if one.valid_precision == "day" else f" ({one.valid_precision})"
    end = "no day named" if one.valid_to is None else str(one.valid_to)
    return end + precision if one.valid_to == one.valid_from else f"{one.valid_from} to {end}{precision}"


def _told(one: ledger.Statement | None) -> str:
    return DASH if one is None else plain(f"{_figure(one)} {one.unit}, {span(one)[1]} ({one.id})")


def _open(place: str) -> ledger.Ledger:
    return ledger.Ledger.open(place)


def _which(asked: Asked) -> ledger.Which:
    item, holder, kind = asked
    return ledger.Which(item=item, holder=holder, kind=kind)


def _as_of(when: When) -> ledger.AsOf:
    known_at, recorded_by, admit = when
    moment: dt.date | None = None
    if recorded_by:
        try:
            is_day = re.fullmatch(r"\d{4}-\d{2}-\d{2}", recorded_by)
            moment = dt.date.fromisoformat(recorded_by) if is_day else _moment(recorded_by)
        except (ValueError, OverflowError) as error:
            raise UsageError(f"{recorded_by}: write a day as 2024-12-31 or a moment as 2024-12-31T18:00") from error
    return ledger.AsOf(known_at=known_at, recorded_by=moment, admit_undated_days=admit)


def _moment(text: str) -> dt.datetime:
    """Return a moment in UTC; one without a zone is of UTC."""
    found = dt.datetime.fromisoformat(text)
    return found.replace(tzinfo=dt.UTC) if found.tzinfo is None else found.astimezone(dt.UTC)


def _author(name: str | None) -> str:
    if name is not None:
        return name
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""


def _brief(text: str) -> str:
    """Return a text in one line, shortened."""
    line = " ".join(plain(text).split())
    return line if len(line) <= LONGEST else f"{line[:LONGEST]}..."
