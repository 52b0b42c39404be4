"""Why is a number of a run what it is?  Its terms, what limits it, and the rows of the scenario behind it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from replenish.errors import UsageError
from replenish.measures import DATE_MEASURES, LABELS, MEASURES, Measure
from replenish.result import QUANTILES, Result, load_result, quantile_column
from replenish.result.model import DECIDERS
from replenish.scenario.model import Collect
from replenish.scenario.suggest import advice
from replenish.simulation.series import Names, choose_series
from replenish.study import explain_flow as flow
from replenish.study import explain_stock as stock
from replenish.study.explain_dates import (
    HEADLINES,
    TITLES,
    date_terms,
    date_values,
    headline_terms,
    headline_values,
    period_of,
)
from replenish.study.explain_inputs import inputs
from replenish.study.explain_kept import Kept, added, how_to_keep, missing, named
from replenish.study.explain_limits import limits
from replenish.study.explain_plan import explain_plan, is_of_plan
from replenish.study.explained import Breakdown, Explanation, Term, Value, words

Builder = Callable[[Kept, Names, int, float], Iterator[Breakdown]]

_BUILDERS: dict[str, Builder] = {
    "on_hand": stock.on_hand, "in_transit": stock.in_transit, "on_order": stock.on_order,
    "requirement": stock.requirement, "shortfall": stock.shortfall, "days_of_supply": stock.days_of_supply,
    "outside": stock.outside, "expired": stock.expired, "bundled": stock.bundled, "demand": stock.demand,
    "issues": stock.issues, "unmet": stock.unmet, "backorders": stock.backorders, "fill_rate": stock.fill_rate,
    "production": flow.production, "capacity": flow.capacity, "utilisation": flow.utilisation,
    "bottleneck_share": flow.bottleneck_share, "delivered": flow.delivered,
    "pledge_fulfilment": flow.pledge_fulfilment, "spend": flow.spend, "budget_left": flow.budget_left,
    "state_share": flow.state_share,
}  # fmt: skip
"""Terms of single things.  `substituted` and `shipped` are written down as they happen; no run keeps less of them."""


class _Chosen(NamedTuple):
    """A value with its labels, and the period that is looked at; None for all of them."""

    names: Names
    value: Value
    period: int | None


def explain(run: Result | Path | str, measure: str, *, date: dt.date | None = None, **labels: str) -> Explanation:
    """Return where a number of a run comes from: values, terms, limits, and rows of the scenario with their evidence.

    Args:
        run: a result, or the folder of a saved run.
        measure: name of a measure, of a date measure or of a headline number; NAME/holder/item is understood as well.
            Of a run with a plan also `plan`, `plan/decisions`, `plan/NAME` of a line or an expansion, and
            `value/holder/item`.
        date: a day in the period that is looked at; if not given the last one, or that in which the number matters.
        **labels: what it is of: `holder`, `item`, `purpose`, `line`, `to_holder`, `limit`, `pledge`, `chain`, `state`.
            An empty text stands for the sum over all.  Terms are given where one number fits.

    Raises:
        UsageError: there is no such run, measure, label or name, the run does not keep it, or not on that date.
    """
    result = run if isinstance(run, Result) else load_result(run)
    if is_of_plan(measure):
        return explain_plan(result, measure, date=date, **labels)
    kept = Kept(result)
    name, asked = _asked(measure, labels)
    found = list(_find(kept, name, date))
    if not found:
        raise UsageError(_absent(kept, name))
    chosen = [one for one in found if all(one.names.get(label, "") == own for label, own in asked.items())]
    if not chosen:
        raise UsageError(_unknown(name, asked, [one.names for one in found]))
    return _explanation(kept, name, _distinct(chosen))


def _asked(measure: str, labels: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """Return the name of the measure and the labels that are asked for."""
    name, *parts = measure.split("/")
    known = [*MEASURES, *DATE_MEASURES, *HEADLINES]
    if name not in known:
        raise UsageError(
            f"measure {name}: there is no such number; {advice(name, known) or 'there are ' + ', '.join(known)}"
        )
    if len(parts) > 2:
        raise UsageError(f"measure {measure}: write NAME, NAME/holder or NAME/holder/item; name other labels as such")
    for label in labels:
        if label not in LABELS:
            raise UsageError(
                f"{label}: there is no such label; {advice(label, LABELS) or 'there are ' + ', '.join(LABELS)}"
            )
    return name, dict(zip(("holder", "item"), parts, strict=False)) | dict(labels)


def _find(kept: Kept, name: str, date: dt.date | None) -> Iterator[_Chosen]:
    """Iterate over all things that have the number."""
    if name in MEASURES:
        yield from _of_series(kept, name, date)
        return
    if date is not None:
        raise UsageError(f"{name} is about the whole horizon and takes no date")
    values = date_values(kept, name) if name in DATE_MEASURES else headline_values(kept, name)
    for names, value in values:
        yield _Chosen(names, value, None if name in DATE_MEASURES else period_of(kept, name, names))


def _of_series(kept: Kept, name: str, date: dt.date | None) -> Iterator[_Chosen]:
    rows = kept.series(name)
    if not rows:
        return
    period = _period(kept, sorted({period for own in rows.values() for period in own}), date)
    for key, own in rows.items():
        row = own[period]
        quantiles = {quantile_column(level): row[quantile_column(level)] for level in QUANTILES}
        value = Value(
            labels=named(key), unit=row["unit"], date=row["date"], mean=row["mean"], quantiles=quantiles,
            standard_error=row["standard_error"], minimum=row["minimum"], maximum=row["maximum"],
        )  # fmt: skip
        yield _Chosen(named(key), value, period)


def _period(kept: Kept, periods: list[int], date: dt.date | None) -> int:
    """Return the period of a date, which must be kept; the last one if there is no date."""
    if date is None:
        return periods[-1]
    calendar = kept.result.calendar
    period = calendar.index(date)
    if not 0 <= period < len(calendar):
        raise UsageError(f"{date}: lies outside the horizon, {calendar.bounds[0]} to {calendar.last_day}")
    if period not in periods:
        near = calendar.starts[min(periods, key=lambda own: abs(own - period))]
        raise UsageError(f"{date}: the run keeps no statistics of this period; the nearest that it keeps is {near}")
    return period


def _distinct(chosen: list[_Chosen]) -> list[_Chosen]:
    """Return values without those that say the same with fewer names: a line, and the line of its owner."""

    def is_told(one: _Chosen) -> bool:
        mine = one.names.items()
        twins = [
            other for other in chosen if mine < other.names.items() and set(other.names) - set(one.names) == {"holder"}
        ]
        return "line" in one.names and any(other.value.mean == one.value.mean for other in twins)

    return [one for one in chosen if not is_told(one)]


def _absent(kept: Kept, name: str) -> str:
    """Return why a run has none of a number."""
    made_of = HEADLINES[name][1] if name in HEADLINES else name
    measure = "shortfall" if made_of in DATE_MEASURES else made_of
    possible = choose_series(kept.arrays, kept.labels, Collect(measures=(measure,)))
    if any(series.measure.name == measure for series in possible):
        return f"{name}: the run does not keep it; {how_to_keep([measure], kept)}"
    return f"{name}: nothing in this scenario has it"


def _unknown(name: str, asked: Mapping[str, str], found: list[Names]) -> str:
    """Return what was asked for in vain, with the nearest name that exists."""
    for label, own in asked.items():
        there = sorted({names.get(label, "") for names in found})
        if own not in there:
            known = [word for word in there if word]
            near = advice(own, known) or ("it has " + ", ".join(known[:12]) if known else f"it has no {label}")
            return f"{label} {own}: there is no {name} of it; {near}"
    some = "; ".join(words(names) for names in found[:8])
    return f"{name}: no number has all of {', '.join(map(str, asked.values()))} together; there are {some}"


def _explanation(kept: Kept, name: str, chosen: list[_Chosen]) -> Explanation:
    measure, values = MEASURES.get(name), tuple(one.value for one in chosen)
    title, formula = _about(kept, name)
    unit = measure.unit if measure and len({value.unit for value in values}) > 1 else values[0].unit
    if len(chosen) > 1:
        return Explanation(
            measure=name, title=title, unit=unit, formula=formula, values=values, notes=(_how_to_narrow(chosen),)
        )  # fmt: skip
    (one,) = chosen
    made_of = MEASURES.get(HEADLINES.get(name, ("", name))[1], MEASURES["shortfall"])
    parts = tuple(_breakdowns(kept, name, made_of, one))
    things = kept.sharing(made_of, one.names)
    is_single = len(things) == 1 and one.period is not None
    held = tuple(limits(kept, made_of, things[0], one.period)) if is_single and one.period is not None else ()
    return Explanation(
        measure=name, title=title, unit=unit, formula=formula, values=values, breakdowns=parts, limits=held,
        inputs=tuple(inputs(kept.result.scenario, kept.labels, made_of.about, things)),
        missing=tuple(missing(parts, kept)), notes=tuple(_notes(kept, name, parts)),
    )  # fmt: skip


def _about(kept: Kept, name: str) -> tuple[str, str]:
    """Return title and formula of a number."""
    if name in MEASURES:
        return MEASURES[name].title, MEASURES[name].formula
    if name in DATE_MEASURES:
        return TITLES[name], DATE_MEASURES[name]
    formulas = kept.result.summary.filter(kept.result.summary["measure"] == name)["formula"]
    return HEADLINES[name][0], str(formulas[0])


def _how_to_narrow(chosen: list[_Chosen]) -> str:
    """Return by which labels one of several values is chosen."""
    differ = [label for label in LABELS if len({one.names.get(label, "") for one in chosen}) > 1]
    return f"{len(chosen)} numbers fit; the terms are told of one: choose it by {', '.join(differ)}"


def _breakdowns(kept: Kept, name: str, made_of: Measure, one: _Chosen) -> Iterator[Breakdown]:
    """Yield the terms of one value: parts of a sum, amounts by year, and what the measure is made of."""
    if name in DATE_MEASURES:
        yield date_terms(kept, name, one.names)
        return
    mean = float(one.value.mean or 0.0)
    if name in HEADLINES:
        yield from headline_terms(kept, name, one.names, mean)
        if one.period is None:
            return
    assert one.period is not None  # measures have one
    things = kept.sharing(made_of, one.names)
    if len(things) > 1 and not made_of.over:
        parts = [kept.term(words(thing), made_of.name, one.period, thing) for thing in things]
        applies = [part for part in parts if part.value is not None or not _lacks(kept, made_of, part)]
        yield added("parts of the sum", mean, applies)
    if made_of.is_cumulative and not made_of.over:
        yield added("amounts by year", mean, _by_year(kept, made_of.name, one))
    if len(things) == 1 and made_of.name in _BUILDERS:
        yield from _BUILDERS[made_of.name](kept, things[0], one.period, mean)


def _lacks(kept: Kept, measure: Measure, part: Term) -> bool:
    """Return whether a part of a sum is zero in every path, because the measure does not apply to it."""
    wanted = choose_series(kept.arrays, kept.labels, Collect(measures=(measure.name,)))
    return not any(named(series.labels) == dict(part.labels) for series in wanted)


def _by_year(kept: Kept, measure: str, one: _Chosen) -> Iterator[Term]:
    """Yield the sum over the periods of each year; where not all are kept, by how much the sum from the start grows."""
    assert one.period is not None
    starts, single = kept.result.calendar.starts, measure.removesuffix("_cumulative")
    years: dict[int, list[int]] = {}
    for period in range(one.period + 1):
        years.setdefault(starts[period].year, []).append(period)
    before = 0.0
    for year, periods in years.items():
        by_period = [kept.mean(single, period, one.names) for period in periods]
        known = [value for value in by_period if value is not None]
        ends = [total for period in periods if (total := kept.mean(measure, period, one.names)) is not None]
        end = ends[-1] if ends else before
        value = sum(known) if len(known) == len(periods) else end - before
        yield Term(name=str(year), value=value, unit=one.value.unit, measure=single, labels=one.names)
        before = end


def _notes(kept: Kept, name: str, parts: tuple[Breakdown, ...]) -> Iterator[str]:
    if not parts:
        yield f"{name} is written down as it happens; a run keeps no smaller part of it"
    elif any(term.value is None for part in parts for term in part.terms):
        yield "a rest stands for the terms that are not kept; it makes the sum right and checks nothing"
    if "fleets" in kept.result.studies:
        yield "fleets limit issues in this run; the table `fleets` of its studies says by how much"
    if functions := kept.result.provenance.versions.get(DECIDERS):
        yield f"functions decided in this run ({functions}); what they ordered or released is no row of the scenario"
