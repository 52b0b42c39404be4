"""Commands that ask a ledger, each a thin door to a function of `replenish.ledger`."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from replenish.cli.ledger_options import DEFAULT, AdmitUndated, Holder, Item, OfKind, Place, Valid, When

Asking = Annotated[When | None, Parameter(name="*")]
Out = Annotated[Path | None, Parameter(help="write the rows to this file instead, .csv or .xlsx", show_default=False)]


def register(app: App) -> None:
    """Add the commands of this module to those on a ledger."""
    for command in (show, statement, conflicts, diff, pledges, counts, sources, names, documents, report):
        app.command(command)


def show(
    item: Item = "",
    *,
    holder: Holder = "",
    kind: OfKind = None,
    valid: Valid = None,
    when: Asking = None,
    out: Out = None,
) -> None:
    """Print what is known: of a few series every statement, of more the figure that the rule picks.

    Example: `replenish ledger show 155mm_round --holder "United States" --kind production_rate --known-at 2023-12-31`
    """
    from replenish.cli import ledger_answers

    ledger_answers.show((item, holder, kind), when or When(), valid=valid, out=out)


def statement(name: Annotated[str, Parameter(help="id of a statement")], *, place: Place = DEFAULT) -> None:
    """Print everything that is recorded of a statement: words, source, who recorded it, corrections.

    Example: `replenish ledger statement USP19`
    """
    from replenish.cli import ledger_answers

    ledger_answers.statement(place, name)


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
    out: Out = None,
) -> None:
    """Print how the picked figures differ between two days, what is known at one of them only, and why.

    Example: `replenish ledger diff 155mm_round --known 2023-03-31 2023-12-31`
    """
    from replenish.cli import ledger_answers

    first, second = (
        When(known_at=day, recorded_by=moment, admit_undated=admit_undated, place=place)
        for day, moment in zip(known, recorded_by or ("", ""), strict=True)
    )
    ledger_answers.diff((item, holder, kind), first, second, out=out)


def conflicts(
    item: Item = "",
    *,
    holder: Holder = "",
    kind: OfKind = None,
    valid: Valid = None,
    when: Asking = None,
    out: Out = None,
) -> None:
    """Print figures for the same days that contradict each other, the widest apart first, and sums that fall."""
    from replenish.cli import ledger_answers

    ledger_answers.conflicts((item, holder, kind), when or When(), valid=valid, out=out)


def pledges(item: Item = "", *, holder: Holder = "", when: Asking = None, out: Out = None) -> None:
    """Print each pledge beside what was delivered by the day on which it is due."""
    from replenish.cli import ledger_answers

    ledger_answers.pledges((item, holder, None), when or When(), out=out)


def counts(
    item: Item = "",
    *,
    holder: Holder = "",
    on: Annotated[dt.date | None, Parameter(help="day to count to; --known-at, or today, if not given")] = None,
    when: Asking = None,
    out: Out = None,
) -> None:
    """Print the last count of each stock and the days since then."""
    from replenish.cli import ledger_answers

    ledger_answers.counts((item, holder, None), when or When(), on=on, out=out)


def sources(item: Item = "", *, holder: Holder = "", kind: OfKind = None, when: Asking = None, out: Out = None) -> None:
    """Print the documents that statements come from, as they are cited."""
    from replenish.cli import ledger_answers

    ledger_answers.sources((item, holder, kind), when or When(), out=out)


def names(*, place: Place = DEFAULT) -> None:
    """Print the names of items, holders and units, with how many statements use each."""
    from replenish.cli import ledger_answers

    ledger_answers.list_names(place)


def documents(*, place: Place = DEFAULT) -> None:
    """Print all documents, with how many passages and statements of each are recorded."""
    from replenish.cli import ledger_answers

    ledger_answers.documents(place)


def report(
    item: Item = "",
    *,
    holder: Holder = "",
    kind: OfKind = None,
    when: Asking = None,
    since: Annotated[dt.date | None, Parameter(help="also list what differs from what was known on this day")] = None,
    out: Annotated[Path, Parameter(help="file of the page")] = Path("ledger.html"),
) -> None:
    """Write a page: each series as a picture, the figure that the rule picks, who said it, and who differs.

    Example: `replenish ledger report 155mm_round --known-at 2024-12-31 --since 2023-12-31`
    """
    from replenish.cli import ledger_page

    ledger_page.report((item, holder, kind), when or When(), since=since, out=out)
