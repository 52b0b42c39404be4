"""Which recorded documents a new one repeats, and which documents are sources of their own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import NamedTuple

from sqlalchemy import Engine, func, select

from replenish.ledger import tables
from replenish.ledger.database import reading
from replenish.ledger.documents.differences import Difference, differences
from replenish.ledger.documents.overlap import containment, longest_run
from replenish.ledger.documents.words import Run, forms, sample, to_runs, to_shingles
from replenish.ledger.values import Document, last_day, to_record

ASKED_AT_ONCE = 500
"""Hashes in one question to the database."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatSettings:
    """When a document counts as repeating another one.

    Articles on one subject by different writers shared at most 0.012 of their runs of five words, mostly by quoting
    the same sentence; an article that was shortened, reworded and added to still shared 0.80.  0.2 lies far from both:
    it asks for a fifth of the shorter text.  The run of words keeps very short texts from matching by a phrase.

    least_containment: share of the shingles of the shorter document.  least_run: words in a row.
    most_candidates: recorded documents that are compared word by word.
    """

    least_containment: float = 0.2
    least_run: int = 8
    most_candidates: int = 20


DEFAULT = RepeatSettings()


class Repeat(NamedTuple):
    """A recorded document that shares so much with a new one that they are one source.

    containment: share of the runs of five words of the shorter one that the other has too.
    longest_run: words in a row that they share; `run` are those words as the new one has them.
    is_same_file: their bytes are the same.
    """

    document: str
    title: str
    containment: float
    longest_run: int
    run: str
    is_same_file: bool

    def __str__(self) -> str:
        what = (
            "is the same file as"
            if self.is_same_file
            else f"shares {self.containment:.2f} of its runs of five words with"
        )
        return f"{what} {self.document} ({self.title}); longest run in common {self.longest_run} words"


def sampled(document: Document) -> Iterator[tuple[int, str]]:
    """Return the hashes by which a document will be found, with its id, as they are given to `Ledger.record`."""
    return ((value, document.named()) for value in sorted(sample(to_shingles(forms(document.text)))))


def find_repeats(engine: Engine, document: Document, settings: RepeatSettings = DEFAULT) -> list[Repeat]:
    """Return the recorded documents that a new one repeats or that repeat it, the most alike first.

    One that is recorded already is found as the same file.
    """
    words = forms(document.text)
    candidates = _candidates(engine, document, sample(to_shingles(words)), settings.most_candidates)
    own, found = to_runs(words), list[Repeat]()
    for other in candidates:
        repeat = _compare(document, words, own, other, settings.least_containment)
        if repeat.is_same_file or _is_enough(repeat, settings):
            found.append(repeat)
    return sorted(found, key=lambda one: (not one.is_same_file, -one.containment, one.document))


def _is_enough(repeat: Repeat, settings: RepeatSettings) -> bool:
    return repeat.containment >= settings.least_containment and repeat.longest_run >= settings.least_run


def _compare(document: Document, words: Sequence[str], own: set[Run], other: Document, least: float) -> Repeat:
    """Return what two documents share; the longest run only where they share enough else, since it costs most."""
    theirs = forms(other.text)
    share = containment(own, to_runs(theirs))
    start, _, length = longest_run(words, theirs) if share >= least else (0, 0, 0)
    is_same = bool(document.content_hash == other.content_hash != "")
    return Repeat(other.named(), other.title, share, length, " ".join(words[start : start + length]), is_same)


def compare(document: Document, other: Document) -> Repeat:
    """Return what two documents share, whether or not that is enough to count as one source."""
    words = forms(document.text)
    return _compare(document, words, to_runs(words), other, 0.0)


def _candidates(engine: Engine, document: Document, hashes: set[int], most: int) -> list[Document]:
    """Return the recorded documents that share most hashes of the sample or have the same bytes; no corrected ones."""
    table, shingles = tables.documents, tables.shingles
    shared = Counter[str]()
    with reading(engine) as connection:
        for some in _batches(sorted(hashes)):
            asked = select(shingles.c.document, func.count()).where(shingles.c.hash.in_(some))
            for name, number in connection.execute(asked.group_by(shingles.c.document)):
                shared[name] += number
        same = select(table.c.id).where(table.c.content_hash == document.content_hash, table.c.content_hash != "")
        same = same.order_by(table.c.entry.desc())  # one that was corrected often is found by its last correction
        ids = [*connection.execute(same.limit(most)).scalars(), *(name for name, _ in shared.most_common(most))]
        corrected = set(connection.execute(select(table.c.supersedes).where(table.c.supersedes.in_(ids))).scalars())
        wanted = [name for name in dict.fromkeys(ids) if name not in corrected]
        rows = connection.execute(select(table).where(table.c.id.in_(wanted))).mappings()
        found = [to_record(Document, dict(row)) for row in rows]
    return [one for one in found if isinstance(one, Document)]


def _batches(hashes: Sequence[int]) -> Iterator[Sequence[int]]:
    return (hashes[k : k + ASKED_AT_ONCE] for k in range(0, len(hashes), ASKED_AT_ONCE))


def linked(document: Document, recorded: Document) -> tuple[Document, ...]:
    """Return the rows to record for a document that shares its words with a recorded one.

    It derives from the recorded one; but where that one surely appeared later, the rows are the document as it is and a
    correction of the recorded one, which then derives from it.
    """
    if not _is_later(recorded, document):
        return (replace(document, derived_from=recorded.named()),)
    reason = f"repeats {document.named()}, which appeared before it"
    return document, replace(
        recorded, id="", supersedes=recorded.named(), reason=reason, derived_from=document.named()
    )  # fmt: skip


def _is_later(one: Document, other: Document) -> bool:
    if one.published is None or other.published is None:
        return False
    return one.published > last_day(other.published, other.published_precision)


def edits(document: Document, origin: Document, most: int = 100) -> list[Difference]:
    """Return how the words of a document differ from those of the one that it repeats: `own` are the origin's."""
    return list(islice(differences(origin.text, document.text), most))


def independent_sources(documents: Iterable[Document]) -> dict[str, str]:
    """Return for the id of each document the id of the source that it goes back to; what derives from it counts once.

    A corrected document goes with its correction.  A document that derives from one that is not given goes back to
    that one; documents that derive from each other in a circle are one source.
    """
    given = {one.named(): one for one in documents}
    corrections = {one.supersedes: name for name, one in given.items() if one.supersedes}
    return {name: _root(name, given, corrections) for name in given}


def _root(name: str, given: dict[str, Document], corrections: dict[str, str]) -> str:
    seen = [name]
    while True:
        own = given.get(name)
        following = corrections.get(name) or (own.derived_from if own else "")
        if not following:
            return name
        if following in seen:
            return min(seen[seen.index(following) :])
        seen.append(following)
        name = following
