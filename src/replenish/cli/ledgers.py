"""Commands on a ledger, each a thin door to a function of `replenish.ledger`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter, validators

from replenish.cli.ledger_options import DEFAULT, Author, Holder, Item, OfKind, Place, When

ledger = App(name="ledger", help="Keep what was said, by whom and when, and ask what was known at any date.")


def register(app: App) -> None:
    """Add the commands on a ledger to the command line."""
    from replenish.cli import ledger_questions

    ledger_questions.register(ledger)
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
            help="day of publication of one file that does not say it, or that is recorded with a wrong one; 2024-02,"
            " 2024-Q1 or 2024 where no more is known",
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
    when: Annotated[When | None, Parameter(name="*")] = None,
    corrected: Annotated[
        bool, Parameter(name="--corrected", negative="", help="corrected rows too, and what corrects them")
    ] = False,
) -> None:
    """Write statements as a table that `import` reads, as they count now or at a day. No cell becomes a formula."""
    from replenish.cli import ledgered

    ledgered.export(table, (item, holder, kind), when or When(), with_corrected=corrected)
