"""The command `backtest`: a forecast as of a past date, held against what came."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter, validators

if TYPE_CHECKING:
    from replenish.study.hindsight.study import Backtest

Positive = validators.Number(gte=1)
Share = validators.Number(gte=0, lte=1)


def register(app: App) -> None:
    """Add the command of this module to the command line."""
    app.command(backtest)


def backtest(
    scenario: Annotated[str, Parameter(help="folder or workbook of the scenario, or the name of an example")],
    *,
    known_at: Annotated[dt.date, Parameter(help="last day of publication that the forecast may use")],
    until: Annotated[dt.date, Parameter(help="last day whose reported figures are judged")],
    realised_share: Annotated[
        float | None,
        Parameter(help="share to which capacity announced for after --known-at comes; as known if not given",
                  validator=Share),
    ] = None,
    admit_undated_days: Annotated[
        int | None,
        Parameter(help="a source without date counts as published so many days after the date of its row; as [ledger]"
                  " says if not given, else never", validator=validators.Number(gte=0)),
    ] = None,
    doubt: Annotated[
        int,
        Parameter(help="scenarios among which the paths are divided, with assumptions drawn from the ranges of the"
                  " evidence; 0: as they are", validator=validators.Number(gte=0)),
    ] = 0,
    paths: Annotated[
        int | None, Parameter(help="number of paths; the scenario's if not given", validator=Positive)
    ] = None,
    seed: Annotated[int | None, Parameter(help="seed of all draws; the scenario's if not given")] = None,
    workers: Annotated[
        int | None, Parameter(help="threads; one per processor if not given", validator=Positive)
    ] = None,
    out: Annotated[Path | None, Parameter(help="folder for the tables; a new one under runs/ if not given")] = None,
    progress: Annotated[bool, Parameter(name="--progress", help="show a progress bar")] = True,
) -> None:  # fmt: skip
    """Forecast with what was known at a past date, and score the forecast by what was reported afterwards.

    What was not known yet is left out or put back by a written rule for each table, and listed. Example:
    `replenish backtest artillery --known-at 2023-03-31 --until 2024-12-31`
    """
    from replenish.cli.studies import bar
    from replenish.report.hindsight import write_backtest
    from replenish.study.hindsight.study import backtest as find

    with bar(None, is_shown=progress) as (shown, task):
        found = find(
            scenario, known_at=known_at, until=until, realised_share=realised_share,
            admit_undated_days=admit_undated_days, doubt=doubt, paths=paths, seed=seed, workers=workers, out=out,
            progress=lambda done: shown.advance(task, done),
        )  # fmt: skip
    _print(found)
    assert found.folder is not None  # backtest has saved it
    print(f"tables  {found.folder}")
    print(f"page    {write_backtest(found, found.folder / 'backtest.html')}")


def _print(found: Backtest) -> None:
    from replenish.cli.studies import print_table
    from replenish.report.hindsight import headline

    known = found.known
    print(headline(found).replace("\xa0", " "))
    print(
        f"as known at {known.date}: {known.count('dropped')} rows dropped, {known.count('reverted')} cells put back,"
        f" {known.count('cut')} cut, {known.count('kept')} kept although their source is"
        " later; not_known.csv lists them"
    )
    if found.doubts:
        print(f"assumptions drawn from their ranges: {len(found.doubts)}; doubts.csv lists them")
    used = found.points.filter("is_used")["name"].to_list()
    if used:
        print(f"not judged, as the scenario rests on the same source: {', '.join(used)}")
    head = ("series", "figures", "in 50 %", "in 90 %", "CRPS", "last value", "announced", "trend")
    title = (
        "Mean scores; of naive forecasts the mean error, in brackets how often the model did better; the"
        " last row as shares of what was reported"
    )
    print_table(title, head, _rows(found))


def _rows(found: Backtest) -> Iterator[tuple[str, ...]]:
    from replenish.report.hindsight import told_score
    from replenish.report.numbers import percent
    from replenish.study.hindsight.naive import NAIVE
    from replenish.study.hindsight.study import KEYS

    for row in found.rows.iter_rows(named=True):
        name = "/".join(filter(None, (row[key] for key in KEYS))) or "all"
        unit = f" [{row['unit']}]" if row["unit"] else ""
        covered = (percent(row["coverage_50"]), percent(row["coverage_90"]))
        yield f"{name}{unit}", str(row["points"]), *covered, *(told_score(row, column) for column in ("crps", *NAIVE))
