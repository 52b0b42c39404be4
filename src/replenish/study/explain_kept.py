"""Numbers of a run by name, as terms; what is not kept is a term without a value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, Final

import polars as pl

from replenish.arrays import to_arrays
from replenish.arrays.groups import Arrays
from replenish.arrays.labels import Labels
from replenish.measures import LABELS, MEASURES, Measure
from replenish.result import Result
from replenish.simulation.series import Names, is_summed, things
from replenish.study.explained import Breakdown, Term, shown, words

Key = tuple[str, ...]
Row = Mapping[str, Any]

ROUNDING: Final = 1e-9
"""Part of the gross amount by which terms and value may differ."""


class Kept:
    """A run with its scenario as arrays, and its series by measure and labels."""

    def __init__(self, result: Result) -> None:
        """Find nothing yet: tables are read as they are asked for."""
        self.result = result
        self.arrays, self.labels = _arrays(result)
        self._series: dict[str, dict[Key, dict[int, Row]]] = {}

    @cached_property
    def things(self) -> Mapping[str, list[Names]]:
        """Return the labels of all things by kind."""
        return {str(kind): own for kind, own in things(self.labels).items()}

    @property
    def periods(self) -> int:
        """Return the number of periods of the horizon."""
        return len(self.result.calendar)

    def series(self, measure: str) -> dict[Key, dict[int, Row]]:
        """Return the rows of a measure by labels and period."""
        if measure not in self._series:
            found: dict[Key, dict[int, Row]] = {}
            for row in self.result.series.filter(pl.col("measure") == measure).iter_rows(named=True):
                found.setdefault(tuple(row[label] for label in LABELS), {})[row["period"]] = row
            self._series[measure] = found
        return self._series[measure]

    def row(self, measure: str, period: int, names: Mapping[str, str]) -> Row | None:
        """Return one row of the series; None where it is not kept."""
        return self.series(measure).get(key_of(names), {}).get(period)

    def mean(self, measure: str, period: int, names: Mapping[str, str]) -> float | None:
        """Return a mean; None where it is not kept."""
        row = self.row(measure, period, names)
        return None if row is None else float(row["mean"])

    def term(
        self, name: str, measure: str, period: int, names: Mapping[str, str], *, sign: float = 1.0, factor: float = 1.0
    ) -> Term:
        """Return `factor` x a mean of the run as a term."""
        row = self.row(measure, period, names)
        value = None if row is None else float(row["mean"]) * factor
        date = self.result.calendar.starts[period]
        unit = str(row["unit"]) if row is not None and factor == 1 else ""
        return Term(name=name, value=value, unit=unit, sign=sign, measure=measure, labels=dict(names), date=date)

    def before(self, measure: str, period: int, names: Mapping[str, str], at_start: float) -> Term:
        """Return a mean at the end of the period before, which is `at_start` for the first."""
        if period == 0:
            return number(f"{MEASURES[measure].title.lower()} at the start", at_start)
        title = f"{MEASURES[measure].title.lower()} at the end of the period before"
        return self.term(title, measure, period - 1, names)

    def sharing(self, measure: Measure, names: Mapping[str, str]) -> list[Names]:
        """Return the single things that a series with these labels sums."""
        inside = self.labels.members.get(names.get("holder", ""), frozenset())
        parts = [thing for thing in self.things[measure.about] if _is_part(thing, names, inside)]
        return [thing for thing in parts if not is_summed(measure, thing, self.labels)]

    def states(self, chain: int, period: int) -> Iterator[tuple[str, float | None]]:
        """Iterate over the states of a chain with the share of paths in each."""
        name = self.labels.chains[chain]
        for state in self.labels.states[chain]:
            yield state, self.mean("state_share", period, {"chain": name, "state": state})


def _arrays(result: Result) -> tuple[Arrays, Labels]:
    return to_arrays(result.scenario)


def _is_part(thing: Names, names: Mapping[str, str], inside: frozenset[str]) -> bool:
    for label, name in names.items():
        own = thing.get(label, "")
        if label == "holder":
            if own and own not in inside:
                return False
        elif name and own != name:
            return False
    return True


def key_of(names: Mapping[str, str]) -> Key:
    """Return labels in the order of `measures.LABELS`."""
    return tuple(names.get(label, "") for label in LABELS)


def named(key: Key) -> Names:
    """Return labels by column, empty ones left out."""
    return {label: name for label, name in zip(LABELS, key, strict=True) if name}


def number(name: str, value: float | None, *, unit: str = "", sign: float = 1.0) -> Term:
    """Return a number of the scenario as a term, or, without a value, one that no run keeps."""
    return Term(name=name, value=None if value is None else float(value), unit=unit, sign=sign, labels={})


def added(title: str, value: float, terms: Iterable[Term], *, rest: str = "") -> Breakdown:
    """Return a value as the sum of terms; what the known ones leave is `rest`, or the terms that are not kept."""
    found = tuple(terms)
    unknown = [term.name for term in found if term.value is None] + ([rest] if rest else [])
    known = sum(term.sign * term.value for term in found if term.value is not None)
    left = value - known
    gross = sum(abs(term.value) for term in found if term.value is not None) + abs(value)
    if abs(left) <= ROUNDING * gross:
        left = 0.0
    if unknown:
        check = f"the rest, {shown(left)}, is {' and '.join(unknown)}"
        return Breakdown(
            title=title, kind="sum", terms=found, value=value, expected=None, rest=left, is_exact=False, check=check
        )
    told = "as means of sums must" if left == 0 else f"off by {shown(left)}"
    check = f"the terms come to {shown(known)}, the run says {shown(value)}: {told}"
    return Breakdown(title=title, kind="sum", terms=found, value=value, expected=known, check=check)


def divided(title: str, value: float, terms: tuple[Term, ...], expected: float | None, formula: str) -> Breakdown:
    """Return a value that is a mean of ratios beside the ratio of the means."""
    if expected is None:
        check = f"{formula}; a term is not kept"
    else:
        check = (
            f"{formula} = {shown(expected)} from these means; {shown(value)} is the mean of the ratios of the paths,"
            " which need not be the same"
        )
    return Breakdown(
        title=title, kind="ratio", terms=terms, value=value, expected=expected, is_exact=False, check=check
    )  # fmt: skip


def missing(breakdowns: Iterable[Breakdown], kept: Kept) -> list[str]:
    """Return what the terms lack, and how a run keeps it."""
    absent = [term for part in breakdowns for term in part.terms if term.value is None and term.measure]
    found = dict.fromkeys(
        f"not kept: {term.measure} of {words(term.labels)} {f'on {term.date}' if term.date else 'in every period'}"
        for term in absent
    )
    if not found:
        return []
    return [*found, how_to_keep({term.measure for term in absent}, kept)]


def how_to_keep(measures: Iterable[str], kept: Kept) -> str:
    """Return what to write under [collect] so that a run keeps these measures in every period."""
    chosen = kept.result.scenario.settings.collect
    both = sorted({*chosen.measures, *measures})
    names = ", ".join(f'"{name}"' for name in both)
    narrowed = " and name their holders and items there" if chosen.holders or chosen.items else ""
    return f"to keep it, write `measures = [{names}]` and `every = 1` under [collect]{narrowed}, and run again"
