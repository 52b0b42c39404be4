"""Commands on a ledger, each a thin door to a function of `replenish.ledger`."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter, validators

ledger = App(name="ledger", help="Keep what was said, by whom and when, and ask what was known at any date.")

Kind = Literal[
    "count", "pledge", "order", "delivery", "need", "use", "production_rate", "capacity", "capacity_target",
    "investment", "unit_cost", "lead_time", "funding", "requirement", "other",
]  # fmt: skip
Place = Annotated[
    str, Parameter(name="--ledger", env_var="REPLENISH_LEDGER", help="file of the ledger, or URL of its database")
]
Author = Annotated[str | None, Parameter(help="who records; the user of this computer if not given")]
Item = Annotated[str, Parameter(help="item; all if not given")]
Holder = Annotated[str, Parameter(help="holder; all if not given")]
OfKind = Annotated[Kind | None, Parameter(help="kind of statement; all if not given")]
Valid = Annotated[dt.date | None, Parameter(help="day for which a figure is wanted; the latest if not given")]
KnownAt = Annotated[
    dt.date | None, Parameter(name=["--known-at", "--known"], help="as known on this day; at any time if not given")
]
RecordedBy = Annotated[
    str, Parameter(help="as recorded by the end of this day, or by this moment (UTC); now if not given")
]
AdmitUndated = Annotated[
    int | None,
    Parameter(
        help="take undated statements as known so many days after the day that they are for",
        validator=validators.Number(gte=0),
    ),
]
DEFAULT = "ledger.db"


def register(app: App) -> None:
    """Add the commands of this module to the command line."""
    app.command(ledger)


@ledger.command
def new(
    place: Annotated[str, Parameter(env_var="REPLENISH_LEDGER", help="file to make, or URL of a database")] = DEFAULT,
    *,
    from_: Annotated[
        Literal["empty", "example"], Parameter(name="--from", help="example: with public figures on 155 mm ammunition")
    ] = "empty",
    author: Author = None,
) -> None:
    """Make a ledger. Example: `replenish ledger new figures.db --from example`."""
    from replenish.cli import ledgered

    ledgered.new(place, example=from_ == "example", author=author)


@ledger.command
def add(
    *files: Annotated[Path, Parameter(help="files of text, HTML or PDF, or folders of them")],
    published: Annotated[
        str,
        Parameter(
            help="day of publication of one file that does not say it; 2024-02, 2024-Q1 or 2024 where no more is known",
            show_default=False,
        ),
    ] = "",
    title: Annotated[str, Parameter(help="title of one file; else as it says", show_default=False)] = "",
    publisher: Annotated[str, Parameter(help="publisher of one file; else as it says", show_default=False)] = "",
    address: Annotated[str, Parameter(help="where one file was published", show_default=False)] = "",
    least_containment: Annotated[
        float,
        Parameter(
            help="a copy shares at least this part of its runs of five words, or of the other's if that is shorter",
            validator=validators.Number(gte=0, lte=1),
        ),
    ] = 0.2,
    least_run: Annotated[
        int, Parameter(help="and at least so many words in a row", validator=validators.Number(gte=1))
    ] = 8,
    author: Author = None,
    place: Place = DEFAULT,
) -> int:
    """Record documents. One that repeats a recorded one is linked to it, and its changes are printed.

    Example: `replenish ledger add articles/`
    """
    from replenish.cli import documented

    given = documented.Given(title, publisher, address, published)
    return documented.add(place, files, given, thresholds=(least_containment, least_run), author=author)


@ledger.command
def passages(
    document: Annotated[str, Parameter(help="id of a document, or its beginning, such as d-3f1c")],
    *,
    number: Annotated[
        list[int] | None, Parameter(negative="", help="only this passage; may be given many times")
    ] = None,
    draft: Annotated[
        Path | None,
        Parameter(help="write their figures as a table, .csv or .xlsx, to fill and import; nothing is recorded"),
    ] = None,
    item: Annotated[str, Parameter(help="item of all rows of the draft", show_default=False)] = "",
    holder: Annotated[str, Parameter(help="holder of all rows of the draft", show_default=False)] = "",
    accept: Annotated[
        list[int] | None, Parameter(negative="", help="record this passage; may be given many times")
    ] = None,
    author: Author = None,
    place: Place = DEFAULT,
) -> None:
    """Propose passages of a document that may be worth recording: quotations, and sentences with figures.

    Example: `replenish ledger passages d-3f1c --draft figures.csv --item 155mm_round --holder Norland`
    """
    from replenish.cli import documented
    from replenish.errors import UsageError

    if accept and (draft or number):
        raise UsageError("--accept records passages by themselves: leave out --draft and --number")
    if (item or holder) and draft is None:
        raise UsageError("--item and --holder are those of a draft: give --draft FILE")
    if accept:
        documented.accept(place, document, accept, author=author)
    elif draft is not None:
        documented.draft(place, document, draft, number or (), item=item, holder=holder)
    else:
        documented.passages(place, document, number or ())


@ledger.command(name="import")
def import_(
    table: Annotated[Path, Parameter(help="CSV file or workbook of statements")],
    *,
    correct: Annotated[
        str, Parameter(help="reason for which rows that differ from recorded ones correct them; else they are refused")
    ] = "",
    author: Author = None,
    place: Place = DEFAULT,
) -> int:
    """Record the statements of a table, all or none; every mistake is told with its place.

    Example: `replenish ledger import figures.csv --correct "read again"`
    """
    from replenish.cli import ledgered

    return ledgered.import_table(place, table, correct=correct, author=author)


@ledger.command
def show(
    item: Item = "",
    *,
    holder: Holder = "",
    kind: OfKind = None,
    valid: Valid = None,
    known_at: KnownAt = None,
    recorded_by: RecordedBy = "",
    admit_undated: AdmitUndated = None,
    place: Place = DEFAULT,
) -> None:
    """Print what is known of an item, the figure that the rule picks, and those that differ from it.

    Example: `replenish ledger show 155mm_round --holder "United States" --kind production_rate --known-at 2023-12-31`
    """
    from replenish.cli import ledgered

    ledgered.show(place, (item, holder, kind), (known_at, recorded_by, admit_undated), valid=valid)


@ledger.command
def diff(
    item: Item = "",
    *,
    known: Annotated[tuple[dt.date, dt.date], Parameter(help="the two days")],
    recorded_by: Annotated[
        tuple[str, str] | None, Parameter(help="days or moments (UTC) of recording, one for each; now if not given")
    ] = None,
    holder: Holder = "",
    kind: OfKind = None,
    admit_undated: AdmitUndated = None,
    place: Place = DEFAULT,
) -> None:
    """Print what is known at one of two days only, and why.

    Example: `replenish ledger diff 155mm_round --known 2023-03-31 2023-12-31`
    """
    from replenish.cli import ledgered

    ledgered.diff(place, (item, holder, kind), known, recorded_by or ("", ""), admit_undated)


@ledger.command
def conflicts(
    item: Item = "",
    *,
    holder: Holder = "",
    kind: OfKind = None,
    valid: Valid = None,
    known_at: KnownAt = None,
    recorded_by: RecordedBy = "",
    admit_undated: AdmitUndated = None,
    place: Place = DEFAULT,
) -> None:
    """Print figures for the same days that differ, the picked one first, and sums since some start that fall."""
    from replenish.cli import ledgered

    ledgered.conflicts(place, (item, holder, kind), (known_at, recorded_by, admit_undated), valid=valid)


@ledger.command
def pledges(
    item: Item = "",
    *,
    holder: Holder = "",
    known_at: KnownAt = None,
    recorded_by: RecordedBy = "",
    admit_undated: AdmitUndated = None,
    place: Place = DEFAULT,
) -> None:
    """Print each pledge beside what was delivered by the day on which it is due."""
    from replenish.cli import ledgered

    ledgered.pledges(place, (item, holder, None), (known_at, recorded_by, admit_undated))


@ledger.command
def counts(
    item: Item = "",
    *,
    holder: Holder = "",
    on: Annotated[dt.date | None, Parameter(help="day to count to; --known-at, or today, if not given")] = None,
    known_at: KnownAt = None,
    recorded_by: RecordedBy = "",
    admit_undated: AdmitUndated = None,
    place: Place = DEFAULT,
) -> None:
    """Print the last count of each stock and the days since then."""
    from replenish.cli import ledgered

    ledgered.counts(place, (item, holder, None), (known_at, recorded_by, admit_undated), on=on)


@ledger.command
def sources(
    item: Item = "",
    *,
    holder: Holder = "",
    kind: OfKind = None,
    known_at: KnownAt = None,
    recorded_by: RecordedBy = "",
    admit_undated: AdmitUndated = None,
    place: Place = DEFAULT,
) -> None:
    """Print the documents that statements come from, as they are cited."""
    from replenish.cli import ledgered

    ledgered.sources(place, (item, holder, kind), (known_at, recorded_by, admit_undated))


@ledger.command
def report(
    item: Item = "",
    *,
    holder: Holder = "",
    kind: OfKind = None,
    known_at: KnownAt = None,
    recorded_by: RecordedBy = "",
    admit_undated: AdmitUndated = None,
    since: Annotated[dt.date | None, Parameter(help="also list what differs from what was known on this day")] = None,
    out: Annotated[Path, Parameter(help="file of the page")] = Path("ledger.html"),
    place: Place = DEFAULT,
) -> None:
    """Write a page: each series as a picture, the figure that the rule picks, who said it, and who differs.

    Example: `replenish ledger report 155mm_round --known-at 2024-12-31 --since 2023-12-31`
    """
    from replenish.cli import ledger_page

    ledger_page.report(place, (item, holder, kind), (known_at, recorded_by, admit_undated), since=since, out=out)


@ledger.command
def correct(
    statement: Annotated[str, Parameter(help="id of a statement")],
    *changes: Annotated[str, Parameter(help="COLUMN=VALUE; nothing after = empties the column")],
    reason: Annotated[str, Parameter(help="why")],
    author: Author = None,
    place: Place = DEFAULT,
) -> int:
    """Record a statement anew with other values. The old one stays and is known as it was at earlier moments.

    Example: `replenish ledger correct USP01 best=14400 --reason "misread"`
    """
    from replenish.cli import ledgered

    return ledgered.correct(place, statement, changes, reason=reason, author=author)


@ledger.command
def verify(*, place: Place = DEFAULT) -> int:
    """Check that everything is as it was recorded; exit 4 if anything is not."""
    from replenish.cli import ledgered

    return ledgered.verify(place)


@ledger.command
def export(
    table: Annotated[Path, Parameter(help="file to write: .csv or .xlsx")],
    *,
    item: Item = "",
    holder: Holder = "",
    kind: OfKind = None,
    known_at: KnownAt = None,
    recorded_by: RecordedBy = "",
    admit_undated: AdmitUndated = None,
    place: Place = DEFAULT,
) -> None:
    """Write statements as a table that `import` reads: all, or those known at a day. No cell becomes a formula."""
    from replenish.cli import ledgered

    ledgered.export(place, table, (item, holder, kind), (known_at, recorded_by, admit_undated))
