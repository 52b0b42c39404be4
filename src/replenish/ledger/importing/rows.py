"""One row of a table of statements, as it is written in a file, and the statement that it makes."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

from replenish.ledger.kinds import MEANINGS, Directness, Grade, Precision, to_kind
from replenish.ledger.values import Document, Statement, column_names, to_records
from replenish.scenario.by_column import Columns
from replenish.scenario.model.base import Row, day, text

ESCAPED = re.compile(r"'*[=+\-@\t\r\n]")
"""Starts of a text that a spreadsheet may take for a formula, and of those that were escaped before."""

_STRIPPED = ("id", "kind", "holder", "item", "unit", "supersedes", "document", "passage")


class StatementRow(Row):
    """One statement with its document: a figure, or a fact without a figure, that somebody published."""

    table: ClassVar[str] = "statements"
    key: ClassVar[tuple[str, ...]] = ("id",)

    id: str = text("names it in the ledger; empty: one is made from the content", default="")
    kind: str = text("what it is about: one of the kinds, or a word of another list for one")
    holder: str = text("who holds, makes, gives, uses or asks")
    item: str = text("what it is about")
    low: float | None = text("least value that was said [unit of the row]", default=None)
    best: float | None = text("value that was said [unit of the row]", default=None)
    high: float | None = text("largest value that was said [unit of the row]", default=None)
    unit: str = text("unit of low, best and high, as said", default="")
    valid_from: dt.date | None = day("first day that it is for", default=None, may_lie_outside=True)
    valid_to: dt.date | None = day(
        "last day that it is for; empty: that of valid_from, or of what is due that no day was named", default=None,
        may_lie_outside=True,
    )  # fmt: skip
    valid_precision: Precision = text("how exactly these days are known", default="day")
    published: dt.date | None = day(
        "day on which it was published; empty: not known, and so not known at any past day", default=None,
        may_lie_outside=True,
    )  # fmt: skip
    published_precision: Precision = text("how exactly that day is known", default="day")
    is_published_inferred: bool = text("that day was worked out, not stated", default=False)
    speaker: str = text("who said it", default="")
    grade: Grade = text("A official or primary, B press or research, C copy or undated, D wrong", default="C")
    directness: Directness = text("whether the source knows it first hand", default="reported")
    is_middle: bool = text("best is the middle of a range that was said", default=False)
    is_cumulative: bool = text("a sum since some start, which never falls", default=False)
    starts_at: str = text("of a lead time, the event at which it starts", default="")
    ends_at: str = text("of a lead time, the event at which it ends", default="")
    title: str = text("title of the document; with the address it names one document", default="")
    publisher: str = text("who published the document", default="")
    address: str = text("address of the document", default="")
    document: str = text("id of a document that is recorded, instead of title and address", default="")
    passage: str = text("id of the passage that says it", default="")
    words: str = text(
        "words of the document that say it, exactly; they are recorded as the passage, instead of its id", default=""
    )
    note: str = text("anything else that was said", default="")
    supersedes: str = text("id of the statement that it corrects", default="")
    reason: str = text("why it corrects it", default="")


COLUMNS = tuple(StatementRow.model_fields)
TEXTS = tuple(name for name, field in StatementRow.model_fields.items() if field.annotation is str)
_OWN_TEXTS = tuple(name for name in TEXTS if name in column_names(Statement))
_OF_DOCUMENTS = ("publisher", "published", "published_precision", "is_published_inferred")


def to_statements(said: Columns, documents: Sequence[str]) -> list[Statement]:
    """Return the statements that sound rows make, each said in a document; empty text: in the one that it names."""
    own = said.values | {name: _plain(name, said.values[name]) for name in _OWN_TEXTS}
    own["document"] = [given or named for given, named in zip(documents, own["document"], strict=True)]
    own["valid_to"] = [
        first if last is None and MEANINGS[kind].dated != "due" else last
        for kind, first, last in zip(own["kind"], own["valid_from"], own["valid_to"], strict=True)
    ]
    return to_records(Statement, own)


def _plain(name: str, texts: Sequence[str]) -> list[str]:
    """Return what texts of a column say; each different one is looked at once, since most columns repeat a few."""
    plain = {one: unescaped(one).strip() if name in _STRIPPED else unescaped(one) for one in set(texts)}
    if name == "kind":
        plain = {one: to_kind(word) or word for one, word in plain.items()}
    return [plain[one] for one in texts]


def document_keys(said: Columns) -> list[tuple[str, str] | None]:
    """Return address and title of the document that each row names; None where it names none."""
    named = list(zip(said.values["address"], said.values["title"], strict=True))
    keys = {pair: _document_key(*pair) for pair in set(named)}
    return [keys[pair] for pair in named]


def _document_key(address: str, title: str) -> tuple[str, str] | None:
    address, title = unescaped(address).strip(), unescaped(title).strip()
    return (address, title or address) if address or title else None


def to_documents(said: Columns, keys: Sequence[tuple[str, str] | None]) -> dict[tuple[str, str], Document]:
    """Return the documents that rows name, by address and title.

    The date of publication is that on which all rows that give one agree; else it is left open.
    """
    rows = zip(*(said.values[name] for name in _OF_DOCUMENTS), strict=True)
    found: dict[tuple[str, str], list[tuple[Any, ...]]] = {}
    for key, row in zip(keys, rows, strict=True):
        if key is not None:
            found.setdefault(key, []).append(row)
    return {key: _document(*key, own) for key, own in found.items()}


def _document(address: str, title: str, rows: list[tuple[Any, ...]]) -> Document:
    publisher = next((unescaped(publisher) for publisher, *_ in rows if publisher), "")
    made = Document(title=title, address=address, publisher=publisher)
    dates = {(published, precision) for _, published, precision, _ in rows if published}
    if len(dates) != 1:
        return made
    ((published, precision),) = dates
    is_inferred = all(is_inferred for _, published, _, is_inferred in rows if published)
    return replace(made, published=published, published_precision=precision, is_published_inferred=is_inferred)


def escaped(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula; `unescaped` gives it back.

    >>> escaped("=A1"), escaped("A1"), unescaped(escaped("'=A1"))
    ("'=A1", 'A1', "'=A1")
    """
    return f"'{text}" if ESCAPED.match(text) else text


def unescaped(text: str) -> str:
    """Return what `escaped` was given."""
    return text[1:] if text.startswith("'") and ESCAPED.match(text) else text
