"""One series as it is briefed: its picture, why this figure, what contradicts it, and all that was said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from replenish.ledger import Answer, Known, Statement
from replenish.report import drawing as draw
from replenish.report.figure import Figure, Numbers, Value
from replenish.report.numbers import count, people
from replenish.report.recorded import marks, words
from replenish.report.recorded.book import Book
from replenish.report.recorded.marks import Picks
from replenish.report.recorded.series import Pictured, dated, is_apart, kept, value, why_not
from replenish.report.tables import Cell, Table, Tone

MOST_RIVALS: Final = 4
"""Contradictions that are named beside a picture; the table below has all."""

MOST_LISTED: Final = 100
"""Statements of one series that are listed, those for the latest days; the file under the picture has all drawn."""

LONGEST_TIP: Final = 240
"""Longest passage or note that is shown to who points at a statement [character]."""

HEIGHT: Final = 185

COLUMNS: Final = (
    "for", "kind", "low", "best", "high", "unit", "grade", "said", "published", "speaker", "id", "source", "address",
    "words",
)  # fmt: skip


class Said(NamedTuple):
    """A statement as it is briefed.

    why: for what the rule leaves it.  is_apart: it and the picked one cannot both be right.
    """

    amount: str
    days: str
    standing: str
    published: str
    speaker: str
    source: Cell
    publisher: str
    words: str
    is_quoted: bool
    id: str
    why: str = ""
    is_apart: bool = False


@dataclass(frozen=True, slots=True)
class Dossier:
    """A series: its picture, the picked figure, others for the same days, the last target, and all statements."""

    figure: Figure
    picked: Said | None
    rivals: Sequence[Said]
    more_rivals: int
    agreeing: int
    promised: Said | None
    table: Table


def dossier(book: Book, one: Pictured) -> Dossier:
    """Return a series as it is briefed."""
    answer = one.answer
    picked = answer.picked.statement if answer.picked else None
    rivals = [said(book, rival.statement, picked) for rival in answer.rivals[:MOST_RIVALS]]
    promised = one.promised.picked if one.promised else None
    return Dossier(
        series_figure(book, one), said(book, picked) if picked else None, rivals, len(answer.rivals) - len(rivals),
        len(answer.agreeing), said(book, promised.statement) if promised else None, _table(book, one),
    )  # fmt: skip


def said(book: Book, one: Statement, picked: Statement | None = None) -> Said:
    """Return a statement with its source and words."""
    document, quoted = book.document(one), book.passage(one)
    return Said(
        words.amount(one), words.days(one), words.standing(one), _told_date(one), words.name(one.speaker),
        words.source(document), words.name(document.publisher) if document else "",
        words.harmless(quoted.words if quoted else one.note), quoted is not None, words.name(one.id),
        why_not(picked, one) if picked else "", picked is not None and is_apart(picked, one),
    )  # fmt: skip


def _told_date(one: Statement) -> str:
    return f"published {words.published(one)}" if one.published else "undated"


def series_figure(book: Book, one: Pictured) -> Figure:
    """Return the picture of a series with its numbers."""
    drawn, title = marks.scene(one), series_title(one)
    numbers = Numbers(COLUMNS, [_line(book, known) for known in drawn.said], told_course(one.answer, drawn.picks))
    tips = [tip(book, known) for known in drawn.said]
    svg = draw.picture(marks.layers(drawn), f"{title}. {numbers.words}", tips=tips, height=HEIGHT)
    return Figure(f"ledger-{'-'.join(one.answer.series)}"[:120], title, _detail(book, one), svg, "", numbers)


def series_title(one: Pictured) -> str:
    """Return the last figure that the rule picks of a series."""
    picked = one.answer.picked
    last = f"{words.amount(picked.statement)}, {words.days(picked.statement)}" if picked else "no figure to pick"
    return f"{words.about(one.answer.series)}: {last}"


def told_course(answer: Answer, picks: Picks) -> str:
    """Return in words how the figure that the rule picks runs."""
    known = [(day, number) for day, one in picks if (number := value(one)) is not None]
    if not known:
        return ""
    (first, start), (last, end) = known[0], known[-1]
    least, most = min(number for _, number in known), max(number for _, number in known)
    return (
        f"The rule picks {people(start)} {words.name(answer.series.unit)} from {words.day(first)} on and {people(end)}"
        f" from {words.day(last)} on; least {people(least)}, most {people(most)}."
    )


def tip(book: Book, one: Statement) -> str:
    """Return what is said of a statement to who points at it."""
    own = said(book, one)
    lines = (
        f"{own.amount}, {words.kind_name(one.kind)}, {own.days}", own.standing, own.published,
        own.source.text, f"said by {own.speaker}" if own.speaker else "", words.harmless(own.words, LONGEST_TIP),
    )  # fmt: skip
    return "\n".join(line for line in lines if line)


def several(number: int, word: str) -> str:
    """Return a number of things: 1 statement, 2 statements."""
    return f"{count(number)} {word}" + ("" if number == 1 else "s")


def _detail(book: Book, one: Pictured) -> str:
    history = [known.statement for known in one.answer.history]
    told = f"{several(len(history), 'statement')} from {several(book.independent(history), 'independent source')}"
    if left := len(history) - len(dated(one.answer)):
        told += f", {count(left)} of them not drawn"
    if one.promised is None:
        return told
    told, (due, met) = f"{told}; {several(len(one.promised.history), 'capacity target')}", kept(one)
    return f"{told}, {count(due)} due by the last figure, of which {count(met)} met" if due else told


def _line(book: Book, one: Statement) -> list[Value]:
    own, document = said(book, one), book.document(one)
    return [
        one.valid_to.isoformat() if one.valid_to else own.days, one.kind, one.low, one.best, one.high,
        words.name(one.unit), one.grade, one.directness, one.published.isoformat() if one.published else "undated",
        own.speaker, own.id, own.source.text, words.link(document) if document else "", own.words,
    ]  # fmt: skip


def _table(book: Book, one: Pictured) -> Table:
    """Return all statements of a series, then its targets, the latest first."""
    roles = {known.statement.id: "differs" for known in one.answer.rivals}
    roles |= {known.statement.id: "agrees" for known in one.answer.agreeing}
    roles |= {one.answer.picked.statement.id: "picked"} if one.answer.picked else {}
    listed = _latest(one.answer) + (_latest(one.promised) if one.promised else [])
    own = {known.statement.id for known in one.answer.history}
    rows = [_row(book, known.statement, roles, is_promised=known.statement.id not in own) for known in listed]
    notes = [said(book, known.statement).words for known in listed]
    left = one.statements - len(listed)
    caption = "The latest first" + (f"; {count(left)} earlier ones are left out" if left else "")
    return Table(caption, ("Figure", "For", "", "Grade", "Published", "Speaker", "Source", "Id"), rows, notes)


def _latest(answer: Answer) -> list[Known]:
    return list(answer.history[::-1][:MOST_LISTED])


def _row(book: Book, one: Statement, roles: dict[str, str], *, is_promised: bool) -> tuple[Cell, ...]:
    own, role = said(book, one), "promised" if is_promised else roles.get(one.id, "")
    tones: dict[str, Tone] = {"picked": "good", "differs": "bad"}
    return (
        Cell(own.amount), Cell(own.days), Cell(role, tones.get(role, "")), Cell(f"{one.grade}, {one.directness}"),
        Cell(words.published(one)), Cell(own.speaker), own.source, Cell(own.id),
    )  # fmt: skip
