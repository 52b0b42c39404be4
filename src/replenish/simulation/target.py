"""How exact a number should be, and whether it is: a run goes on until then."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from replenish.arrays import Arrays, Labels
from replenish.errors import UsageError
from replenish.measures import DATE_MEASURES, LABELS
from replenish.scenario.suggest import advice
from replenish.simulation.series import SeriesName

FIRST_LOOK: Final = 1024  # paths; then twice as many each time, so that the end does not depend on workers

_MADE_OF = {
    "stock_out_probability": "unmet_cumulative",
    "pledge_fulfilment_at_due": "pledge_fulfilment",
    "largest_shortfall": "shortfall",
}
"""Headline numbers that bear the labels of a series."""
_OF_DATES = dict(zip(("below_requirement_probability", "not_replenished_probability"), DATE_MEASURES, strict=True))
_SHARES = ("stock_out_probability", *_OF_DATES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The standard error that a headline number, or a series in the last period, should have.

    It holds for every row of the measure with these labels; a label that is empty may be anything.
    """

    measure: str
    standard_error: float
    holder: str = ""
    item: str = ""
    purpose: str = ""
    line: str = ""
    to_holder: str = ""

    def __post_init__(self) -> None:
        """Refuse a standard error that cannot be reached."""
        if not self.standard_error > 0:
            raise UsageError(
                f"the target of {self.measure} is a standard error of {self.standard_error:g}, must be > 0"
            )

    @property
    def labels(self) -> dict[str, str]:
        """Return the labels that rows must have."""
        return {label: value for label in LABELS if (value := getattr(self, label, ""))}

    def __str__(self) -> str:
        where = "/".join((self.measure, *self.labels.values()))
        return f"standard error of {where} <= {self.standard_error:g}"


def parse_target(text: str) -> Target:
    """Return the target that `MEASURE[/holder[/item]]=SE` says.

    >>> parse_target("fill_rate/front/round=0.01").labels
    {'holder': 'front', 'item': 'round'}
    """
    name, _, number = text.rpartition("=")
    measure, *labels = name.split("/")
    try:
        error = float(number)
    except ValueError:
        error = math.nan
    if not measure or len(labels) > 2 or math.isnan(error):
        raise UsageError(
            f"--until {text}: not understood; write MEASURE=SE, MEASURE/HOLDER=SE or MEASURE/HOLDER/ITEM=SE"
        )
    return Target(measure=measure, standard_error=error, **dict(zip(("holder", "item"), labels, strict=False)))


def check_target(target: Target, names: Iterable[SeriesName], arrays: Arrays, labels: Labels) -> None:
    """Raise UsageError if a run that keeps these series has no such number."""
    known: dict[str, list[dict[str, str]]] = {}
    for name in names:
        known.setdefault(name.measure.name, []).append(name.names)
    for headline, measure in _MADE_OF.items():
        if measure in known:
            known[headline] = known[measure]
    dated = [dict(zip(("holder", "item"), labels.cells[cell], strict=True)) for cell in arrays.stocks.dated]
    known |= dict.fromkeys(_OF_DATES, dated) if dated else {}
    if target.measure not in known:
        raise UsageError(_unknown(f"measure `{target.measure}`", target.measure, known))
    rows = known[target.measure]
    for label, value in target.labels.items():
        values = {row.get(label, "") for row in rows} - {""}
        if value not in values:
            raise UsageError(_unknown(f"{label} `{value}` of {target.measure}", value, values))
        rows = [row for row in rows if row.get(label, "") == value]


def _unknown(what: str, word: str, valid: Iterable[str]) -> str:
    return f"the run keeps no {what} to reach a standard error of; {advice(word, set(valid)) or 'name another'}"


def is_about(target: Target, name: SeriesName) -> bool:
    """Return whether a target may be found from a series."""
    measures = (target.measure, _MADE_OF.get(target.measure))
    return name.measure.name in measures and all(name.names[label] == value for label, value in target.labels.items())


def reached(target: Target, summary: pl.DataFrame, series: pl.DataFrame, paths: int) -> float:
    """Return the largest standard error among the rows of a target; infinity if one is not known.

    A share of 0 or 1 has a binomial standard error of 0, which only says that more paths are needed: 1/paths counts.
    """
    wanted = [pl.col(label) == value for label, value in target.labels.items()]
    rows = summary.filter(pl.col("measure") == target.measure, *wanted)
    if rows.is_empty() or rows["standard_error"].null_count() == len(rows):
        last = series.filter(pl.col("period") == series["period"].max())
        rows = last.filter(pl.col("measure") == target.measure, *wanted)
    errors = rows["standard_error"].fill_null(math.inf).fill_nan(math.inf).to_numpy()
    least = 1 / paths if target.measure in _SHARES else 0.0
    return float(np.maximum(errors, least).max(initial=0.0)) if len(errors) else math.inf


def looks(done: int, paths: int) -> Iterator[int]:
    """Yield the numbers of paths at which a target is looked at, from `done` to `paths`.

    >>> list(looks(2000, 10_000))
    [2048, 4096, 8192, 10000]
    """
    look = FIRST_LOOK
    while look < paths:
        if look >= done:
            yield look
        look *= 2
    yield paths
