"""Sentences on the plan: what it decides, what that changes, what it costs, how sure that is, and what is hindsight."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from typing import Any, NamedTuple

import polars as pl

from replenish.measures import REPLENISHMENT
from replenish.report import titles
from replenish.report.numbers import DASH, NBSP, count, money, people, percent, quantity, span
from replenish.report.planned.facts import LEAST_SHARE, Interval, Planned, thing
from replenish.result.steadiness import find_steadiness, steady_words
from replenish.study.delay_costs import DEEPEST

MOST_NAMED = 3
"""Things that a sentence names."""

RECENT = 20
"""Iterations of training over which the change of the bound is told."""

QUARTER = 91
"""Days of a quarter."""

SMALL_GAP = 1e-4
"""Gap up to which a plan is called the optimum."""

SURE = f"95{NBSP}% interval"

_DONE = {"order": "orders", "release": "releases"}
_WOULD = {"order": "ordered", "release": "released", "shipped": "shipped", "production": "made"}
_TOLD = ("unmet_cumulative", DEEPEST, REPLENISHMENT, "spend_cumulative")
"""Numbers in which the effect of a plan is told; those that are missing are left out."""


class Started(NamedTuple):
    """When half of an expansion is started; None where it is not in the time that is told."""

    expansion: str
    plan: date | None
    as_is: date | None


def sentences(planned: Planned) -> list[str]:
    """Return all that is said of a plan before its pictures; what the run does not have is left out."""
    parts = (
        first_sentence, early_sentence, effect_sentence, cost_sentence, sure_sentence, seeds_sentence, tried_sentence,
        steady_sentence, hindsight_sentence,
    )  # fmt: skip
    return [told for part in parts if (told := part(planned))]


def warnings(planned: Planned) -> list[str]:
    """Return what must be known before anybody acts on a plan."""
    return [text for text in planned.about.get("warning", []) if text]


def first_sentence(planned: Planned) -> str:
    """Return what a plan decides first."""
    rows = planned.table("plan_decisions")
    if rows.is_empty():
        return ""
    done = [*_moved(planned), *_lines(rows), *_starts(planned, rows)]
    stage = f"its first stage, {days}," if (days := first_stage(planned)) else "its first stage"
    return f"In {stage} the plan {_listed(done) or 'orders, releases and starts nothing'}."


def first_stage(planned: Planned) -> str:
    """Return from when to when the first decisions hold; empty where that is not told."""
    rows = planned.table("plan_decisions")
    first, last = rows["first_day"].min(), rows["last_day"].max()
    if not isinstance(first, date) or not isinstance(last, date):
        return ""
    return span(planned.when(first), planned.when(last))


def _moved(planned: Planned) -> Iterator[str]:
    """Yield what is ordered and released of the main item, with the largest part."""
    view, rows = planned.view, planned.of_item("plan_decisions")
    for what, verb in _DONE.items():
        own = rows.filter(pl.col("what") == what, pl.col("quantity") > 0).sort("quantity", descending=True)
        if len(own):
            most = own.row(0, named=True)
            total = quantity(float(own["quantity"].sum()), view.unit(view.item))
            least = "" if len(own) == 1 else f"most: {quantity(most['quantity'], view.unit(view.item))}, "
            yield f"{verb} {total} ({least}{thing(view, most)})"


def _lines(rows: pl.DataFrame) -> Iterator[str]:
    own = rows.filter(pl.col("what") == "rate")
    running = int((own["quantity"] > 0).sum())
    if len(own):
        yield f"runs {running} of {len(own)} lines"


def _starts(planned: Planned, rows: pl.DataFrame) -> Iterator[str]:
    own = rows.filter(pl.col("what") == "start", pl.col("quantity") >= LEAST_SHARE).sort("quantity", descending=True)
    known = len(planned.view.scenario.expansions)
    if known and own.is_empty():
        yield f"starts none of {known} expansions"
    if len(own):
        names = [f"{thing(planned.view, row)}{_partly(row['quantity'])}" for row in own.iter_rows(named=True)]
        yield f"starts {len(own)} of {known} expansions ({_some(names)})"


def _partly(share: float) -> str:
    return "" if share >= 1 - LEAST_SHARE else f", {percent(share)} of it"


def early_sentence(planned: Planned) -> str:
    """Return what a plan would have done differently in its first quarters."""
    rows = planned.table("plan_early")
    first, last = rows["date"].min(), rows["date"].max()
    if not isinstance(first, date) or not isinstance(last, date):
        return ""
    dates = rows["date"].n_unique()
    moved = [*_moved_early(planned), *_started_early(planned)]
    told = _listed(moved) or "done what the policies of the scenario do"
    stretch = f"from {planned.when(first)} to that of {planned.when(last)}"
    return f"In its first {dates} quarters, {stretch}, it would have {told}."


def early_end(planned: Planned) -> date:
    """Return the day after the last quarter that is told; it is taken to be as long as the one before."""
    days: list[date] = sorted(planned.table("plan_early")["date"].unique().to_list())
    step = days[-1] - days[-2] if len(days) > 1 else timedelta(days=QUARTER)
    return min(days[-1] + step, planned.view.result.calendar.bounds[-1])


def early_rows(planned: Planned) -> pl.DataFrame:
    """Return what single holders do in the first quarters, without the sums over several of them."""
    rows = planned.table("plan_early")
    is_sum = pl.col("holder").is_in(["", *planned.view.groups]) & ~pl.col("what").is_in(["rate", "start"])
    is_sum |= (pl.col("what") == "spend") & (pl.col("purpose") == "")
    return rows.filter(~is_sum)


def _moved_early(planned: Planned) -> Iterator[str]:
    view, rows = planned.view, early_rows(planned).filter(pl.col("item") == planned.view.item)
    for what, verb in _WOULD.items():
        own = rows.filter(pl.col("what") == what)
        plan, as_is = float(own["plan"].sum()), float(own["as_is"].sum())
        if max(plan, as_is) > 0 and abs(plan - as_is) > LEAST_SHARE * max(plan, as_is):
            unit = view.unit(view.item)
            yield f"{verb} {quantity(plan, unit)} rather than {quantity(as_is, unit)} (means)"


def starts_early(planned: Planned) -> list[Started]:
    """Return the expansions that the two sides start at other times, the largest shift first."""
    rows = planned.table("plan_early").filter(pl.col("what") == "start").sort("date")
    found = []
    for (name,), own in rows.group_by("expansion", maintain_order=True):
        plan, as_is = (_half(own, side) for side in ("plan", "as_is"))
        if plan != as_is:
            found.append(Started(str(name), plan, as_is))
    far = date.max
    return sorted(found, key=lambda row: -abs(((row.plan or far) - (row.as_is or far)).days))


def _half(rows: pl.DataFrame, side: str) -> date | None:
    reached = rows.filter(pl.col(side).cum_sum() >= 0.5)
    day = reached["date"].min()
    return day if isinstance(day, date) else None


def _started_early(planned: Planned) -> Iterator[str]:
    found = starts_early(planned)
    sooner = [row for row in found if row.plan and (row.as_is is None or row.plan < row.as_is)]
    later = [row for row in found if row not in sooner]
    for rows, verb in ((sooner, "started earlier"), (later, "started later or not at all")):
        if rows:
            yield f"{verb}: {_some([_shift(planned, row) for row in rows])}"


def _shift(planned: Planned, row: Started) -> str:
    plan, as_is = (planned.when(day) if day else "not by then" for day in (row.plan, row.as_is))
    return f"{planned.view.title('expansions', row.expansion)} ({plan}, as it is {as_is})"


def effect_sentence(planned: Planned) -> str:
    """Return what the plan changes over the whole horizon, path by path."""
    rows = [row for row in planned.of_item("plan_side").iter_rows(named=True) if is_told(planned, row)]
    clear = [row for row in rows if row["difference"] is not None and _interval(row).is_clear]
    if not clear:
        return "No headline number of the plan can be told from that of the policies of the scenario." if rows else ""
    told = "; ".join(f"{_lower(titles.number_name(planned.view, row))}: {side_words(planned, row)}"
                     for row in _chosen(planned, clear))  # fmt: skip
    return f"What this and all that it decides later change, by path, with the {SURE}: {told}."


def is_told(planned: Planned, row: Mapping[str, Any]) -> bool:
    """Return whether a headline number is about one of the holders or about all of them."""
    return row["holder"] not in planned.view.groups


def _chosen(planned: Planned, rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the rows in the order in which they are told, of each number the recipient's or the largest change."""
    found = []
    for measure in dict.fromkeys([*_TOLD, *(row["measure"] for row in rows)]):
        own = [row for row in rows if row["measure"] == measure]
        if own:
            found.append(max(own, key=lambda row: (row["holder"] == planned.view.recipient, abs(row["difference"]))))
    return found[: MOST_NAMED + 1]


def side_words(planned: Planned, row: Mapping[str, Any]) -> str:
    """Return the difference of a headline number with its interval."""
    return f"{difference(planned, row['difference'], row['unit'])} ({ends(row)})"


def ends(row: Mapping[str, Any]) -> str:
    """Return the ends of the interval of a difference, without unit; of shares in percentage points."""
    if row["low"] is None or row["high"] is None:
        return DASH
    factor = 100 if row["unit"] == "share" else 1
    return span(*(people(factor * row[end]) for end in ("low", "high")))


def difference(planned: Planned, value: float | None, unit: str) -> str:
    """Return a difference with its sign; of shares in percentage points."""
    sign = "+" if value is not None and value > 0 else ""
    words = titles.number_unit(planned.view, unit)
    if unit == "share" and value is not None:
        return f"{sign}{quantity(100 * value, '').rstrip()}{NBSP}{words}"
    if unit == planned.currency:
        return f"{sign}{money(value, planned.currency)}"
    return f"{sign}{quantity(value, unit if unit != 'period' else planned.view.result.calendar.period)}"


def _lower(name: str) -> str:
    """Return a name as it stands inside a sentence."""
    return name[:1].lower() + name[1:]


def _interval(row: Mapping[str, Any]) -> Interval:
    return Interval(row["difference"], row["low"], row["high"])


def cost_sentence(planned: Planned) -> str:
    """Return what the plan costs beside the policies of the scenario."""
    plan = planned.interval("simulated_cost", "simulated")
    as_is = planned.interval("as_is_cost", "as_is")
    change = planned.interval("difference", "difference")
    if plan is None or as_is is None or change is None:
        return ""
    paths = planned.number("paths")
    on = f"On the same {count(int(paths))} simulated paths" if paths else "On the same simulated paths"
    costs = f"it costs {money(plan.value, planned.currency)}, the policies of the scenario"
    verb = "less" if change.value < 0 else "more"
    much = f"{money(abs(change.value), planned.currency)} {verb}{_ends(planned, change)}"
    told = much if change.is_clear else f"{much}, which cannot be told from no difference"
    return (
        f"{on} {costs} {money(as_is.value, planned.currency)}: {told}. Cost is money, and unmet need, shortfalls and"
        " lateness at the prices below, less the worth of what is left."
    )


def _ends(planned: Planned, found: Interval) -> str:
    """Return the ends of an interval by their size, the smaller first."""
    if found.low is None or found.high is None:
        return ""
    if found.is_clear:
        sizes = sorted((abs(found.low), abs(found.high)))
        return f" ({SURE}: {span(*(money(size, planned.currency) for size in sizes))})"
    return (
        f" ({SURE} of the difference: {span(money(found.low, planned.currency), money(found.high, planned.currency))})"
    )


def sure_sentence(planned: Planned) -> str:
    """Return bound, value and gap of a plan, and how far the bound still moves."""
    bound, value = planned.number("bound"), planned.interval("policy_value", "policy")
    if bound is None:
        return ""
    gap = planned.number("gap_share")
    lead = f"In its own programme no plan can cost less than {money(bound, planned.currency)}"
    if gap is not None and 0 <= gap <= SMALL_GAP:
        return f"{lead}, and this one does not cost more: it is the optimum there.{_moving(planned)}"
    told = "" if value is None else f", and this one costs {money(value.value, planned.currency)}"
    about = "" if value is None or value.low is None or value.high is None else _range(planned, value)
    is_none = value is not None and value.low is not None and value.low <= bound
    wide = "" if gap is None else ", a gap that cannot be told from none" if is_none else f": a gap of {share(gap)}"
    return f"{lead}{told}{about}{wide}.{_moving(planned)}"


def _range(planned: Planned, value: Interval) -> str:
    return f" ({SURE}: {span(*(money(end, planned.currency) for end in value[1:]))})"


def share(value: float) -> str:
    r"""Return a small share in per cent with two digits.

    >>> share(0.0234), share(0.00041)
    ('2.3\xa0%', '0.041\xa0%')
    """
    return f"{float(f'{100 * value:.2g}'):g}{NBSP}%"


def _moving(planned: Planned) -> str:
    rows = planned.table("plan_training").filter(pl.col("bound").is_finite()).sort("iteration")
    if len(rows) <= RECENT:
        return ""
    last, before = float(rows["bound"][-1]), float(rows["bound"][-1 - RECENT])
    moved = share(abs(last - before) / max(abs(last), abs(before))) if last != before else f"0{NBSP}%"
    many = count(int(rows["iteration"][-1]))
    return f" Over the last {RECENT} of {many} iterations the bound moved by {moved}."


def seeds_sentence(planned: Planned) -> str:
    """Return between which ends the bound lies over seeds; empty where there is one."""
    rows = planned.table("plan_seeds").filter(pl.col("bound").is_finite())
    if len(rows) < 2:
        return ""
    ends = rows["bound"].sort().to_list()
    low, high = (money(ends[place], planned.currency) for place in (0, -1))
    return f"With {len(rows)} seeds the bound comes to {span(low, high)}."


def tried_sentence(planned: Planned) -> str:
    """Return how the chosen first decision did on paths of the programme; where it was not taken a warning says so."""
    return " ".join(planned.about.get("tried", []))


def steady_sentence(planned: Planned) -> str:
    """Return that first decisions are stable; where they are not a warning says so."""
    found = find_steadiness(planned.table("plan_decisions"))
    return steady_words(found, partial(thing, planned.view)) if found is not None and found.is_steady else ""


def hindsight_sentence(planned: Planned) -> str:
    """Return what a plan knows that nobody knew at the start."""
    forced = planned.view.scenario.forced
    dated = ", and the states that it fixes by date" if forced else ""
    return (
        "Hindsight: the plan foresees no path, each decision rests on what is known at its review. But it knows from"
        f" the start what the scenario says of need, funding, lines and build times{dated}. Who decided in"
        f" {planned.view.when(0)} did not; that part of the difference was not to be had then."
    )


def method_words(planned: Planned) -> str:
    """Return how the plan was found."""
    names = {
        "deterministic": "one linear programme on mean values", "extensive": "one linear programme of all branches",
        "sddp": "stochastic dual dynamic programming",
    }  # fmt: skip
    method = planned.text("method")
    return ", ".join(filter(None, (names.get(method, method or "not said"), stage_words(planned))))


def stage_words(planned: Planned) -> str:
    """Return how many stages a plan has, and how long they are; empty where that is not told."""
    stages, length = planned.text("stages"), planned.text("stage_periods")
    period = planned.view.result.calendar.period
    each = f" of {length} {period}{'' if length == '1' else 's'}" if length else ""
    return f"{stages} stages{each}" if stages else ""


def _listed(parts: Sequence[str]) -> str:
    """Return parts as a list in a sentence."""
    return f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else "".join(parts)


def _some(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMED
    return "; ".join(names[:MOST_NAMED]) + (f"; {more} more" if more > 0 else "")
