"""The tables of the page, each of a stated length; `export` writes all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Final

from replenish.ledger import Answer, Conflict, Difference, PledgeLine, Source, Statement
from replenish.report.numbers import DASH, count, percent
from replenish.report.recorded import words
from replenish.report.recorded.book import Book
from replenish.report.recorded.dossier import said
from replenish.report.recorded.overview import share_at_last
from replenish.report.recorded.series import is_apart, why_not
from replenish.report.tables import Cell, Table, Tone, number

MOST_ROWS: Final = 300
"""Rows of a table."""

UNDATED: Final = ("Series", "Figure", "For", "Grade", "Source", "Id")


def to_cite(book: Book) -> Table:
    """Return what somebody else needs to get the same answer."""
    rows = [("As of", str(book.asked)), ("Hash of the answer", book.hash)]
    if book.entry:
        entry = book.entry
        rows += [
            ("Last entry", f"{entry.number}, recorded {entry.recorded_at} by {words.name(entry.author) or DASH}"),
            ("Hash of the last entry", entry.hash),
            ("The same again", _command(book, entry.recorded_at)),
        ]
    return Table("To cite this page", ("What", "Value"), [(Cell(name), Cell(text, "code")) for name, text in rows])


def _command(book: Book, recorded_at: str) -> str:
    """Return the command that prints the same hash whatever is recorded later."""
    which, asked = book.which, book.asked
    options = (
        ("", which.item), ("--holder ", which.holder), ("--kind ", which.kind or ""),
        ("--known-at ", str(asked.known_at or "")), ("--recorded-by ", recorded_at),
        ("--admit-undated ", "" if asked.admit_undated_days is None else str(asked.admit_undated_days)),
    )  # fmt: skip
    return " ".join(["replenish ledger show", *(f"{name}{_quoted(text)}" for name, text in options if text)])


def _quoted(text: str) -> str:
    """Return a word of a command; one of other signs than plain ones in quotes that no sign in it can end."""
    if all(sign.isalnum() or sign in "_-.:+" for sign in text):
        return text
    return "'" + words.harmless(text).replace("'", "'\\''") + "'"


def others(book: Book, answers: Sequence[Answer]) -> Table:
    """Return the series without a picture, those with most statements first."""
    ranked = sorted(answers, key=lambda answer: (-len(answer.history), answer.series))
    columns = ("Series", "Statements", "Picked", "For", "Grade", "Others differ", "Source")
    return _table("Series without a picture", columns, (_other(book, answer) for answer in ranked), len(ranked))


def _other(book: Book, answer: Answer) -> tuple[Cell, ...]:
    total, against = number(count(len(answer.history))), len(answer.rivals)
    name = Cell(words.about(answer.series))
    if answer.picked is None:
        return name, total, Cell("no figure"), Cell(DASH), Cell(DASH), Cell(DASH), Cell(DASH)
    own = said(book, answer.picked.statement)
    return (
        name, total, Cell(own.amount), Cell(own.days), Cell(answer.picked.statement.grade),
        Cell(count(against), "bad") if against else Cell(DASH), own.source,
    )  # fmt: skip


def conflicts(book: Book) -> Table:
    """Return figures for the same days that differ, the picked one first in each series."""
    columns = ("Series", "Figure", "", "Independent sources", "For", "Grade", "Published", "Source", "Id")
    rows = (row for line in book.conflicts for row in _conflict(book, line))
    total = sum(len(line.statements) for line in book.conflicts)
    return _table("The picked figure, then those that compete with it", columns, rows, total)


def _conflict(book: Book, line: Conflict) -> Iterable[tuple[Cell, ...]]:
    picked = line.statements[0]
    for place, (one, sources) in enumerate(zip(line.statements, line.sources, strict=True)):
        own = said(book, one)
        is_same = (one.low, one.best, one.high) == (picked.low, picked.best, picked.high)
        why, apart = why_not(picked, one), is_apart(picked, one)
        told = Cell(f"apart; {why}", "bad") if apart else Cell(f"differs; {why}")
        role = Cell("picked", "good") if not place else Cell("agrees") if is_same else told
        yield (
            Cell("" if place else words.about(line.series)),
            Cell(own.amount), role, number(count(sources)), Cell(own.days),
            Cell(f"{one.grade}, {one.directness}"), Cell(words.published(one)), own.source, Cell(own.id),
        )  # fmt: skip


def falls(book: Book) -> Table:
    """Return sums since some start that are smaller for a later day."""
    columns = ("Series", "Earlier", "For", "Id", "Later", "For", "Id")
    rows = ((Cell(words.about(fall.series)), *_end(fall.earlier), *_end(fall.later)) for fall in book.falls)
    return _table("Sums since some start that fall: one of the two cannot be right", columns, rows, len(book.falls))


def _end(one: Statement) -> tuple[Cell, ...]:
    return Cell(words.amount(one)), Cell(words.days(one)), Cell(words.name(one.id))


def pledges(book: Book) -> Table:
    """Return each pledge beside what was delivered; the two are never added."""
    columns = ("Holder", "Item", "Pledged", "Due", "Delivered by then", "Share", "Last delivery", "Share", "Source")
    rows = (_pledge(book, line) for line in book.pledges)
    return _table("What was promised and what arrived", columns, rows, len(book.pledges))


def _pledge(book: Book, line: PledgeLine) -> tuple[Cell, ...]:
    own, at_last = said(book, line.pledge), share_at_last(line)
    tone: Tone = "bad" if line.share is not None and line.share < 1 else "number"
    return (
        Cell(words.name(line.pledge.holder)), Cell(words.name(line.pledge.item)), Cell(own.amount),
        Cell(words.day(line.due) if line.due else "no day named"), _arrived(line.by_due),
        Cell(DASH if line.share is None else percent(line.share), tone), _arrived(line.latest),
        number(DASH if at_last is None else percent(at_last)), own.source,
    )  # fmt: skip


def _arrived(one: Statement | None) -> Cell:
    return Cell("nothing recorded") if one is None else Cell(f"{words.amount(one)}, {words.days(one)}")


def differences(book: Book) -> Table:
    """Return what is known now and was not on an earlier day, or the other way round, with the reasons."""
    columns = ("", "Series", "Figure", "For", "Why", "Source")
    rows = (_difference(book, one) for one in book.differences)
    return _table(f"What differs from what was known at {book.since}", columns, rows, len(book.differences))


def _difference(book: Book, one: Difference) -> tuple[Cell, ...]:
    own = said(book, one.statement)
    sign = Cell("new", "good") if one.is_new else Cell("gone", "bad")
    return (
        sign,
        Cell(words.about(one.statement)),
        Cell(own.amount),
        Cell(own.days),
        Cell(words.harmless(one.reason), "note"),
        own.source,
    )


def undated(book: Book, statements: Sequence[Statement], caption: str) -> Table:
    """Return statements without date of publication."""
    return _table(caption, UNDATED, (_undated(book, one) for one in statements), len(statements))


def _undated(book: Book, one: Statement) -> tuple[Cell, ...]:
    own = said(book, one)
    return Cell(words.about(one)), Cell(own.amount), Cell(own.days), Cell(one.grade), own.source, Cell(own.id)


def copies(book: Book) -> Table:
    """Return the documents that go back to another, each beside the one to which it goes back."""
    sizes = Counter(one.origin for one in book.sources)
    found = [one for one in book.sources if one.origin != one.document.id or sizes[one.origin] > 1]
    ranked = sorted(found, key=lambda one: (one.origin, one.origin != one.document.id, one.document.id))
    columns = ("Document", "Publisher", "Published", "One source with", "Statements")
    rows = (_copy(book, one) for one in ranked)
    return _table("Documents that repeat one another and count as one source", columns, rows, len(ranked))


def _copy(book: Book, one: Source) -> tuple[Cell, ...]:
    root = book.documents.get(one.origin)
    same = "the origin" if one.origin == one.document.id else words.source(root).text if root else one.origin
    return (
        words.source(one.document), Cell(words.name(one.document.publisher) or DASH),
        Cell(words.published(one.document)), Cell(words.harmless(same)), number(count(one.statements)),
    )  # fmt: skip


def sources(book: Book) -> Table:
    """Return the documents that statements come from, as they are cited, those with most statements first."""
    columns = ("Document", "Publisher", "Published", "Read", "Statements", "Id")
    ranked = sorted(book.sources, key=lambda one: (-one.statements, one.document.title, one.document.id))
    rows = (_source(one) for one in ranked)
    return _table("Documents, those with most statements first", columns, rows, len(ranked))


def _source(one: Source) -> tuple[Cell, ...]:
    own = one.document
    return (
        words.source(own), Cell(words.name(own.publisher) or DASH), Cell(words.published(own)),
        Cell(str(own.accessed or DASH)), number(count(one.statements)), Cell(words.name(own.id)),
    )  # fmt: skip


def _table(caption: str, columns: Sequence[str], rows: Iterable[Sequence[Cell]], total: int) -> Table:
    """Return a table of the first of so many rows; no more of them are made."""
    left = total - MOST_ROWS
    told = f"; {count(left)} more are left out, `replenish ledger export` writes all" if left > 0 else ""
    return Table(caption + told, columns, list(islice(rows, MOST_ROWS)))
