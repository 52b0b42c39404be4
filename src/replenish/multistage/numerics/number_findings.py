"""Which numbers of a sound model are too small, too large or too far apart for a solver, and what would mend that."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from replenish.multistage.modelling.expression import NONE, Floats
from replenish.multistage.numerics.finding import Finding, Severity, block_of, quoted, unit_near
from replenish.multistage.numerics.sizes import Entries, Kind, Range, column_of
from replenish.multistage.tables.layout import Layout
from replenish.multistage.tables.tables import Data, Solved

TINY = 1e-9
"""HiGHS takes smaller coefficients for zero; as a user writes them they are left over from a subtraction."""
TOLERANCE = 1e-7
"""Of HiGHS, for rows, bounds and reduced costs."""
HUGE = 1e8
"""Sums of numbers of this size round at about a tenth of the tolerance."""
MIXED = 1e6
"""Ratio of two coefficients of a row from which the smaller drowns in the tolerance of the larger."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A size beyond which numbers of one kind are a finding; `{name}` and `{unit}` in the remedy are filled in."""

    kind: Kind
    is_scaled: bool
    at: float
    is_least: bool
    severity: Severity
    what: str
    remedy: str


_IN_UNITS = "give {name} in {unit}"
LIMITS = (
    Limit("coefficients", False, TINY, True, "warning", "too small to be meant",
          "leave it out if it is left over from a subtraction"),
    Limit("coefficients", True, TINY, True, "warning", "so small even after scaling that the solver takes it for zero",
          "leave it out, or choose units in which it counts"),
    Limit("coefficients", True, HUGE, False, "warning", "so large even after scaling that results round off",
          "choose units in which it is smaller"),
    Limit("costs", True, TOLERANCE, True, "note", "after scaling below the tolerance of the solver",
          "leave it out, or lower the largest prices"),
    Limit("right-hand sides", True, TOLERANCE, True, "warning", "after scaling below the tolerance of the solver",
          "leave it out if it is left over from a subtraction, else give the row in {unit}"),
    Limit("right-hand sides", True, HUGE, False, "warning", "so large even after scaling that results round off",
          "give the quantities of row {name} in {unit}"),
    Limit("bounds", True, TOLERANCE, True, "warning", "after scaling below the tolerance of the solver", _IN_UNITS),
    Limit("bounds", True, HUGE, False, "warning", "so large even after scaling that results round off",
          f"{_IN_UNITS}, or the bound that it really has"),
)  # fmt: skip


def beyond_limits(entries: Sequence[Entries]) -> list[Finding]:
    """Return what lies beyond the limits: the worst place of each, and how many more there are."""
    found: dict[str, Finding] = {}
    for limit in LIMITS:
        if finding := _beyond(entries, limit):
            found.setdefault(finding.where, finding)
    return list(found.values())


def _beyond(entries: Sequence[Entries], limit: Limit) -> Finding | None:
    sign, count, worst = (1.0 if limit.is_least else -1.0), 0, (math.inf, "", "", 0.0)
    for one in entries:
        sizes = sign * one.sizes(is_scaled=limit.is_scaled) if one.kind == limit.kind else np.zeros(0)
        with np.errstate(invalid="ignore"):
            is_beyond = sizes < sign * limit.at
        if is_beyond.any():
            count += int(is_beyond.any(axis=0).sum())
            at = int(np.nanargmin(sizes))
            place = one.place(one.sizes(is_scaled=False), at)
            worst = min(worst, (float(sizes.ravel()[at]), place.where, place.name, place.size))
    if not count:
        return None
    _, where, name, size = worst
    more = f" (and {count - 1} more)" if count > 1 else ""
    remedy = limit.remedy.format(name=f"`{block_of(name)}`", unit=unit_near(size) or "other units")
    return Finding(limit.severity, where, f"{size:.3g}{more} is {limit.what}", remedy)


def spread_costs(costs: Range) -> Iterator[Finding]:
    """Yield that the dearest and the cheapest variable lie too far apart; `costs` is their range after scaling."""
    if costs.smallest and costs.largest and costs.largest.size > HUGE * costs.smallest.size:
        ratio = costs.largest.size / costs.smallest.size
        yield Finding(
            "warning", costs.largest.where,
            f"costs {ratio:.1g} times as much as the cheapest ({costs.smallest.where})",
            "lower prices that only punish: ten times the dearest real cost is enough",
        )  # fmt: skip


def mixed_rows(layout: Layout, solved: Sequence[Solved], data: Sequence[Data]) -> list[Finding]:
    """Return rows whose coefficients lie too far apart even after scaling; of a block of rows the worst."""
    worst: dict[str, tuple[float, Finding]] = {}
    seen: set[int] = set()
    for node, (structure, own) in enumerate(zip(layout.structure.tolist(), data, strict=True)):
        if structure not in seen or own.factor.size:
            for block, ratio, finding in _mixtures(layout.names[node], solved[structure], own):
                if block not in worst or ratio > worst[block][0]:
                    worst[block] = (ratio, finding)
        seen.add(structure)
    return [finding for _, finding in worst.values()]


def _mixtures(node: str, solved: Solved, data: Data) -> Iterator[tuple[str, float, Finding]]:
    """Yield block, ratio and finding of each such row of a node."""
    least, most = _extremes(solved, data)
    low, high = np.full(len(solved.row_lower), np.inf), np.zeros(len(solved.row_lower))
    np.fmin.at(low, solved.row, least)
    np.fmax.at(high, solved.row, most)
    program, structure = solved.structure.program, solved.structure
    for row in np.nonzero(high > MIXED * low)[0].tolist():
        own = np.nonzero(solved.row == row)[0]
        columns = structure.column[column_of(solved)[own]]
        small, large = (columns[int(at)] for at in (np.nanargmin(least[own]), np.nanargmax(most[own])))
        name, ratio = program.row_names()[structure.row[row]], float(high[row] / low[row])
        yield block_of(name), ratio, _mixed(f"node {node}, row `{name}`", ratio, program.column_names(), small, large)


def _mixed(where: str, ratio: float, names: Sequence[str], small: int, large: int) -> Finding:
    """Return the finding that two coefficients of a row lie too far apart."""
    if small == large:
        return Finding(
            "warning", where, f"the coefficient of `{names[small]}` differs {ratio:.1g}-fold between outcomes",
            "leave outcomes without it at zero, or give each order of size a variable of its own",
        )  # fmt: skip
    return Finding(
        "warning", where,
        f"the coefficient of `{names[large]}` is {ratio:.1g} times that of `{names[small]}`, even after scaling",
        f"leave `{names[small]}` out if it hardly counts, or sum small terms in a row and a variable of their own",
    )  # fmt: skip


def _extremes(solved: Solved, data: Data) -> tuple[Floats, Floats]:
    """Return the smallest and largest size of each nonzero over all outcomes; NaN where it is always zero."""
    size = np.where(solved.factor != 0, np.abs(solved.factor), np.nan)
    least, most, moved = size.copy(), size.copy(), solved.place[solved.structure.moved_factors]
    sizes = np.abs(data.factor)
    most[moved] = np.where(sizes.any(axis=0), sizes.max(axis=0), np.nan)
    least[moved] = np.where(sizes.any(axis=0), np.where(sizes > 0, sizes, np.inf).min(axis=0), np.nan)
    return least, most


def units(solved: Sequence[Solved]) -> Iterator[Finding]:
    """Yield which variables and costs would better be given in other units: those that are scaled unlike most."""
    scales = np.concatenate([one.scale.column for one in solved])
    usual = float(np.exp2(np.median(np.log2(scales)))) if scales.size else 1.0
    wanted: dict[str, dict[str, None]] = {}
    for one in solved:
        names = one.structure.program.column_names()
        for column, scale in zip(one.structure.column.tolist(), one.scale.column.tolist(), strict=True):
            if column != NONE and (unit := unit_near(scale / usual)):
                wanted.setdefault(unit, {})[block_of(names[column])] = None
    for unit, block in wanted.items():
        yield Finding("note", quoted(block), f"scaling takes them in {unit}", f"give them in {unit}, and read them so")
    if unit := unit_near(solved[0].scale.cost / usual):
        yield Finding("note", "costs", f"scaling takes them in {unit}", f"give them in {unit}, and read them so")
