"""What the commands on documents of a ledger do and print."""

from __future__ import annotations

import datetime as dt
import shutil
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from replenish import ledger
from replenish.cli.ledgered import author_of, open_ledger
from replenish.errors import UsageError
from replenish.errors import without_signs as plain
from replenish.ledger.documents.repeats import RepeatSettings
from replenish.ledger.kinds import Precision
from replenish.ledger.proposing import chosen

if TYPE_CHECKING:
    from replenish.ledger.documents.proposals.propose import Figure, Proposal
    from replenish.ledger.documents.proposals.quantities import Quantity

LONGEST = 200
"""Longest change of words that is printed in full [character]."""

WIDEST = 100
"""Widest text that is printed, on a wider screen too [character]."""


class Given(NamedTuple):
    """What a person says of one file that is added."""

    title: str
    publisher: str
    address: str
    published: str


def add(place: str, files: Sequence[Path], given: Given, *, thresholds: tuple[float, int], author: str | None) -> int:
    """Record documents and print what became of each; return the exit status."""
    if not files:
        raise UsageError("name a file to add")
    least_containment, least_run = thresholds
    settings = RepeatSettings(least_containment=least_containment, least_run=least_run)
    found = ledger.add_files(
        open_ledger(place), files, author=author_of(author), title=given.title, publisher=given.publisher,
        address=given.address, published=given.published or None, settings=settings,
    )  # fmt: skip
    for one in found:
        if one.document is None:
            print(f"replenish: {plain(one.refused)}", file=sys.stderr)
        else:
            _print_added(one, one.document)
    return UsageError.exit_code if any(one.document is None for one in found) else 0


def _print_added(one: ledger.Added, document: ledger.Document) -> None:
    print(plain(f"{one.path}: {document.named()} {document.title} ({_published(document)})"))
    if one.corrected is not None:
        _print_corrected(one.corrected, document)
        return
    for note in one.notes:
        print(f"  {plain(note)}")
    if document.published is None and one.dates:
        maybe = ", ".join(f"{date.day} ({date.words})" for date in one.dates[:3])
        print(plain(f"  not dated; perhaps {maybe}: add it again with --published DATE"))
    for repeat in one.repeats:
        print(f"  one source with another: {plain(str(repeat))}")
    for change in one.changes:
        own, other, before = map(_brief, (change.own, change.other, change.before))
        print(f"  was `{own}`, is `{other}`, after `{before}`")
    for passage in one.standing:
        print(plain(f"  {passage}"))


def _print_corrected(before: ledger.Document, document: ledger.Document) -> None:
    then, now = (
        {"published": _published(one), "title": one.title, "publisher": one.publisher, "address": one.address}
        for one in (before, document)
    )
    told = (f"{name} corrected from {then[name] or 'none'} to {now[name]}" for name in then if then[name] != now[name])
    print(plain(f"  {before.named()}: {', '.join(told)}; the document is now {document.named()}"))


def _published(document: ledger.Document) -> str:
    day = document.published
    return "undated" if day is None else day_text(day, document.published_precision)


def passages(place: str, document: str, numbers: Sequence[int]) -> None:
    """Print proposed passages of a document: all, or those of some numbers."""
    found = ledger.passages(open_ledger(place), document)
    shown = chosen(found, document, numbers)
    print(f"{len(found)} passages to look at, {sum(len(one.figures) for one in found)} figures in them")
    for number, one in shown:
        _print_passage(number, one)
    if found:
        print()
        _print_wrapped("--draft FILE writes the figures as a table to import; --accept NUMBER records a passage", "")


def accept(place: str, document: str, numbers: Sequence[int], *, author: str | None) -> None:
    """Record proposed passages and print them."""
    for one in ledger.accept_passages(open_ledger(place), document, numbers, author=author_of(author)):
        print(plain(f"{one.named()}: {one.words}"))


def draft(place: str, document: str, path: Path, numbers: Sequence[int], *, item: str, holder: str) -> None:
    """Write a draft and say what is to be done with it."""
    made = ledger.draft_statements(open_ledger(place), document, path, numbers=numbers, item=item, holder=holder)
    print(f"{made.path}: {made.rows} row{'' if made.rows == 1 else 's'}; nothing is recorded")
    if made.without_figures:
        print(f"without a figure, and so without a row: {', '.join(map(str, made.without_figures))}")
    print(f"delete the rows of no interest, fill the others, then: replenish ledger import {made.path}")


def _print_passage(number: int, one: Proposal) -> None:
    who = plain(one.speaker) or "nobody named"
    print(f"\n{number:3}  {who}{', quoted' if one.is_quotation else ''}")
    _print_wrapped(one.passage.words, "     ")
    for own in one.figures:
        _print_wrapped(_said(own), "     - ")


def _said(own: Figure) -> str:
    """Return a figure as it was read: kind, value, unit, days."""
    text = f"{own.kind or 'kind not guessed'}: {_value(own.quantity)} {own.quantity.unit}"
    if own.valid is None:
        return text
    first = day_text(own.valid.first, own.valid.precision)
    last = "" if own.valid.last is None else day_text(own.valid.last, own.valid.precision)
    days = f"{first}, no day by which" if not last else first if first == last else f"{first} to {last}"
    return f"{text}, for {days} (`{own.valid.words}`)"


def _value(one: Quantity) -> str:
    """Return the value of a quantity in full, so that a person can hold it against the words."""
    low, best, high = (None if value is None else f"{value:,.12g}" for value in (one.low, one.best, one.high))
    if best is not None:
        return best
    return f"{low} to {high}" if low and high else f"at least {low}" if low else f"at most {high}"


def day_text(day: dt.date, precision: Precision) -> str:
    """Return a day as exactly as it is known.

    >>> day_text(dt.date(2024, 5, 1), "month"), day_text(dt.date(2024, 5, 1), "quarter")
    ('2024-05', '2024-Q2')
    """
    quarter = f"{day.year}-Q{(day.month + 2) // 3}"
    return {"year": f"{day.year}", "month": f"{day:%Y-%m}", "quarter": quarter}.get(precision, f"{day}")


def _print_wrapped(text: str, start: str) -> None:
    """Print a text in lines that fit the screen, all but the first below its first word."""
    width = min(shutil.get_terminal_size((WIDEST, 24)).columns, WIDEST)
    line = " ".join(plain(text).split())
    after = " " * len(start)
    print(textwrap.fill(line, max(width, 40), initial_indent=start, subsequent_indent=after, break_on_hyphens=False))


def _brief(text: str) -> str:
    """Return a text in one line, shortened."""
    line = " ".join(plain(text).split())
    return line if len(line) <= LONGEST else f"{line[:LONGEST]}..."
