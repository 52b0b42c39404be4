"""Statements and documents as people read them.

What a ledger holds comes from strangers: texts are shortened, and signs that could change how other text is shown are
replaced.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

from replenish.ledger import Series
from replenish.ledger.kinds import MEANINGS, Kind, Precision
from replenish.ledger.values import Document, Statement
from replenish.report.numbers import DASH, NBSP, exact, when
from replenish.report.origins import safe_address
from replenish.report.tables import Cell

LONGEST_NAME: Final = 90
"""Longest name or title that is shown in full [character]."""

LONGEST_WORDS: Final = 600
"""Longest passage or note that is shown in full [character]."""

LONGEST_ADDRESS: Final = 2_000
"""Longest address that becomes a link [character]."""

GRADE_WORDS: Final = {
    "A": "official or primary", "B": "newspaper, trade press, research", "C": "aggregator, copy, undated", "D": "wrong",
}  # fmt: skip

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def harmless(text: str, longest: int = LONGEST_WORDS) -> str:
    """Return a text in one line, shortened, without signs that change how other text is shown.

    >>> harmless("one\u202etwo  three", 8)
    'one\ufffdtwo\u2026'
    """
    line = " ".join(_CONTROL.sub("\ufffd", text[: 2 * longest]).split())
    return line if len(line) <= longest else f"{line[: longest - 1].rstrip()}\u2026"


def name(text: str, longest: int = LONGEST_NAME) -> str:
    """Return the name of a holder, an item or a unit."""
    return harmless(text.replace("_", " "), longest)


def kind_name(kind: Kind) -> str:
    """Return a kind as a word."""
    return kind.replace("_", " ")


def about(one: Statement | Series) -> str:
    """Return what a statement or a series is about: holder, kind and item."""
    kind = "" if one.kind == "other" else kind_name(one.kind)
    return ", ".join(word for word in (name(one.holder), kind, name(one.item)) if word)


def figure(one: Statement) -> str:
    r"""Return what a statement says, without its unit.

    >>> figure(Statement(kind="use", holder="a", item="b", low=4000.0, high=7000.0))
    '4,000 to 7,000'
    """
    ends = _ends(one)
    if one.best is None:
        return ends or DASH
    return exact(one.best) + (f" ({ends})" if ends else "")


def _ends(one: Statement) -> str:
    if one.low is not None and one.high is not None:
        return f"{exact(one.low)} to {exact(one.high)}"
    return f"at least {exact(one.low)}" if one.low is not None else (
        f"at most {exact(one.high)}" if one.high is not None else ""
    )  # fmt: skip


def amount(one: Statement) -> str:
    """Return what a statement says, with its unit."""
    return f"{figure(one)}{NBSP}{name(one.unit)}".strip()


def day(date: dt.date, precision: Precision = "day") -> str:
    r"""Return a date as exactly as it is known.

    >>> day(dt.date(2024, 8, 20), "quarter"), day(dt.date(2024, 8, 20), "month"), day(dt.date(2024, 8, 20), "year")
    ('3rd\xa0quarter\xa02024', 'August\xa02024', '2024')
    """
    if precision == "quarter":
        return f"{('1st', '2nd', '3rd', '4th')[(date.month - 1) // 3]}{NBSP}quarter{NBSP}{date.year}"
    told = when(date, precision if precision in ("month", "year") else "day")
    return f"about {told}" if precision == "unknown" else told


def days(one: Statement) -> str:
    """Return the days that a statement is for."""
    start, end = one.valid_from, one.valid_to
    if start is None and end is None:
        return "no day named"
    if end is None or start is None:
        bound = (
            f"from {day(start, one.valid_precision)}" if start else f"to {day(end or dt.date.max, one.valid_precision)}"
        )
        is_due = end is None and MEANINGS[one.kind].dated == "due"
        return f"{bound}, no day named" if is_due else bound
    first, last = day(start, one.valid_precision), day(end, one.valid_precision)
    return last if first == last else f"{first} to {last}"


def published(one: Statement | Document) -> str:
    """Return when it was published."""
    if one.published is None:
        return "undated"
    return day(one.published, one.published_precision) + (" (inferred)" if one.is_published_inferred else "")


def standing(one: Statement) -> str:
    """Return how good the source of a statement is, in words."""
    return f"grade {one.grade} ({GRADE_WORDS[one.grade]}), {one.directness}"


def source(document: Document | None) -> Cell:
    """Return the title of a document, which links to it where its address is one of the web."""
    if document is None:
        return Cell("no document")
    title = harmless(document.title, LONGEST_WORDS // 3) or harmless(document.address, LONGEST_NAME) or document.id
    return Cell(title, "", link(document))


def link(document: Document) -> str:
    """Return the address of a document if a browser may follow it."""
    return safe_address(document.address) if len(document.address) <= LONGEST_ADDRESS else ""
