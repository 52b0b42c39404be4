"""A scenario as known at a past date: what was not known yet is left out or put back, by a rule for each table.

References:
    The rules table by table, with their reasons: docs/explanation/back-test.md.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, NamedTuple

import polars as pl

from replenish.scenario.asked import LEDGER
from replenish.scenario.model import TABLES, Budget, Evidence, Forced, Observation, Row, Scenario
from replenish.study.hindsight.cells import Origins, find_origins, own_date

What = Literal["dropped", "reverted", "cut", "kept", "admitted"]

NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "expansions": ("capacity_step", "start", "build_time_days"),
    "orders": ("quantity", "due"),
    "pledges": ("quantity", "start", "due"),
}
"""Announced things, and the cells without which nobody could speak of them: a row goes if one of these is later."""

ABSENT: Final[Mapping[str, tuple[str, ...]]] = {
    "expansions": ("realised_share", "delay_mean_days", "cost"),
    "chains": ("purchase_share", "release_share"),
}
"""Cells that go back to their default, as announced or without effect, while they are not known."""

COMPANIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "realised_share": ("realised_spread",),
    "delay_mean_days": ("delay_distribution", "delay_coefficient_of_variation"),
}
"""Cells that mean nothing without another and go back with it."""

DATED: Final = ("demand", "requirements", "policies")
"""Tables whose rows hold from a date on, each until the next: a later one that is not known goes as a whole."""

EMPTIED: Final = ("cases",)
"""Tables that a forecast does not need and that may name what is gone."""


class Told(NamedTuple):
    """One thing that was done to a scenario, or left although its source is later.

    column: empty for a whole row.  known_from: None where a source has no date.
    """

    table: str
    key: str
    column: str
    what: What
    known_from: dt.date | None
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AsKnown:
    """A scenario as known at a date, and everything that was done to make it so.

    used: names of later sources, or undated ones, that stand behind a value which was kept: a figure that they report
        is no fair test of a forecast.
    """

    scenario: Scenario
    date: dt.date
    told: tuple[Told, ...]
    used: frozenset[str] = frozenset()

    def table(self) -> pl.DataFrame:
        """Return one row for each thing that was dropped, put back, cut, kept or admitted."""
        types = (pl.String, pl.String, pl.String, pl.String, pl.Date, pl.String)
        return pl.DataFrame(self.told, schema=dict(zip(Told._fields, types, strict=True)), orient="row")

    def count(self, what: What) -> int:
        """Return how many things have this mark."""
        return sum(one.what == what for one in self.told)


@dataclass(slots=True)
class _Work:
    """What is being assembled."""

    scenario: Scenario
    date: dt.date
    origins: Origins
    admit_undated_days: int | None
    told: list[Told] = field(default_factory=list)

    def tell(self, row: Row, column: str, what: What, why: str, *, later: list[str] | None = None) -> None:
        """Take down what is done to a row or a cell."""
        known = self.origins.known_from(row, later) if later else None
        self.told.append(Told(row.table, row.key_value(), column, what, known, why))


def as_known(scenario: Scenario, date: dt.date, *, admit_undated_days: int | None = None) -> AsKnown:
    """Return a scenario as it could have been written at a date.

    Args:
        scenario: its tables `evidence` and `sources` say from when each value is known.
        date: last day of publication that counts.
        admit_undated_days: a source without date counts as published so many days after the date that a row itself
            bears; without it such a source is not known at any past date.
    """
    origins = find_origins(scenario, date, admit_undated_days=admit_undated_days)
    work = _Work(scenario, date, origins, admit_undated_days)
    tables: dict[str, tuple[Any, ...]] = {}
    for table in _TOLD_OF:
        tables[table] = tuple(_assembled(work, table))
    found = scenario.model_copy(update={**tables, "evidence": (), "sources": ()})
    _tell_admitted(work, found)
    return AsKnown(
        scenario=_with_evidence(work, found), date=date, told=tuple(work.told), used=_later_sources(work, found)
    )


def _tell_admitted(work: _Work, found: Scenario) -> None:
    """List the cells that are known only by the rule for undated sources."""
    for row in (row for table in _TOLD_OF for row in found.rows(table)):
        for column in type(row).model_fields:
            if (row.table, row.key_value(), column) in work.origins.admitted and not work.origins.is_later(row, column):
                work.tell(row, column, "admitted", "its source has no date; the stated rule admits it")


def _assembled(work: _Work, table: str) -> Iterator[Row]:
    rows = work.scenario.rows(table)
    if table in EMPTIED:
        if rows:
            work.told.append(Told(table, "", "", "dropped", None, f"all {len(rows)} rows; a forecast needs none"))
        return
    own = _RULES.get(table)
    if table in NEEDED:
        own = _announced
    elif table in DATED:
        own = _dated
    for row in rows:
        if (kept := (own or _opening)(work, row)) is not None:
            yield kept


def _announced(work: _Work, row: Any) -> Row | None:
    missing = [column for column in NEEDED[row.table] if work.origins.is_later(row, column)]
    if missing:
        work.tell(row, "", "dropped", f"{', '.join(missing)} not known yet", later=missing)
        return None
    return _opening(work, row)


def _dated(work: _Work, row: Any) -> Row | None:
    start, later = own_date(row), work.origins.later(row)
    if start is None or start <= work.scenario.settings.time.start or not later:
        return _opening(work, row)
    work.tell(row, "", "dropped", f"{', '.join(later)} not known yet; the row before it holds on", later=later)
    return None


def _opening(work: _Work, row: Any) -> Row:
    """Return a row that a study cannot do without: what is not known of it goes back to a default, or is assumed."""
    later, absent = work.origins.later(row), ABSENT.get(row.table, ())
    put_back = [column for column in later if column in absent]
    for column in later:
        if column in put_back:
            work.tell(row, column, "reverted", "not known yet; its default instead", later=[column])
        else:
            work.tell(row, column, "kept", "the study cannot do without it; an assumption here", later=[column])
    return _without(row, put_back)


def _without(row: Any, columns: list[str]) -> Row:
    """Return a row with some cells, and what means nothing without them, at their defaults."""
    gone = {name for column in columns for name in (column, *COMPANIONS.get(column, ()))}
    kept: Row = type(row).model_validate(row.model_dump(include=row.model_fields_set - gone)) if gone else row
    return kept


def _forced(work: _Work, row: Forced) -> Row | None:
    """Return a known state of a chain: as reported by then, or what was lived through of it."""
    columns = ("start", "end", "state")
    if all(work.origins.is_reported(row, column) for column in columns):
        return row
    if row.start > work.date:
        work.tell(row, "", "dropped", "a state after the date that nobody had reported by then")
        return None
    is_longer = row.end > work.date
    why = "what was lived through by the date counts as known, whatever the date of its source"
    work.tell(row, "end" if is_longer else "", "cut" if is_longer else "kept", why)
    return row.model_copy(update={"end": work.date}) if is_longer else row


def _observation(work: _Work, row: Observation) -> Row | None:
    source = next((one for one in work.scenario.sources if one.name == row.source), None)
    published = source.published if source else None
    if source and published is None and work.admit_undated_days is not None:
        published = row.date + dt.timedelta(days=work.admit_undated_days)
    is_told = published is not None and published <= work.date and not work.origins.is_later(row, "value")
    if row.date <= work.date and is_told:
        return row
    work.told.append(Told(row.table, row.name, "", "dropped", published, "for a later day, or published later"))
    return None


def _budget(work: _Work, row: Budget) -> Row | None:
    """Return a budget year; one that is not known has the amount of the last known year before it, else nothing."""
    if not work.origins.is_later(row, "amount"):
        return row
    own = [one for one in work.scenario.budgets if (one.holder, one.purpose) == (row.holder, row.purpose)]
    before = [one for one in own if one.year < row.year and not work.origins.is_later(one, "amount")]
    last = max(before, key=lambda one: one.year, default=None)
    why = f"not known yet; as in {last.year}" if last else "not known yet, and no year before it is; nothing"
    work.tell(row, "amount", "reverted", why, later=["amount"])
    told = {"amount": last.amount if last else 0.0, "currency": last.currency if last else row.currency}
    return row.model_copy(update=told)


_TOLD_OF: Final = tuple(table for table in TABLES if table not in ("evidence", "sources"))
"""Tables of whose cells evidence may speak."""

_RULES: Final[dict[str, Callable[[_Work, Any], Row | None]]] = {
    "forced": _forced, "observations": _observation, "budgets": _budget,
}  # fmt: skip


def _assumed(told: Told, row: Evidence) -> Evidence:
    """Return evidence of a cell that rests on nothing that was known; what is kept keeps its range too."""
    ends = {"low": row.low, "high": row.high} if told.what == "kept" else {}
    return Evidence(table_name=told.table, row_key=told.key, column=told.column, basis="assumed", note=told.why, **ends)


def _later_sources(work: _Work, found: Scenario) -> frozenset[str]:
    """Return the sources not known by the date on which values rest that are in the scenario all the same."""
    there = {(table, row.key_value()) for table in _TOLD_OF for row in found.rows(table)}
    gone = {(one.table, one.key, one.column) for one in work.told if one.what == "reverted"}
    known = {row.name for row in work.scenario.sources if row.published and row.published <= work.date}
    used = {
        row.source
        for row in work.scenario.evidence
        if row.source not in known | {""}
        and (row.table_name, row.row_key) in there
        and (row.table_name, row.row_key, row.column) not in gone
    }
    # A page that a ledger names has another name there than in the tables of the author.
    pages = {row.address for row in work.scenario.sources if row.name in used and row.name.startswith(LEDGER)} - {""}
    return frozenset(used | {row.name for row in work.scenario.sources if row.address in pages})


def _with_evidence(work: _Work, found: Scenario) -> Scenario:
    """Return a scenario with the evidence and sources that were there: what was kept without them is assumed."""
    there = {(table, row.key_value()) for table in _TOLD_OF for row in found.rows(table)}
    changed = {(one.table, one.key, one.column): one for one in work.told if one.column}
    known = {row.name for row in work.scenario.sources if row.published and row.published <= work.date}
    evidence: dict[str, Evidence] = {}
    for row in work.scenario.evidence:
        cell = (row.table_name, row.row_key, row.column)
        mark = changed[cell].what if cell in changed else ""
        if cell[:2] in there and (mark or row.source in known | {""}):
            kept = row if mark in ("", "admitted") else _assumed(changed[cell], row)
            evidence.setdefault(kept.key_value(), kept)
    named = {row.source for row in evidence.values()} | {row.source for row in found.observations}
    sources = tuple(row for row in work.scenario.sources if row.name in known or row.name in named)
    return found.model_copy(update={"evidence": tuple(evidence.values()), "sources": sources})
