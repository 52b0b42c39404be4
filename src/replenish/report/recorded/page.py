"""The page of a ledger."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from uuid import uuid4

from replenish import ledger
from replenish.errors import UsageError
from replenish.report.cards import Card
from replenish.report.drawing import Key
from replenish.report.numbers import count
from replenish.report.recorded import lists, months, overview, words
from replenish.report.recorded.book import Book, ask
from replenish.report.recorded.dossier import dossier, several
from replenish.report.recorded.marks import GRADE_KEYS, PROMISED_KEYS
from replenish.report.recorded.series import Pictured, choose, is_apart
from replenish.report.rendering import render
from replenish.report.sections import Part, Section
from replenish.report.tables import Table

EVERYTHING = ledger.Which()
NOW = ledger.AsOf()

ORIGIN = "a ledger"
MARK = f'<meta name="generator" content="replenish, from {ORIGIN}">'
"""By what a page is known to be one of a ledger."""
HEAD = 2_000
"""Within how much of a page its mark stands [byte]."""


def write_ledger_page(
    opened: ledger.Ledger, path: Path, which: ledger.Which = EVERYTHING, as_of: ledger.AsOf = NOW, *,
    since: dt.date | None = None, on: dt.date | None = None,
) -> Path:  # fmt: skip
    """Write what `ledger_to_html` returns to `path` and return it; the file opens anywhere, without a network.

    An earlier page of a ledger is replaced, at once or not at all.

    Raises:
        UsageError: `path` is something else already, such as the ledger.
    """
    if path.exists() and not _is_page(path):
        raise UsageError(f"{path} exists and is no page of a ledger; name another file")
    partial = path.parent / f".{path.name}-{uuid4().hex}"
    try:
        partial.write_text(ledger_to_html(opened, which, as_of, since=since, on=on), encoding="utf-8")
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return path


def _is_page(path: Path) -> bool:
    """Return whether a file is a page of a ledger, which says so before any word of the ledger."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        head = file.read(HEAD).partition(b"<title>")[0]
    return head.startswith(b"<!doctype html>") and MARK.encode() in head


def ledger_to_html(
    opened: ledger.Ledger, which: ledger.Which = EVERYTHING, as_of: ledger.AsOf = NOW, *,
    since: dt.date | None = None, on: dt.date | None = None,
) -> str:  # fmt: skip
    """Return what a ledger says as one HTML page.

    Args:
        opened: the ledger.
        which: which statements; all if not given.
        as_of: as known and recorded when.
        since: day since which differences are told; none are if not given.
        on: day to which counts age; that of `as_of`, or today, if not given.

    Raises:
        UsageError: `since` is after the day of `as_of`.
    """
    book = ask(opened, which, as_of, since=since, on=on)
    shown, rest = choose(book.answers)
    dossiers = [dossier(book, one) for one in shown]
    return render(
        "ledger.html.j2", title=_title(book), sub=str(as_of), headline=headline(book), cards=_cards(book),
        sentences=_sentences(book), cite=lists.to_cite(book), dossiers=dossiers, keys=_keys(shown),
        rest=lists.others(book, rest) if rest else None, rest_count=len(rest), rule=ledger.RULE,
        undated=_undated(book), sections=list(_sections(book)), version=version("replenish"),
        origin=ORIGIN, whose="ledger",
    )  # fmt: skip


def headline(book: Book) -> str:
    """Return the figure of the one series that is asked for, or how many figures there are and are disputed."""
    if not book.known:
        return f"Nothing is {book.asked}"
    if len(book.answers) == 1 and (picked := book.answers[0].picked):
        one, against = picked.statement, len(book.answers[0].rivals)
        differs = f"{count(against)} others differ" if against > 1 else "another differs" if against else "none differs"
        return f"{words.amount(one)}, {words.days(one)}: by the rule, and {differs}"
    figures = sum(answer.picked is not None for answer in book.answers)
    told = f"{several(len(book.known), 'statement')} give {several(figures, 'figure')}"
    return f"{told}; {count(len(book.conflicts))} of them disputed"


def _title(book: Book) -> str:
    which = book.which
    named = (which.item, which.holder, words.kind_name(which.kind) if which.kind else "")
    return ", ".join(words.name(text) for text in named if text) or "All that was said"


def _cards(book: Book) -> list[Card]:
    known, documents = [one.statement for one in book.known], len(book.sources)
    days = sorted(one.published for one in known if one.published)
    span = f"published from {words.day(days[0])} to {words.day(days[-1])}" if days else "none has a date of publication"
    independent = len({one.origin for one in book.sources})
    undated = len(book.left_out) or sum(one.known_from is None for one in known)
    told = "not known for want of a date" if book.left_out else "admitted by the rule" if book.admitted else (
        "not known at any past day")  # fmt: skip
    found = [
        Card(_plural("statement", len(known)), count(len(known)), span),
        Card(
            f"independent {_plural('source', independent)}", count(independent), f"in {several(documents, 'document')}"
        ),
        Card(
            _plural("figure", len(book.conflicts)) + " disputed",
            count(len(book.conflicts)),
            _apart(book),
            bool(book.conflicts),
        ),
    ]
    found += [Card(f"undated {_plural('statement', undated)}", count(undated), told, bool(undated))] if undated else []
    return found if known or undated else []


def _plural(word: str, number: int) -> str:
    return word if number == 1 else f"{word}s"


def _apart(book: Book) -> str:
    apart = sum(any(is_apart(line.statements[0], one) for one in line.statements) for line in book.conflicts)
    return f"others differ for the same days; in {count(apart)} ranges do not meet" if book.conflicts else ""


def _sentences(book: Book) -> Iterator[str]:
    """Yield what must be known before anybody quotes a number."""
    wrong = sum(one.statement.grade == "D" for one in book.known)
    if wrong:
        yield f"{several(wrong, 'statement')} graded D, wrong: shown, and never picked."
    if book.left_out and book.admitted:
        yield f"{several(len(book.admitted), 'undated statement')} more are admitted by the rule; they are listed."
    if book.falls:
        yield f"{several(len(book.falls), 'fall')} of a sum since some start, which cannot be right."


def _keys(shown: Sequence[Pictured]) -> tuple[Key, ...]:
    if any(one.promised for one in shown):
        return (*GRADE_KEYS, *PROMISED_KEYS)
    has_targets = any(one.answer.series.kind == "capacity_target" for one in shown)
    return (*GRADE_KEYS, *PROMISED_KEYS[1:]) if has_targets else GRADE_KEYS


def _undated(book: Book) -> list[Table]:
    left, admitted = len(book.left_out), len(book.admitted)
    listed = (
        (f"Not known for want of a date of publication: {several(left, 'statement')}", book.left_out),
        (f"Admitted by the rule although undated: {several(admitted, 'statement')}", book.admitted),
    )
    return [lists.undated(book, statements, caption) for caption, statements in listed if statements]


def _sections(book: Book) -> Iterator[Section]:
    """Yield the sections after the series that have something to say."""
    if book.pledges:
        yield _pledges(book)
    if book.conflicts or book.falls:
        yield _conflicts(book)
    if ages := overview.ages(book):
        lead = f"Days from the last count of each stock to {words.day(book.on)}, the oldest first."
        yield Section("counts", "Age of counts", lead, [Part(keys=overview.AGE_KEYS, figures=ages)])
    yield from _when(book)
    if book.sources:
        yield _sources(book)


def _pledges(book: Book) -> Section:
    figures = overview.pledges(book)
    parts = [Part(keys=overview.PLEDGE_KEYS, figures=figures)] if figures else []
    parts.append(Part(f"All {several(len(book.pledges), 'pledge')}", tables=[lists.pledges(book)]))
    lead = "A pledge is set against the sum delivered by the day on which it is due; the two are never added."
    return Section("pledges", "Pledged against delivered", lead, parts)


def _conflicts(book: Book) -> Section:
    apart = overview.apart(book)
    parts = [Part(keys=overview.APART_KEYS, figures=apart)] if apart else []
    parts += [Part(tables=[lists.conflicts(book)])] if book.conflicts else []
    parts += [Part(tables=[lists.falls(book)])] if book.falls else []
    lead = f"Apart are figures whose ranges do not meet. {ledger.RULE}"
    return Section("conflicts", "Who differs from whom", lead, parts)


def _when(book: Book) -> Iterator[Section]:
    figures = months.published(book)
    parts = [Part(keys=months.MONTH_KEYS, figures=figures)] if figures else []
    if book.since is not None:
        told = f"{several(len(book.differences), 'difference')} since {words.day(book.since)}"
        parts.append(Part(told, tables=[lists.differences(book)] if book.differences else []))
    if parts:
        lead = "A statement counts from the last day that its date of publication may mean."
        yield Section("when", "What became known when", lead, parts)


def _sources(book: Book) -> Section:
    copies = lists.copies(book)
    parts = [Part(tables=[copies])] if copies.rows else []
    parts.append(Part(f"All {several(len(book.sources), 'document')}", tables=[lists.sources(book)]))
    independent = len({one.origin for one in book.sources})
    lead = f"{several(len(book.sources), 'document')}, {several(independent, 'independent source')}."
    return Section("sources", "Sources", lead, parts)
