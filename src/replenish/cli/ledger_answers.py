"""What the commands that ask a ledger print, or write as a table."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from replenish import ledger
from replenish.cli.ledger_options import When
from replenish.cli.ledgered import Asked, open_ledger, to_as_of, to_which
from replenish.cli.studies import print_table
from replenish.errors import without_signs as plain
from replenish.ledger.ask.account import Account, account
from replenish.ledger.ask.many import Line, overview
from replenish.ledger.ask.names import COLUMNS as NAMED
from replenish.ledger.ask.names import hints, names
from replenish.ledger.ask.picking import BRIEF_RULE, span
from replenish.ledger.citing import cited_documents, listed
from replenish.ledger.exporting import COLUMNS, Cell, to_rows, write_table
from replenish.report.numbers import DASH, percent
from replenish.report.recorded import words

MOST_ROWS = 200
"""Rows of a table that are printed; --out writes all."""
LONGEST_TITLE = 60
"""Longest title that is printed in full [character]; --out writes all."""
DETAILED = 3
"""Series of which every statement is printed; of more, one line each."""

CITED = ("document", "title", "publisher", "address", "published", "accessed", "statements", "one_source_with")
HEAD = ("figure", "for", "published", "grade", "id", "source")


class Sheet(NamedTuple):
    """A table to print."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]


def show(asked: Asked, when: When, *, valid: dt.date | None, out: Path | None) -> None:
    """Print what is known: of a few series every statement, of more the figure that the rule picks."""
    opened, as_of, which = open_ledger(when.place), to_as_of(when), to_which(asked)
    lines = [] if out else overview(opened, which, as_of, valid=valid)
    if len(lines) > DETAILED:
        _print_overview(lines, as_of)
        return
    found, documents = ledger.show(opened, which, as_of, valid=valid), cited_documents(opened, as_of.recorded_by)
    if out:
        _write(out, ("role",), [
            ((_roles(answer).get(known.statement.id, ""),), known.statement)
            for answer in found for known in answer.history
        ], documents)  # fmt: skip
        return
    for answer in found:
        roles = _roles(answer)
        _print(Sheet(str(answer.series), ("", *HEAD), [
            (roles.get(known.statement.id, ""), *_cells(known.statement, documents)) for known in answer.history
        ]))  # fmt: skip
    if not found:
        _print_nothing(opened, which, as_of)
    _print_rules(found)
    print(f"answer  {ledger.answer_hash(found)} ({as_of})")


def _print_overview(lines: Sequence[Line], as_of: ledger.AsOf) -> None:
    _print(Sheet("What the rule picks", ("holder", "item", "kind", "figure", "for", "grade", "of", "differ"), [
        _in_short(line) for line in lines
    ]))  # fmt: skip
    print("name holder, item and kind to see every statement of a series; --out FILE writes all of them")
    _print_rules(lines)
    print(str(as_of))


def _print_rules(found: Sequence[ledger.Answer | Line]) -> None:
    if any(one.rivals for one in found):
        print(f"picked by the rule: {BRIEF_RULE}")
    if admitted := [name for one in found for name in one.admitted]:
        print(f"undated, admitted by the rule: {plain(', '.join(admitted))}")


def _roles(answer: ledger.Answer) -> dict[str, str]:
    found = {one.statement.id: "differs" for one in answer.rivals}
    found |= {one.statement.id: "agrees" for one in answer.agreeing}
    return found | ({answer.picked.statement.id: "picked"} if answer.picked else {})


def _in_short(line: Line) -> tuple[str, ...]:
    series, picked = line.series, line.picked.statement if line.picked else None
    told = (words.amount(picked), words.days(picked), picked.grade) if picked else (DASH, "", "")
    return series.holder, series.item, series.kind, *told, str(line.statements), str(line.rivals or "")


def _print_nothing(opened: ledger.Ledger, which: ledger.Which, as_of: ledger.AsOf) -> None:
    print(f"nothing is {as_of}")
    for hint in hints(opened, which):
        print(plain(hint))


def diff(asked: Asked, before: When, after: When, *, out: Path | None) -> None:
    """Print what is known at one of two times only, and why; first how the picked figures differ."""
    opened, which = open_ledger(before.place), to_which(asked)
    first, second = to_as_of(before), to_as_of(after)
    found = ledger.differences(opened, first, second, which)
    documents = cited_documents(opened, first.recorded_by) | cited_documents(opened, second.recorded_by)
    if out:
        rows = [(("+" if one.is_new else "-", one.reason), one.statement) for one in found]
        _write(out, ("change", "why"), rows, documents)
        return
    _print(Sheet(f"Picked by the rule: {first}, and {second}", ("series", "then", "now"), list(
        _changes(ledger.current_all(opened, which, first), ledger.current_all(opened, which, second))
    )))  # fmt: skip
    _print(Sheet(f"{first} (-) and {second} (+)", ("", "series", *HEAD, "why"), [
        ("+" if one.is_new else "-", _series_name(one.statement), *_cells(one.statement, documents), one.reason)
        for one in found
    ]))  # fmt: skip
    print(f"{len(found)} differ")


def _changes(before: Iterable[ledger.Current], after: Iterable[ledger.Current]) -> Iterable[tuple[str, ...]]:
    then, now = ({one.series: one.picked for one in found} for found in (before, after))
    for series in sorted(then.keys() | now.keys()):
        own = (then.get(series), now.get(series))
        if len({one.statement.id if one else "" for one in own}) > 1:
            yield str(series), *(f"{words.figure(one.statement)}, {words.days(one.statement)}" if one else DASH
                                 for one in own)  # fmt: skip


def conflicts(asked: Asked, when: When, *, valid: dt.date | None, out: Path | None) -> None:
    """Print figures for the same days that contradict each other, and sums that fall."""
    opened, as_of, which = open_ledger(when.place), to_as_of(when), to_which(asked)
    found = ledger.conflicts(opened, which, as_of, valid=valid)
    documents = cited_documents(opened, as_of.recorded_by)
    if out:
        _write(out, ("conflict", "role", "independent_sources"), [
            ((float(number), "picked" if place == 0 else "", float(sources)), one)
            for number, conflict in enumerate(found, 1)
            for place, (one, sources) in enumerate(zip(conflict.statements, conflict.sources, strict=True))
        ], documents)  # fmt: skip
        return
    for conflict in found:
        _print(Sheet(str(conflict.series), ("", *HEAD, "sources"), [
            ("picked" if place == 0 else "", *_cells(one, documents), str(sources))
            for place, (one, sources) in enumerate(zip(conflict.statements, conflict.sources, strict=True))
        ]))  # fmt: skip
    for fall in ledger.falls(opened, which, as_of):
        told = (f"{words.figure(one)} at {words.days(one)} ({one.id})" for one in (fall.earlier, fall.later))
        print(plain(f"falls: {fall.series}: {', '.join(told)}"))
    print(f"{len(found)} conflicts; picked by the rule: {BRIEF_RULE}" if found else "no conflicts")


def pledges(asked: Asked, when: When, *, out: Path | None) -> None:
    """Print pledges beside deliveries."""
    opened, as_of = open_ledger(when.place), to_as_of(when)
    found = ledger.pledges(opened, to_which(asked), as_of)
    if out:
        columns = ("due", "met", "share_by_due", "delivered_by_due", "delivered_by_due_id", "last_delivery_id")
        _write(out, columns, [
            ((line.due, line.met, line.share, line.by_due.best if line.by_due else None,
              line.by_due.id if line.by_due else "", line.latest.id if line.latest else ""), line.pledge)
            for line in found
        ], cited_documents(opened, as_of.recorded_by))  # fmt: skip
        return
    head = ("pledge", "holder", "item", "pledged", "due", "delivered by then", "share", "met", "last delivery")
    _print(Sheet("What was promised and what arrived; never added to each other", head, [
        (line.pledge.id, line.pledge.holder, line.pledge.item, words.amount(line.pledge), str(line.due or "not named"),
         _told(line.by_due), DASH if line.share is None else percent(line.share), str(line.met or DASH),
         _told(line.latest))
        for line in found
    ]))  # fmt: skip


def counts(asked: Asked, when: When, *, on: dt.date | None, out: Path | None) -> None:
    """Print the days since each count."""
    day, opened = on or when.known_at or dt.datetime.now(dt.UTC).date(), open_ledger(when.place)
    as_of = to_as_of(when)
    found = ledger.counts(opened, to_which(asked), as_of, on=day)
    if out:
        rows = [((None if line.days is None else float(line.days),), line.statement) for line in found]
        _write(out, ("days_since",), rows, cited_documents(opened, as_of.recorded_by))
        return
    _print(Sheet(f"Days since the last count, to {day}", ("holder", "item", "days", "counted", "figure", "id"), [
        (line.statement.holder, line.statement.item, DASH if line.days is None else str(line.days),
         words.days(line.statement), words.amount(line.statement), line.statement.id)
        for line in found
    ]))  # fmt: skip


def sources(asked: Asked, when: When, *, out: Path | None) -> None:
    """Print citations."""
    found = ledger.sources(open_ledger(when.place), to_which(asked), to_as_of(when))
    if out:
        columns = (
            "document",
            "title",
            "publisher",
            "address",
            "published",
            "accessed",
            "statements",
            "one_source_with",
        )
        write_table(out, [dict(zip(columns, _source(one), strict=True)) for one in found], columns)
        print(plain(str(out)))
        return
    for one in found:
        same = f" [one source with {one.origin}]" if one.origin != one.document.id else ""
        print(plain(f"{one.document.id}: {one} ({one.statements}){same}"))
    print(f"{len(found)} documents, {len({one.origin for one in found})} independent")


def _source(one: ledger.Source) -> tuple[Cell, ...]:
    own = one.document
    same = one.origin if one.origin != own.id else ""
    return own.id, own.title, own.publisher, own.address, own.published, own.accessed, float(one.statements), same


def list_names(place: str) -> None:
    """Print the names of items, holders and units with how many statements use them."""
    opened = open_ledger(place)
    for column in NAMED:
        found = names(opened, column)
        rows = [(one.name, str(one.statements)) for one in found]
        _print(Sheet(f"{len(found)} {column}s", (column, "statements"), rows), has_out=False)


def documents(place: str) -> None:
    """Print all documents as last corrected, with how many passages and statements of each are recorded."""
    found = listed(open_ledger(place))
    _print(Sheet(f"{len(found)} documents", ("id", "title", "published", "passages", "statements", "repeats"), [
        (one.document.id, one.document.title, words.published(one.document), str(one.passages or ""),
         str(one.statements or ""), one.document.derived_from)
        for one in found
    ]), has_out=False)  # fmt: skip


def statement(place: str, name: str) -> None:
    """Print everything that is recorded of a statement."""
    found = account(open_ledger(place), name)
    for label, text in _account(found):
        if text:
            print(plain(f"{label:>12}  {' '.join(text.split())}"))
    for number, (one, entry) in enumerate(found.versions):
        what = f"corrects it ({one.reason})" if number else "recorded"
        by = f" by {entry.author}" if entry.author else ""
        told = f"  entry {entry.number:4}  {one.id}: {words.amount(one)}, {what}{by} at"
        print(plain(f"{told} {entry.recorded_at}"))  # the moment stands last, to be copied for --recorded-by


def _account(found: Account) -> list[tuple[str, str]]:
    one, document = found.statement, found.document
    marks = {"middle of its range": one.is_middle, "sum since some start": one.is_cumulative}
    figure = "; ".join([words.amount(one), *(word for word, is_so in marks.items() if is_so)])
    return [
        ("statement", one.id), ("about", f"{one.kind}, {one.holder}, {one.item}"), ("figure", figure),
        ("for", words.days(one)), ("clock", f"from {one.starts_at} to {one.ends_at}" if one.starts_at else ""),
        ("published", words.published(one)), ("speaker", one.speaker), ("standing", words.standing(one)),
        ("note", one.note), ("words", f'"{found.passage.words}"' if found.passage else ""),
        ("passage", one.passage), ("document", str(ledger.Source(document, 0, "")) if document else "none"),
        ("", one.document),
    ]  # fmt: skip


def _cells(one: ledger.Statement, documents: dict[str, ledger.Document]) -> tuple[str, ...]:
    document = documents.get(one.document)
    return (
        words.amount(one), words.days(one), words.published(one), one.grade, one.id,
        words.harmless(document.title, LONGEST_TITLE) if document else DASH,
    )  # fmt: skip


def _series_name(one: ledger.Statement) -> str:
    return f"{one.kind} {one.holder} {one.item}"


def _told(one: ledger.Statement | None) -> str:
    return DASH if one is None else f"{words.amount(one)}, {span(one).end_last} ({one.id})"


def _print(sheet: Sheet, *, has_out: bool = True) -> None:
    """Print a table, its first rows if there are many and `--out` writes all."""
    most = MOST_ROWS if has_out else len(sheet.rows)
    rows = [tuple(plain(cell).replace("\xa0", " ") for cell in row) for row in sheet.rows[:most]]
    print_table(plain(sheet.title), sheet.head, rows)
    if len(sheet.rows) > most:
        print(f"... {len(sheet.rows) - most} more; --out FILE writes all")


def _write(
    out: Path,
    head: Sequence[str],
    rows: Sequence[tuple[Sequence[Cell], ledger.Statement]],
    documents: dict[str, ledger.Document],
) -> None:
    """Write statements with some columns before them as a table, and print its name."""
    told = to_rows((one for _, one in rows), documents)
    full = [dict(zip(head, own, strict=True)) | row for (own, _), row in zip(rows, told, strict=True)]
    write_table(out, full, (*head, *COLUMNS))
    print(plain(str(out)))
