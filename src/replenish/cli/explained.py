"""What the command `explain` prints."""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from replenish.study.explain import explain as find
from replenish.study.explained import Explanation, Input, limit_words, shown, term_cells, value_words, words


def explain(
    run: Path, measure: str, labels: Mapping[str, str], *, date: dt.date | None, rows: int, as_json: bool
) -> None:
    """Print what is behind a number."""
    found = find(run, measure, date=date, **labels)
    if as_json:
        print(json.dumps(found.to_dict(), indent=2, allow_nan=False))
        return
    _say(f"{found.title} ({found.measure}) [{found.unit}]", f"definition: {found.formula}")
    _print("", ("of", "on", "value"), [(words(v.labels), str(v.date or "all"), value_words(v)) for v in found.values])
    for part in found.breakdowns:
        _print(part.title, ("term", "mean over paths"), term_cells(part), numbers=1)
        _say(part.check)
    if found.limits:
        _say("", "What may hold it down:", *(f"  {limit_words(limit)}" for limit in found.limits))
    _print_inputs(found, rows)
    _say(*found.missing, *found.notes)


def _print_inputs(found: Explanation, most: int) -> None:
    """Print the cells that the scenario states, each with all its evidence, and the defaults beside them."""
    told = [row for row in found.inputs if not row.is_default]
    cells = [(place, list(rows)) for place, rows in groupby(told, key=_place)]
    if cells:
        head = ("cell", "value", "range", "where it is from")
        _print("Cells of the scenario behind it, its own first", head, [_cell(*cell) for cell in cells[:most]])
    if len(cells) > most:
        _say(f"... {len(cells) - most} more cells; --rows {len(cells)} prints all")
    used = list(
        dict.fromkeys(f"{_place(row)} = {row.value} {row.unit}".rstrip() for row in found.inputs if row.is_default)
    )
    if used:
        more = f"; {len(used) - most} more" if len(used) > most else ""
        _say("", f"Defaults used: {'; '.join(used[:most])}{more}")


def _place(row: Input) -> str:
    return " ".join(filter(None, (row.table, row.key, row.column)))


def _cell(place: str, rows: Sequence[Input]) -> tuple[str, ...]:
    first = rows[0]
    ends = "" if first.low is None and first.high is None else f"{shown(first.low)} to {shown(first.high)}"
    told = [": ".join(filter(None, (row.basis, " ".join(filter(None, (row.source, row.address)))))) for row in rows]
    notes = [f"({row.note})" for row in rows if row.note]
    origin = "\n".join(dict.fromkeys([*filter(None, told), *notes])) or "no evidence given"
    return place, f"{first.value} {first.unit}".rstrip(), ends, origin


def _say(*lines: str) -> None:
    for line in lines:
        print(line)


def _print(title: str, head: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: int = -1) -> None:
    """Print a table; text from files is printed as it is, never as markup."""
    table = Table(title=Text(title) if title else None, title_justify="left")
    for place, name in enumerate(head):
        table.add_column(name, overflow="fold", justify="right" if place == numbers else "left")
    for row in rows:
        table.add_row(*map(Text, row))
    is_wide_known = sys.stdout.isatty() or "COLUMNS" in os.environ
    Console(width=None if is_wide_known else 140).print(table)
