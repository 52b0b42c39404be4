"""What the commands `delay` and `target` do and print."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import polars as pl

from replenish.cli.studies import STOPPED, bar, print_table, short
from replenish.measures import LABELS, REPLENISHMENT
from replenish.report.numbers import DASH, lever_amount, percent
from replenish.study import delay_costs as delays
from replenish.study import reaching
from replenish.study.wishes import Wish


def delay(name: str, *, is_shown: bool, **options: Any) -> int:
    """Lengthen each delay and print what it costs; return the exit status."""
    with bar(None, is_shown=is_shown) as (shown, task):
        found = delays.delay_costs(
            name, progress=lambda done, total: shown.update(task, completed=done, total=total), **options
        )
    whose = f", of {found.holder}" if found.holder else ""
    taken = f"{abs(found.days):g} days {'longer' if found.days > 0 else 'shorter'}{whose}"
    title = f"Change if one delay is {taken}; same draws, {found.paths} paths; in brackets: not told from none"
    done = found.rows.filter(pl.col("outcome") == "done")
    kinds, clear = list(done["kind"].unique(maintain_order=True)), _clear(done)
    print_table(title, ("number", "as it is", *kinds), _numbers(clear, kinds))
    left = done.select("measure", *LABELS).n_unique() - clear.select("measure", *LABELS).n_unique()
    if left:
        print(f"{left} numbers that no delay clearly changes are left out; the table has all, with standard errors")
    for kind, reason in found.rows.filter(pl.col("outcome") == "skipped").select("kind", "reason").iter_rows():
        print(f"{kind} skipped: {reason}")
    assert found.folder is not None  # delay_costs has saved it
    print(f"table  {found.folder / 'delays.csv'}")
    return _end(is_complete=found.is_complete)


def target(name: str, wish: Wish | str, *, is_shown: bool, **options: Any) -> int:
    """Find what would have to be true and print it; return the exit status."""
    with bar(None, is_shown=is_shown) as (shown, task):
        found = reaching.reach(
            name, wish, progress=lambda done, total: shown.update(task, completed=done, total=total), **options
        )
    today, wanted = found.today, percent(found.wish.probability)
    interval = f"95 % interval {percent(today.low)} to {percent(today.high)}, {found.paths} paths"
    print(f"{found.wish}\ntoday {percent(today.probability)} ({interval})")
    if found.is_met:
        print("met already")
    else:
        head = ("lever", "smallest change", "probability", "95 % interval", "")
        print_table(f"What would have to be true for {wanted}, each alone", head, map(_lever, found.rows.to_dicts()))
    assert found.folder is not None  # reach has saved it
    print(f"table  {found.folder / 'levers.csv'}")
    return _end(is_complete=found.is_complete)


def _end(*, is_complete: bool) -> int:
    if not is_complete:
        print("replenish: stopped; what was done is kept", file=sys.stderr)
    return 0 if is_complete else STOPPED


def _clear(done: pl.DataFrame) -> pl.DataFrame:
    """Return the numbers that some delay changes by more than chance would."""
    is_told = (pl.col("low") > 0) | (pl.col("high") < 0) | (pl.col("applies_a") != pl.col("applies_b"))
    return done.filter(is_told.any().over("measure", *LABELS))


def _numbers(done: pl.DataFrame, kinds: list[str]) -> Iterator[tuple[str, ...]]:
    """Yield one row for each number with its change by kind; of a date the share of paths that have it as well."""
    for key, own in done.group_by("measure", *LABELS, maintain_order=True):
        rows = {row["kind"]: row for row in own.to_dicts()}
        first, name = next(iter(rows.values())), "/".join(filter(None, map(str, key)))
        changes = [_change(rows.get(kind)) for kind in kinds]
        yield f"{name} [{first['unit']}]", short(first["mean_a"]), *changes
        if first["measure"] == REPLENISHMENT:
            shares = [DASH if kind not in rows else percent(rows[kind]["applies_b"]) for kind in kinds]
            yield f"{name} [there in]", percent(first["applies_a"]), *shares


def _change(row: dict[str, Any] | None) -> str:
    """Return a change, in brackets where its confidence interval holds none."""
    if row is None or row["difference"] is None:
        return DASH
    is_told = row["low"] is not None and not row["low"] <= 0 <= row["high"]
    return short(row["difference"]) if is_told else f"({short(row['difference'])})"


def _lever(row: dict[str, Any]) -> tuple[str, ...]:
    if row["outcome"] == "skipped":
        return row["title"], DASH, DASH, DASH, f"skipped: {row['reason']}"
    found, amount = percent(row["probability"]), lever_amount(row["unit"], row["amount"])
    interval = f"{percent(row['low'])} to {percent(row['high'])}"
    if row["outcome"] == "reached":
        return row["title"], amount, found, interval, "reached"
    where = "as it is" if row["amount"] == row["neutral"] else f"at {amount}"
    tried = lever_amount(row["unit"], row["limit"])
    return row["title"], DASH, found, interval, f"not reached by this alone up to {tried}: best is {found} {where}"
