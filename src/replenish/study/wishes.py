"""What a study wishes for: a number of the simulation that should come true with a probability, and whether it does."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple, get_args

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.special import betaincinv

from replenish.arrays.groups import Floats
from replenish.errors import UsageError
from replenish.measures import LABELS
from replenish.policy import Policies
from replenish.result import Result
from replenish.scenario import Scenario
from replenish.scenario.model import Collect
from replenish.scenario.suggest import advice
from replenish.simulation import Control
from replenish.study.coupled import simulate
from replenish.study.paired import LEVEL, samples

What = Literal["unmet", "shortfall", "late", "replenished", "spend"]

ROUNDING: Final = 1e-6
"""Part of a limit by which a number may be above it: trajectories are kept with seven digits."""

_BELOW = 1e-9  # part of the requirement, as for dates of replenishment
_READ: Final[Mapping[str, tuple[str, ...]]] = {
    "unmet": ("unmet", "demand"),
    "shortfall": ("shortfall", "requirement"),
    "replenished": ("shortfall", "requirement"),
    "late": ("pledge_fulfilment",),
    "spend": ("spend_cumulative",),
}
"""Measures of which each wish is made."""

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What should come true, and with which probability.

    name: what it is called; made of the rest if empty.
    holder: whose stock, need or money it is, or who promised; a group stands for its members.  Of `spend` it may be
        empty, which is everybody.
    item: of which item; not for `spend`.
    what: `unmet` need from the start to `by`, `shortfall` at its deepest or, with `by`, on that day, `late` part of
        what is promised on its due dates or, with `by`, of what is due by then on that day, `replenished` to stay from
        `by` on, or `spend` from the start to `by`.
    at_most: share of the need, of the requirement or of the promise, or an amount of money; not for `replenished`.
    by: last day that counts; the end of the horizon if None.
    probability: share of the paths in which it should come true.
    """

    holder: str = ""
    item: str = ""
    what: What
    at_most: float | None = None
    by: dt.date | None = None
    probability: float = 0.9
    name: str = ""

    def __post_init__(self) -> None:
        """Refuse what cannot be wished for.

        Raises:
            UsageError: a part is missing, too much, or out of its range.
        """
        if fault := _fault(self):
            raise UsageError(f"target {self.name or self.what}: {fault}")

    def __str__(self) -> str:
        """Return it in words."""
        subject = " ".join(filter(None, (self.holder or "all", self.item)))
        limit = "" if self.at_most is None else f" at most {self.at_most:g}"
        by = f" by {self.by}" if self.by else ""
        return f"{subject}: {self.what}{limit}{by} with probability {self.probability:g}"


class Share(NamedTuple):
    """A share of paths with its confidence interval."""

    probability: float
    low: float
    high: float


def wishes(scenario: Scenario) -> tuple[Wish, ...]:
    """Return the rows of the table `targets` of a scenario; none where it has no such table."""
    columns = ("name", "holder", "item", "what", "at_most", "by", "probability")
    rows = getattr(scenario, "targets", ())
    return tuple(Wish(**{column: getattr(row, column) for column in columns}) for row in rows)


def find_wish(scenario: Scenario, name: str) -> Wish:
    """Return the wish of a scenario that bears a name; the only one if `name` is empty.

    Raises:
        UsageError: there is none, or there are several.
    """
    known = {wish.name: wish for wish in wishes(scenario)}
    if not name and len(known) == 1:
        return next(iter(known.values()))
    if name in known:
        return known[name]
    if not known:
        raise UsageError("the scenario has no table of targets; say what is wished for, with --what and its options")
    near = advice(name, known) or f"there are {', '.join(known)}"
    raise UsageError(f"target {name or '(no name)'}: the scenario has no such target; {near}")


def fulfilled(scenario: Scenario, wish: Wish, *, policies: Policies | None = None, **options: Any) -> Flags:
    """Simulate a scenario and return in which of its paths a wish comes true, (path,).

    Args:
        scenario: what to simulate.
        wish: what should come true.
        policies: policies that replace those of the scenario.
        **options: `paths`, `seed` and `workers` as in `replenish.simulate`.

    Raises:
        UsageError: the scenario has no such stock, need, promise or day.
        ScenarioError: the scenario is not sound.
    """
    _refuse_unknown(scenario, wish)
    with tempfile.TemporaryDirectory() as scratch:
        result = simulate(_lean(scenario, wish), policies=policies, control=Control(scratch=Path(scratch)), **options)
        return _is_fulfilled(result, wish)


def share_of(flags: Flags) -> Share:
    """Return the share of paths in which something holds, with its exact 95 % confidence interval.

    The interval holds the true probability in at least 95 % of samples, whatever it is.

    References:
        Clopper and Pearson (1934), Biometrika 26(4), 404-413.

    >>> share_of(np.ones(100, bool)).low  # (1 - 0.95) / 2 to the power of 1 / 100
    0.963783...
    """
    paths, hits, tail = len(flags), int(flags.sum()), (1 - LEVEL) / 2
    low = float(betaincinv(hits, paths - hits + 1, tail)) if hits else 0.0
    high = float(betaincinv(hits + 1, paths - hits, 1 - tail)) if hits < paths else 1.0
    return Share(hits / paths, low, high)


def _fault(wish: Wish) -> str:
    """Return what is wrong with a wish; empty if nothing is."""
    if wish.what not in get_args(What):
        return f"what is `{wish.what}`; it is one of {', '.join(get_args(What))}"
    if not 0 < wish.probability < 1:
        return f"probability is {wish.probability:g}, must lie between 0 and 1"
    if wish.what == "spend" and wish.item:
        return "spend is of a holder, not of an item; leave the item out"
    if wish.what != "spend" and not (wish.holder and wish.item):
        return f"{wish.what} needs a holder and an item"
    return _fault_of_limit(wish)


def _fault_of_limit(wish: Wish) -> str:
    limit, is_share = wish.at_most, wish.what != "spend"
    if wish.what == "replenished":
        return "replenished takes no at_most, and needs by" if limit is not None or wish.by is None else ""
    if limit is None or not limit >= 0 or (is_share and limit > 1):
        found = "missing" if limit is None else f"{limit:g}"
        return f"at_most is {found}, must be {'a share from 0 to 1' if is_share else 'an amount of at least 0'}"
    return ""


def _refuse_unknown(scenario: Scenario, wish: Wish) -> None:
    for what, name, rows in (("holder", wish.holder, scenario.holders), ("item", wish.item, scenario.items)):
        known = [row.name for row in rows]
        if name and name not in known:
            near = advice(name, known) or f"there are {', '.join(known)}"
            raise UsageError(f"target {wish.name or wish.what}: there is no {what} `{name}`; {near}")


def _lean(scenario: Scenario, wish: Wish) -> Scenario:
    """Return a scenario that keeps nothing but what a wish is made of."""
    read, items = _READ[wish.what], [row.name for row in scenario.items]
    kept = Collect(
        measures=(*read, "on_hand"),  # there is always something on hand, so that no table is empty
        trajectories=() if _is_at_end(wish) else read, scalars=("spend_cumulative",),
        holders=(wish.holder,) if wish.holder else (), items=(wish.item or items[0],),
    )  # fmt: skip
    return scenario.model_copy(update={"settings": scenario.settings.model_copy(update={"collect": kept})})


def _is_at_end(wish: Wish) -> bool:
    """Return whether what a run keeps of each path at the end is enough."""
    return wish.what == "spend" and wish.by is None


def _is_fulfilled(result: Result, wish: Wish) -> Flags:
    last = len(result.calendar) - 1
    by = last if wish.by is None else result.calendar.index(wish.by)
    if not 0 <= by <= last:
        horizon = f"{result.calendar.bounds[0]} to {result.calendar.last_day}"
        raise UsageError(f"target {wish.name or wish.what}: {wish.by} lies outside the horizon, {horizon}")
    if wish.what == "late":
        return _at_most(_late(result, wish, by), wish)
    if _is_at_end(wish):
        return _at_most(samples(result)["spend_cumulative", wish.holder, *[""] * (len(LABELS) - 1)].value, wish)
    tables = {measure: _table(result, wish, measure) for measure in _READ[wish.what]}
    if wish.what == "unmet":
        unmet, demand = (tables[name][:, : by + 1].sum(axis=1) for name in ("unmet", "demand"))
        return _at_most(np.divide(unmet, demand, out=np.zeros_like(unmet), where=demand > 0), wish)
    if wish.what == "spend":
        return _at_most(tables["spend_cumulative"][:, by], wish)
    lack, wanted = tables["shortfall"], tables["requirement"]
    part = np.divide(lack, wanted, out=np.zeros_like(lack), where=wanted > 0)
    if wish.what == "replenished":
        return np.asarray((part[:, by:] <= _BELOW).all(axis=1))
    return _at_most(part.max(axis=1) if wish.by is None else part[:, by], wish)


def _at_most(values: Floats, wish: Wish) -> Flags:
    limit = wish.at_most or 0.0
    return np.asarray(values <= limit + ROUNDING * (limit if wish.what == "spend" else 1.0))


def _table(result: Result, wish: Wish, measure: str) -> Floats:
    """Return a measure of what is wished for by path and period, summed over purposes.

    Raises:
        UsageError: the scenario has none of it.
    """
    own = (pl.col("measure") == measure, pl.col("holder") == wish.holder, pl.col("item") == wish.item)
    rows = _kept(result).filter(*own, *([pl.col("purpose") == ""] if wish.what == "spend" else []))
    found = rows.group_by("path", "period").agg(pl.col("value").cast(pl.Float64).sum()).sort("path", "period").collect()
    if found.is_empty():
        what = {"unmet": "demand", "demand": "demand"}.get(measure, "requirement")
        raise UsageError(f"target {wish.name or wish.what}: {wish.holder} has no {what} of {wish.item}")
    values: Floats = found["value"].to_numpy().reshape(-1, len(result.calendar))
    return values


def _late(result: Result, wish: Wish, by: int) -> Floats:
    """Return by path what part of the promises of a holder, due by a period, had not arrived, (path,).

    Raises:
        UsageError: none is due by then.
    """
    due = [
        (row, min(result.calendar.index(row.due), len(result.calendar) - 1))
        for row in result.scenario.pledges
        if (row.from_holder, row.item) == (wish.holder, wish.item)
    ]
    chosen = [(row, by if wish.by else period) for row, period in due if period <= by]
    if not chosen:
        raise UsageError(f"target {wish.name or wish.what}: {wish.holder} has promised no {wish.item} that is due then")
    lacking = np.zeros(result.provenance.paths)
    for row, period in chosen:
        pledge = f"{row.name} {row.due.isoformat()}".strip()
        own = (pl.col("to_holder") == row.to_holder, pl.col("pledge") == pledge, pl.col("period") == period)
        arrived = _kept(result).filter(pl.col("holder") == wish.holder, *own).sort("path").collect()["value"].to_numpy()
        lacking += row.quantity * np.clip(1.0 - arrived.astype(np.float64), 0.0, 1.0)
    late: Floats = lacking / sum(row.quantity for row, _ in chosen)
    return late


def _kept(result: Result) -> pl.LazyFrame:
    """Return trajectories with labels as plain texts, so that a name that there is not finds no row."""
    texts = ("measure", "holder", "item", "purpose", "to_holder", "pledge")
    values = result.trajectory_values
    if not values.collect_schema():
        return pl.LazyFrame(schema={**dict.fromkeys(texts, pl.String), "path": pl.UInt32, "period": pl.UInt32,
                                    "value": pl.Float32})  # fmt: skip
    return values.with_columns(pl.col(*texts).cast(pl.String))
