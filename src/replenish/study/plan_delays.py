"""What a month costs a planner who knows of it: each delay made longer, and the best plan made anew.

Plans are those on mean paths.  The policy adapts to the delay, so that its cost is what cannot be helped; a study by
`replenish.study.delay_costs` holds the rules as they are, and its cost is what is lost besides by not reacting.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import polars as pl

from replenish.errors import SolveError, UsageError
from replenish.scenario import Scenario, input_hash
from replenish.study.delay_costs import DAYS, DelayCosts
from replenish.study.delays import KINDS, Kind, delayed, is_changed, members_of
from replenish.study.goals import Goals, solve_mean, stage_length, unit_of
from replenish.study.saving import refuse_foreign, save_study, study_folder
from replenish.study.sides import Source, find_scenario_of, short_name

TITLES: Final[Mapping[Kind, str]] = {
    "deciding": "deciding", "contracting": "contracting", "producing": "producing", "building": "building",
    "shipping": "shipping", "funding": "funding", "all": "all of them together",
}  # fmt: skip

SCHEMA: dict[str, Any] = {
    **dict.fromkeys(("kind", "title", "outcome", "reason"), pl.String), "days": pl.Float64,
    **dict.fromkeys(Goals._fields, pl.Float64), **dict.fromkeys(("as_is_unmet", "as_is_money"), pl.Float64),
    "unit": pl.String,
}  # fmt: skip
_STUDY = "plan-delay"
_TABLE = "plan_delays"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanDelays:
    """By how much the best plan is worse when a delay is longer.

    rows: one row for each kind of delay: what the plan that knows of it has more of `unmet` [unit], `shortfall`
        [unit x month], discounted `money` and `cost` of all by the stated prices [currency]; beside them what the
        rules as they are lose in a study of the same days, `as_is_unmet` [unit] and `as_is_money` [currency, not
        discounted], where it is given.  A kind of which the scenario has nothing has the `outcome` skipped and the
        `reason`.
    base: the plan without delay.
    days: how much longer [day].
    holder: whose delays; empty for everybody's.
    is_complete: whether all kinds have been planned.
    """

    rows: pl.DataFrame
    base: Goals
    days: float
    holder: str
    unit: str
    currency: str
    is_complete: bool
    folder: Path | None = None

    def __repr__(self) -> str:
        """Return what was lengthened in one line."""
        kinds = int((self.rows["outcome"] == "done").sum())
        whose = f" of {self.holder}" if self.holder else ""
        more = "" if self.is_complete else ", stopped early"
        return f"<PlanDelays: {self.days:+g} days, {kinds} kinds of delay{whose}{more}>"


def plan_delays(
    source: Source,
    *,
    days: float = DAYS,
    holder: str = "",
    item: str = "",
    as_is: DelayCosts | None = None,
    stage_periods: int | None = None,
    out: Path | str | None = None,
    progress: Callable[[int, int], None] = lambda _, __: None,
) -> PlanDelays:
    """Return what a longer delay costs under the best plan that knows of it, prices as they are without it.

    Args:
        source: a scenario, its folder, an example, `SCENARIO:case`, or a saved run (its scenario).
        days: how much longer [day]; negative: shorter.
        holder: whose delays, as told by `replenish.study.delays.delayed`; everybody's if empty.
        item: whose need and reserves are counted; all items if empty.
        as_is: a study of the same delays under the rules as they are, to stand beside.
        stage_periods: periods of a stage; as the scenario's settings say if None.
        out: folder for the table; a new one under `runs/` if not given.
        progress: called with the number of kinds done and of all.

    A KeyboardInterrupt stops the work; what is done is returned.

    Raises:
        UsageError: there is no such holder or item, the scenario has what a plan cannot have, `as_is` is of other
            delays, or `out` holds something else.
        SolveError: no plan is possible, or costs fall without limit.
    """
    scenario = find_scenario_of(source)
    members_of(scenario, holder)
    unit = unit_of(scenario, item)
    if not days:
        raise UsageError("days is 0, so that nothing would differ; name how many days longer, negative for shorter")
    if as_is is not None and (as_is.days, as_is.holder) != (days, holder):
        raise UsageError(f"the study of the rules as they are is of {as_is!r}; run it for the same days and holder")
    folder = Path(out) if out is not None else study_folder(_STUDY, short_name(source))
    refuse_foreign(folder, _STUDY)
    plans = _Plans(scenario, item, stage_periods or stage_length(scenario))
    rows, is_complete = list[dict[str, Any]](), True
    try:
        for count, kind in enumerate(KINDS, 1):
            changed = delayed(scenario, kind, days, holder=holder)
            beside = _as_is(as_is, kind, item)
            rows.append(
                {"kind": kind, "title": TITLES[kind], "days": days, "unit": unit, **plans.row(changed), **beside}
            )
            progress(count, len(KINDS))
    except KeyboardInterrupt:
        is_complete = False  # what is done is kept, and said to be a part
    found = PlanDelays(
        rows=pl.DataFrame(rows, schema=SCHEMA), base=plans.base, days=days, holder=holder, unit=unit,
        currency=scenario.settings.money.currency, is_complete=is_complete, folder=folder,
    )  # fmt: skip
    about = {
        "input_hash": input_hash(scenario), "days": days, "holder": holder, "item": item, "base": plans.base._asdict(),
        "currency": found.currency, "is_complete": is_complete,
    }  # fmt: skip
    save_study(folder, _STUDY, about, {_TABLE: found.rows})
    return found


class _Plans:
    """Plans of changed scenarios at one set of prices."""

    def __init__(self, scenario: Scenario, item: str, length: int) -> None:
        self._scenario, self._item, self._length = scenario, item, length
        plan = solve_mean(scenario, length=length)
        self._prices, self.base = plan.problem.prices, plan.goals(item)

    def row(self, changed: Scenario) -> dict[str, Any]:
        """Return what the plan of a changed scenario has more than that of the scenario."""
        if not is_changed(self._scenario, changed):
            reason = "the scenario has no such delay that so many days would move"
            return {"outcome": "skipped", "reason": reason}
        try:
            found = solve_mean(changed, length=self._length, prices=self._prices).goals(self._item)
        except SolveError as error:
            return {"outcome": "skipped", "reason": str(error)}
        more = {name: there - here for name, here, there in zip(Goals._fields, self.base, found, strict=True)}
        return {"outcome": "done", "reason": "", **more}


def _as_is(found: DelayCosts | None, kind: Kind, item: str) -> dict[str, float | None]:
    """Return what the rules as they are have more of unmet need and of spending; nothing where nobody has looked."""
    if found is None:
        return {}
    rows = found.rows.filter(pl.col("kind") == kind, pl.col("outcome") == "done", pl.col("holder") == "")
    unmet = rows.filter(pl.col("measure") == "unmet_cumulative", (pl.col("item") == item) | (item == ""))
    spent = rows.filter(pl.col("measure") == "spend_cumulative", pl.col("purpose") == "")
    sums = (None if table.is_empty() else float(table["difference"].sum()) for table in (unmet, spent))
    return dict(zip(("as_is_unmet", "as_is_money"), sums, strict=True))
