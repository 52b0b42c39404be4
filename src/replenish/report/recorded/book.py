"""What the page asks of a ledger, all as of one entry, so that nothing on the page is of another moment."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from replenish import ledger
from replenish.errors import UsageError
from replenish.ledger.ask.knowing import last_entry
from replenish.ledger.ask.picking import answers
from replenish.ledger.chain import Entry
from replenish.ledger.citing import all_documents, cited_documents
from replenish.ledger.database import reading
from replenish.ledger.documents.repeats import independent_sources
from replenish.ledger.values import Document, Passage, Statement


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """What a ledger says of what is asked.

    asked: as of when, in the words of who asks.  entry: the last one that counts; None where there is none.
    on: day to which counts age.  since: day from which differences are told; None: none are.
    left_out: statements without date of publication that are not known for that.
    origins: id of the source to which a document goes back, by its id.
    """

    opened: ledger.Ledger
    which: ledger.Which
    asked: ledger.AsOf
    entry: Entry | None
    on: dt.date
    since: dt.date | None
    answers: tuple[ledger.Answer, ...]
    left_out: tuple[Statement, ...]
    conflicts: tuple[ledger.Conflict, ...]
    falls: tuple[ledger.Fall, ...]
    pledges: tuple[ledger.PledgeLine, ...]
    counts: tuple[ledger.CountLine, ...]
    sources: tuple[ledger.Source, ...]
    differences: tuple[ledger.Difference, ...]
    documents: dict[str, Document]
    origins: dict[str, str]
    passages: dict[str, Passage | None] = field(default_factory=dict)  # read when they are first asked for

    @property
    def known(self) -> list[ledger.Known]:
        """Return all statements that are known."""
        return [one for answer in self.answers for one in answer.history]

    @property
    def admitted(self) -> list[Statement]:
        """Return those without date of publication that a rule admits."""
        return [one.statement for one in self.known if one.is_admitted]

    @property
    def hash(self) -> str:
        """Return the hash of the answer, which `show` prints too."""
        return ledger.answer_hash(self.answers)

    def document(self, one: Statement) -> Document | None:
        """Return the document of a statement; None where it has none."""
        return self.documents.get(one.document)

    def passage(self, one: Statement) -> Passage | None:
        """Return the passage of a statement; None where it names none."""
        if one.passage and one.passage not in self.passages:
            found = self.opened.find(Passage, one.passage)
            self.passages[one.passage] = found if isinstance(found, Passage) else None
        return self.passages.get(one.passage)

    def independent(self, statements: Iterable[Statement]) -> int:
        """Return from how many independent sources statements come; those without a document count as one."""
        return len({self.origins.get(one.document, one.document) for one in statements})


def ask(
    opened: ledger.Ledger, which: ledger.Which, as_of: ledger.AsOf, *, since: dt.date | None, on: dt.date | None
) -> Book:
    """Return what a ledger says.

    Raises:
        UsageError: `since` is after the day as of which it is asked.
    """
    if since and as_of.known_at and since > as_of.known_at:
        raise UsageError(f"since {since} is after known_at {as_of.known_at}; give an earlier day")
    entry, fixed = _fixed(opened, as_of)
    day = on or as_of.known_at or dt.datetime.now(dt.UTC).date()
    has_pledges, has_counts = which.kind in (None, "pledge", "delivery"), which.kind in (None, "count")
    documents = cited_documents(opened, fixed.recorded_by)
    return Book(
        opened=opened, which=which, asked=as_of, entry=entry, on=day, since=since,
        answers=tuple(answers(ledger.find_known(opened, which, fixed))), left_out=_left_out(opened, which, fixed),
        conflicts=tuple(ledger.conflicts(opened, which, fixed)), falls=tuple(ledger.falls(opened, which, fixed)),
        pledges=tuple(ledger.pledges(opened, which, fixed)) if has_pledges else (),
        counts=tuple(ledger.counts(opened, which, fixed, on=day)) if has_counts else (),
        sources=tuple(ledger.sources(opened, which, fixed)), differences=_differences(opened, which, fixed, since),
        documents=documents, origins=independent_sources(all_documents(opened, fixed.recorded_by).values()),
    )  # fmt: skip


def _fixed(opened: ledger.Ledger, as_of: ledger.AsOf) -> tuple[Entry | None, ledger.AsOf]:
    """Return the last entry that counts, and the same question as of its moment."""
    with reading(opened.engine) as connection:
        number = last_entry(connection, as_of.recorded_by)
        entry = next((entry for entry in opened.entries() if entry.number == number), None)
        moment = dt.datetime.fromisoformat(entry.recorded_at) if entry else as_of.recorded_by
    return entry, replace(as_of, recorded_by=moment)


def _left_out(opened: ledger.Ledger, which: ledger.Which, as_of: ledger.AsOf) -> tuple[Statement, ...]:
    """Return statements without date of publication that are not known for that."""
    if as_of.known_at is None:
        return ()
    at_any_time = (one.statement for one in ledger.find_known(opened, which, replace(as_of, known_at=None)))
    kept = {one.statement.id for one in ledger.find_known(opened, which, as_of)}
    return tuple(one for one in at_any_time if one.known_from is None and one.id not in kept)


def _differences(
    opened: ledger.Ledger, which: ledger.Which, as_of: ledger.AsOf, since: dt.date | None
) -> tuple[ledger.Difference, ...]:
    return () if since is None else tuple(ledger.differences(opened, replace(as_of, known_at=since), as_of, which))
