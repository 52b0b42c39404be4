"""A number of a run by its name, and by how much it differs in another run that meets the same draws."""

from __future__ import annotations

import math
from typing import NamedTuple

import polars as pl

from replenish.errors import UsageError
from replenish.measures import DATE_MEASURES, LABELS, MEASURES
from replenish.result import Result
from replenish.scenario import Scenario
from replenish.scenario.model import Collect
from replenish.scenario.suggest import advice
from replenish.study.paired import Key, Sample, name_of, paired, samples

HEADLINES = {
    "stock_out_probability": "unmet_cumulative",
    "pledge_fulfilment_at_due": "pledge_fulfilment",
    "largest_shortfall": "shortfall",
    "below_requirement_probability": "shortfall",
    "not_replenished_probability": "shortfall",
}
"""Headline numbers that are not kept by path, and the measure that each is made of."""


class Number(NamedTuple):
    """The number that is looked at: one of each path, or a headline number of the run."""

    key: Key
    unit: str
    is_by_path: bool


class Effect(NamedTuple):
    """By how much a number differs from the base, and the standard error of that."""

    difference: float
    error: float | None


def narrowed(scenario: Scenario, measure: str) -> Scenario:
    """Return a scenario that keeps only what a number is made of: most of a short run is spent on what is kept.

    Raises:
        UsageError: there is no such number.
    """
    name = measure.split("/", maxsplit=1)[0]
    known = {*MEASURES, *HEADLINES, *DATE_MEASURES}
    if name not in known:
        near = advice(name, known) or f"there are {', '.join(sorted(known))}"
        raise UsageError(f"measure {measure}: there is no such number; {near}")
    by_path = name in MEASURES or name == "date_of_replenishment"
    made_of = HEADLINES.get(name, name if name in MEASURES else "shortfall")
    kept = Collect(measures=(made_of, "on_hand"))  # there is always something on hand, so that no table is empty
    kept = kept.model_copy(update={"scalars": (name,) if by_path else ()})
    return scenario.model_copy(update={"settings": scenario.settings.model_copy(update={"collect": kept})})


def find_number(result: Result, measure: str) -> Number:
    """Return the number that NAME, NAME/holder or NAME/holder/item names; numbers by path go before headline numbers.

    Raises:
        UsageError: there is none, or there are several.
    """
    by_path = {key: Number(key, sample.unit, is_by_path=True) for key, sample in samples(result).items()}
    headlines = {
        key: Number(key, row["unit"], is_by_path=False)
        for row in result.summary.iter_rows(named=True)
        if (key := (row["measure"], *(row[label] for label in LABELS)))
    }
    for known in (by_path, headlines):
        if found := [number for key, number in known.items() if _is_named(key, measure)]:
            exact = [number for number in found if name_of(number.key) == measure]
            if len(exact or found) > 1:
                several = ", ".join(sorted(name_of(number.key) for number in found)[:8])
                raise UsageError(f"measure {measure}: may be any of {several}; name one of them")
            return (exact or found)[0]
    names = sorted(name_of(key) for key in (*by_path, *headlines) if key[0] == measure.split("/", maxsplit=1)[0])
    near = advice(measure, names) or (f"there are {', '.join(names[:8])}" if names else "this scenario has none of it")
    raise UsageError(f"measure {measure}: there is no such number; {near}")


def value_of(number: Number, result: Result) -> float:
    """Return the mean of the number over the paths of a run."""
    if number.is_by_path:
        sample = samples(result)[number.key]
        found = paired(sample, sample).mean_a
        return math.nan if found is None else found
    return _headline(number, result)[0]


def effect(number: Number, base: Result, varied: Result) -> Effect:
    """Return by how much the number of a varied run is above that of the base."""
    if number.is_by_path:
        of_base, of_varied = (samples(result).get(number.key) for result in (base, varied))
        found = paired(_or_none(of_base), _or_none(of_varied))
        return Effect(math.nan if found.difference is None else found.difference, found.standard_error)
    (first, error), (second, other) = (_headline(number, result) for result in (base, varied))
    known = error is not None and other is not None
    return Effect(second - first, math.hypot(error or 0.0, other or 0.0) if known else None)


def _is_named(key: Key, measure: str) -> bool:
    """Return whether NAME, NAME/holder or NAME/holder/item fits a number, or it is the number's whole name."""
    return name_of(key) == measure or list(key[: measure.count("/") + 1]) == measure.split("/")


def _headline(number: Number, result: Result) -> tuple[float, float | None]:
    wanted = [pl.col(name) == value for name, value in zip(("measure", *LABELS), number.key, strict=True)]
    rows = result.summary.filter(*wanted)
    if rows.is_empty():
        return math.nan, None
    return float(rows["value"][0]), rows["standard_error"][0]


def _or_none(sample: Sample | None) -> Sample:
    """Return a sample, or one without paths where a run does not have it."""
    if sample is not None:
        return sample
    empty = pl.Series([], dtype=pl.Int64).to_numpy()
    return Sample("", empty, empty.astype(float))
