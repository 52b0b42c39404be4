"""Rules that a table of statements keeps beyond those of single cells."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import pairwise
from typing import Any, NamedTuple

from replenish.errors import SIGNS, Severity
from replenish.ledger.ask.spans import first_of_days
from replenish.ledger.importing.rows import TEXTS, unescaped
from replenish.ledger.kinds import KINDS, SAME_AS, to_kind
from replenish.ledger.values import last_day
from replenish.scenario.by_column import Columns
from replenish.scenario.rules.registry import RuleDoc
from replenish.scenario.suggest import advice

LONGEST_NAME = 200
"""Longest id, and longest holder, item or unit [character]."""
LONGEST_TEXT = 30_000
"""Longest other text [character]; a cell of a workbook holds little more."""

RULES: dict[str, RuleDoc] = {}
"""Rules by id, in the order of the reference page."""

OF_THE_PAST = ("count", "use", "delivery", "production_rate")
"""Kinds of which nothing can be known before the day that a statement is for."""

_SHORT = ("id", "kind", "holder", "item", "unit", "supersedes", "document", "passage")


_Check = tuple[tuple[str, ...], Callable[..., Iterator["Found"]]]


class Found(NamedTuple):
    """A rule that a row breaks, at a column."""

    rule: RuleDoc
    column: str
    message: str
    remedy: str = ""


def _declare(name: str, *, meaning: str, example: str, remedy: str, severity: Severity = "error") -> RuleDoc:
    RULES[name] = RuleDoc(id=name, severity=severity, meaning=meaning, example=example, remedy=remedy)
    return RULES[name]


UNKNOWN_KIND = _declare(
    "unknown-kind",
    meaning="A kind is none of the ledger's, and no word of another list for one.",
    example="`rumour` as `kind`.",
    remedy=f"write one of {', '.join(KINDS)}",
)
EMPTY_NAME = _declare(
    "empty-name",
    meaning="A holder or an item is blank.",
    example="a space as `holder`.",
    remedy="name it",
)
RANGE_ORDER = _declare(
    "range-order",
    meaning="Low, best and high do not follow each other.",
    example="90 as `low`, 80 as `best`.",
    remedy="put them in order; leave out what was not said",
)
NO_MIDDLE = _declare(
    "no-middle",
    meaning="A figure is marked as the middle of a range whose two ends are not there.",
    example="`is_middle` is true and `high` is empty.",
    remedy="give low and high, or write false",
)
VALID_ORDER = _declare(
    "valid-order",
    meaning="The last day lies before the first, or there is a last day alone.",
    example="2024-01-31 as `valid_to`, 2024-02-01 as `valid_from`.",
    remedy="put the days in order; of a moment both are the same",
)
NO_UNIT = _declare(
    "no-unit",
    meaning="There is a figure and no unit.",
    example="40000 as `best`, and `unit` is empty.",
    remedy="write the unit as it was said",
)
EVENTS_ALONE = _declare(
    "events-alone",
    meaning="A clock event stands alone, or with a statement that is no lead time.",
    example="`starts_at` is contract award and `ends_at` is empty.",
    remedy="name both events of a lead time, or none",
)
DOCUMENT_BY_TITLE = _declare(
    "document-by-title",
    severity="warning",
    meaning="A row names a document by an id that is not recorded, and by title or address too, as rows from another"
    " ledger do.  The document of that title and address is taken; a passage that is not recorded is left out.",
    example="d-7 as `document` beside an `address`, and the ledger has no d-7.",
    remedy="nothing needs to be done, or mend the id",
)
PASSAGE_TWICE = _declare(
    "passage-twice",
    meaning="A row names a recorded passage by its id and quotes words to record as one.",
    example="`passage` and `words` are both given.",
    remedy="keep one of them",
)
WORDS_NOT_FOUND = _declare(
    "words-not-found",
    meaning="A row quotes words that are not in the text of the document that it names by its id, or names none.",
    example="`14 000 shells` as `words`, and the article has 14,000.",
    remedy="copy whole words as they stand there, give the id of their document, or empty the cell",
)
UNKNOWN_RECORD = _declare(
    "unknown-record",
    meaning="A row names a document, passage or statement that is not recorded.",
    example="d-7 as `document`, and the ledger has none of that id.",
    remedy="record it first, or mend the id",
)
PASSAGE_ELSEWHERE = _declare(
    "passage-elsewhere",
    meaning="A row names a document and a passage of another one.",
    example="a passage of d-3 beside d-4 as `document`.",
    remedy="leave out the document, which the passage names itself, or mend one of them",
)
BEFORE_DOCUMENT = _declare(
    "before-document",
    severity="warning",
    meaning="A statement was published before the document that says it.",
    example="2022-02-14 as `published` of a statement in a document of 2024-02-10.",
    remedy="leave `published` empty to take the day of the document, or name the document that said it first",
)
NO_SOURCE = _declare(
    "no-source",
    severity="warning",
    meaning="A statement names no document, by title, address, id or passage.",
    example="a count that somebody remembers.",
    remedy="name the source; a figure without one cannot be checked",
)
PUBLISHED_LATER = _declare(
    "published-in-future",
    severity="warning",
    meaning="A day of publication lies in the future.",
    example="2094 for 2024.",
    remedy="mend the day",
)
PUBLISHED_EARLY = _declare(
    "published-too-early",
    severity="warning",
    meaning="A count, use, delivery or production rate was published before the day that it is for: it is a forecast.",
    example="a stock at the end of June in an article of March.",
    remedy="mend the days, or record what was promised as a pledge or target",
)
NEGATIVE = _declare(
    "negative-figure",
    severity="warning",
    meaning="A quantity, a price or a time is below zero.",
    example="-6 as a count.",
    remedy="mend the figure",
)
THOUSANDS = _declare(
    "thousands-point",
    severity="warning",
    meaning="A figure in a text file has three digits after a point, which in many countries parts thousands.",
    example="20.000, which is read as 20.",
    remedy="write 20000 if thousands were meant",
)
NO_REASON = _declare(
    "no-reason",
    meaning="A row corrects another one and does not say why, or gives a reason and corrects none.",
    example="U1 as `supersedes`, and `reason` is empty.",
    remedy="give both or none",
)
LATER_CORRECTION = _declare(
    "later-correction",
    severity="warning",
    meaning="A row corrects a dated one and has no date of publication, or has the same document and a later date."
    " As known at a day before, the ledger still answers with the corrected row.",
    example="a misread figure is corrected by a row whose `published` is empty.",
    remedy="give the date of the corrected row if its document was misread; if that date was wrong, correct the row to"
    " grade D with its old date, and record another one",
)
TEXT_TOO_LONG = _declare(
    "text-too-long",
    meaning=f"An id, name or unit has more than {LONGEST_NAME} characters, another text more than {LONGEST_TEXT:,}.",
    example="a whole article in `note`.",
    remedy="shorten it; record the article as a document",
)
CONTROL_SIGN = _declare(
    "control-sign",
    meaning="A text holds a sign that shows nothing, and that can change how a screen shows other text.",
    example="an escape sequence that paints a line red.",
    remedy="take the sign out",
)
ID_TWICE = _declare(
    "id-twice",
    meaning="Two rows have one id and say different things.",
    example="U1 with 14000 in line 2 and with 14500 in line 9.",
    remedy="give one of them another id",
)
CHANGED_ROW = _declare(
    "changed-row",
    meaning="A row has the id of a recorded one and says something else.  Nothing that is recorded is changed.",
    example="U1 was recorded with 14000 and now says 14500.",
    remedy="give another id, or record it as a correction with a reason: --correct REASON",
)
RECORDED_ALREADY = _declare(
    "recorded-already",
    severity="warning",
    meaning="A row is recorded already, or stands twice in the table; it is skipped.",
    example="the table of last month with ten rows more.",
    remedy="nothing needs to be done",
)


def breaches(said: Columns) -> Iterator[tuple[int, Found]]:
    """Iterate over the rules that rows break by themselves, check by check; damaged cells are not judged.

    Rows repeat what others say: each different set of values that a check looks at is judged once.
    """
    texts: list[_Check] = [((name,), partial(_text, name)) for name in TEXTS if not _is_plain(said.values[name])]
    for names, check in (*_CHECKS, *texts):
        rows: list[tuple[Any, ...]] = list(zip(*(said.values[name] for name in names), strict=True))
        for n in said.damaged:
            if not said.is_sound(n, *names):
                rows[n] = ()
        broken = {row: found for row in set(rows) if row and (found := list(check(*row)))}
        if broken:
            yield from ((n, found) for n, row in enumerate(rows) for found in broken.get(row, ()))


def _is_plain(texts: Sequence[str | None]) -> bool:
    """Return whether no text can break a rule for texts; damaged ones are None."""
    own = set(filter(None, texts))
    return max(map(len, own), default=0) <= LONGEST_NAME and "".join(own).isprintable()


def _text(name: str, written: str) -> Iterator[Found]:
    value, most = unescaped(written), LONGEST_NAME if name in _SHORT else LONGEST_TEXT
    if len(value) > most:
        yield Found(TEXT_TOO_LONG, name, f"has {len(value):,} characters, may have {most:,}")
    if sign := SIGNS.search(value):
        yield Found(CONTROL_SIGN, name, f"holds the sign U+{ord(sign[0]):04X}")


def _kind(kind: str) -> Iterator[Found]:
    if to_kind(kind.strip()) is None:
        yield Found(UNKNOWN_KIND, "kind", f"`{kind[:40]}` is no kind", advice(kind, [*KINDS, *SAME_AS]))


def _names(holder: str, item: str) -> Iterator[Found]:
    if not holder.strip():
        yield Found(EMPTY_NAME, "holder", "is blank")
    if not item.strip():
        yield Found(EMPTY_NAME, "item", "is blank")


def _range(low: float | None, best: float | None, high: float | None, is_middle: bool, unit: str) -> Iterator[Found]:
    said = [(name, value) for name, value in (("low", low), ("best", best), ("high", high)) if value is not None]
    for (lower, small), (upper, large) in pairwise(said):
        if small > large:
            yield Found(RANGE_ORDER, upper, f"is {large:g}, below `{lower}`, which is {small:g}")
    if is_middle and len(said) < 3:
        yield Found(NO_MIDDLE, "is_middle", "is true without low, best and high")
    if said and not unit.strip():
        yield Found(NO_UNIT, "unit", "is empty beside a figure")


def _days(valid_from: dt.date | None, valid_to: dt.date | None) -> Iterator[Found]:
    if valid_to is not None and valid_from is None:
        yield Found(VALID_ORDER, "valid_from", "is empty, and valid_to is not")
    elif valid_to is not None and valid_from is not None and valid_to < valid_from:
        yield Found(VALID_ORDER, "valid_to", f"lies before valid_from, {valid_from}")


def _events(starts_at: str, ends_at: str, kind: str) -> Iterator[Found]:
    if bool(starts_at) != bool(ends_at):
        yield Found(EVENTS_ALONE, "ends_at" if starts_at else "starts_at", "is empty beside the other event")
    elif starts_at and to_kind(kind.strip()) not in (None, "lead_time"):
        yield Found(EVENTS_ALONE, "starts_at", "is given, and the kind is not lead_time")


def _published(kind: str, *days: Any) -> Iterator[Found]:
    valid_from, valid_to, of_day, published, precision = days
    day, today = valid_to or valid_from, dt.datetime.now(dt.UTC).date()
    if published is None or (day or published) <= published <= today:
        return
    if first_of_days(published, precision) > today:
        yield Found(PUBLISHED_LATER, "published", f"{published} has not come yet")
    if to_kind(kind.strip()) in OF_THE_PAST and day and first_of_days(day, of_day) > last_day(published, precision):
        yield Found(PUBLISHED_EARLY, "published", f"is before {day}, the day that it is for")


def _sign(kind: str, low: float | None, best: float | None, high: float | None) -> Iterator[Found]:
    for name, value in (("low", low), ("best", best), ("high", high)):
        if value is not None and value < 0 and to_kind(kind.strip()) not in ("other", "funding", None):
            yield Found(NEGATIVE, name, f"is {value:g}")


def _source(document: str, title: str, address: str, passage: str) -> Iterator[Found]:
    if not (document or title or address or passage):
        yield Found(NO_SOURCE, "document", "is empty, as are title, address and passage")


def _references(supersedes: str, reason: str) -> Iterator[Found]:
    if bool(supersedes) != bool(reason.strip()):
        yield Found(NO_REASON, "reason" if supersedes else "supersedes", "is empty")


_CHECKS: tuple[_Check, ...] = (
    (("kind",), _kind),
    (("holder", "item"), _names),
    (("low", "best", "high", "is_middle", "unit"), _range),
    (("valid_from", "valid_to"), _days),
    (("starts_at", "ends_at", "kind"), _events),
    (("supersedes", "reason"), _references),
    (("document", "title", "address", "passage"), _source),
    (("kind", "low", "best", "high"), _sign),
    (("kind", "valid_from", "valid_to", "valid_precision", "published", "published_precision"), _published),
)
