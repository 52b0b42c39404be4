"""A scenario in which one kind of delay is longer or shorter by some days.

Delays are columns, so that days are added to them; what would fall below zero is zero.  Money is no column of days: it
comes as a lump at the start of a budget year and through gates.  So

- budget years start so many whole months later (days / mean month, rounded), in which case money that lies there on
  the first day of the horizon stays, and
- each known date on which a gate lets more through than before moves by the days; dates on which it closes stay, so
  that a gap in funding is longer, not later.  What a gate does at random stays as it is.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from typing import Any, Final, Literal, NamedTuple, get_args

from replenish.errors import UsageError
from replenish.scenario import Scenario
from replenish.scenario.model import Budget, ChainState, Forced, Row
from replenish.scenario.suggest import advice
from replenish.units import MEAN_DAYS

Kind = Literal["deciding", "contracting", "producing", "building", "shipping", "funding", "all"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
"""What may take longer; `all` is the others together."""

_NUMBERING = 10
"""From this month on a budget year bears the number of the next year."""


class _Column(NamedTuple):
    """The column that holds a delay, and the holders whose delay that of a row is, given the owners of lines."""

    table: str
    name: str
    whose: Callable[[Any, Mapping[str, str]], tuple[str, ...]]


def _of_line(row: Any, owner: Mapping[str, str]) -> tuple[str, ...]:
    return (owner.get(row.line, ""),)


_COLUMNS: Final[Mapping[str, _Column]] = {
    "deciding": _Column("holders", "decision_delay_days", lambda row, _: (row.name,)),
    "contracting": _Column("line_items", "administrative_lead_time_days", _of_line),
    "producing": _Column("line_items", "production_lead_time_days", _of_line),
    "building": _Column("expansions", "build_time_days", _of_line),
    "shipping": _Column("routes", "lead_time_days", lambda row, _: (row.from_holder, row.to_holder)),
}


def delayed(scenario: Scenario, kind: Kind, days: float, *, holder: str = "") -> Scenario:
    """Return a scenario in which a delay is longer by `days`, or shorter if they are negative, but not below zero.

    Args:
        scenario: what to change.
        kind: which delay.  `deciding` is that of holders, `contracting` and `producing` those of items on lines,
            `building` that of expansions, `shipping` that of routes, and `funding` moves money as told above.
        days: how much longer [day].
        holder: whose delay, a group standing for its members: that of the holder, of its lines, of routes from or to
            it, of its budgets and of gates that it names, which others may share; everybody's if empty.

    The evidence and the cases of the scenario, which speak of the values as they were, are left out.

    Raises:
        UsageError: there is no such kind or holder.
    """
    if kind not in KINDS:
        raise UsageError(f"delay {kind}: there is no such delay; it is one of {', '.join(KINDS)}")
    members = members_of(scenario, holder)
    changed = scenario.model_copy(update={"evidence": (), "cases": ()})
    for own in KINDS[:-1] if kind == "all" else (kind,):
        update = _later_money(changed, days, members) if own == "funding" else _longer(changed, own, days, members)
        changed = changed.model_copy(update=update)
    return changed


def is_changed(scenario: Scenario, changed: Scenario) -> bool:
    """Return whether a delay of two scenarios differs."""
    tables = {"holders", "budgets", "forced", *(column.table for column in _COLUMNS.values())}
    return any(scenario.rows(table) != changed.rows(table) for table in tables)


def longest_delay(scenario: Scenario) -> float:
    """Return the longest delay that a column holds [day]."""
    return max((float(getattr(row, c.name)) for c in _COLUMNS.values() for row in scenario.rows(c.table)), default=0.0)


def members_of(scenario: Scenario, holder: str) -> frozenset[str]:
    """Return a holder and all that belong to it; everybody if `holder` is empty.

    Raises:
        UsageError: there is no such holder.
    """
    parents = {row.name: row.parent for row in scenario.holders}
    if not holder:
        return frozenset(parents)
    if holder not in parents:
        near = advice(holder, parents) or f"there are {', '.join(parents)}"
        raise UsageError(f"holder {holder}: there is no such holder; {near}")
    found = {holder}
    while more := {name for name, parent in parents.items() if parent in found} - found:
        found |= more
    return frozenset(found)


def _longer(scenario: Scenario, kind: str, days: float, members: frozenset[str]) -> dict[str, tuple[Row, ...]]:
    column = _COLUMNS[kind]
    owner = {row.name: row.owner for row in scenario.lines}

    def longer(row: Row) -> Row:
        if members.isdisjoint(column.whose(row, owner)):
            return row
        return row.model_copy(update={column.name: max(0.0, getattr(row, column.name) + days)})

    return {column.table: tuple(map(longer, scenario.rows(column.table)))}


def _later_money(scenario: Scenario, days: float, members: frozenset[str]) -> dict[str, tuple[Row, ...]]:
    months = round(days / MEAN_DAYS["month"])
    paid = {row.holder for row in scenario.budgets if row.holder in members}
    first = {row.name: row.fiscal_year_start_month for row in scenario.holders}
    gates = {row.gate for row in scenario.budgets if row.holder in members}
    gates |= {row.gate for row in scenario.holders if row.name in members}
    return {
        "holders": tuple(
            row.model_copy(update={"fiscal_year_start_month": (first[row.name] + months - 1) % 12 + 1})
            if row.name in paid
            else row
            for row in scenario.holders
        ),
        "budgets": tuple(
            _in_year(row, first[row.holder], months) if row.holder in paid else row for row in scenario.budgets
        ),
        "forced": tuple(_moved_openings(scenario, gates, round(days))),
    }


def _in_year(row: Budget, first_month: int, months: int) -> Budget:
    """Return a budget under the number that its year bears once it starts so many months later."""
    start = (row.year - (first_month >= _NUMBERING)) * 12 + first_month - 1 + months
    return row.model_copy(update={"year": start // 12 + (start % 12 + 1 >= _NUMBERING)})


def _moved_openings(scenario: Scenario, gates: set[str], days: int) -> Iterator[Forced]:
    """Yield the known states of chains, those of gates with every date moved on which they open."""
    chains = dict.fromkeys(row.chain for row in scenario.forced)
    for chain in chains:
        rows = [row for row in scenario.forced if row.chain == chain]
        states = [row for row in scenario.chains if row.chain == chain]
        yield from _moved(sorted(rows, key=lambda row: row.start), states, days) if chain in gates and days else rows


def _moved(rows: list[Forced], states: list[ChainState], days: int) -> Iterator[Forced]:
    through = {row.state: (row.purchase_share, row.release_share) for row in states}
    best, day = max(through.values()), dt.timedelta(days=1)
    free = dt.date.min  # first day that what is known so far leaves
    start = rows[0].start
    for row, after in [*pairwise(rows), (rows[-1], None)]:
        is_joined = after is not None and after.start == row.end + day
        opens = through[row.state] < (through[after.state] if after is not None and is_joined else best)
        start = max(start, free)
        end = max(row.end + dt.timedelta(days=days), start - day) if opens else row.end
        if end >= start:
            yield row.model_copy(update={"start": start, "end": end})
        free = max(free, end + day)
        if after is not None:
            start = free if is_joined and opens else after.start
