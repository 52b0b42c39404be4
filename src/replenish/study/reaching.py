"""What would have to be true for a wish to come true: for each lever alone, the smallest change that suffices.

The smallest change is found by bisection on one set of draws: every run meets the same random futures, so that what
differs is due to the lever.  A lever that reaches the probability nowhere is named with the best that it gives.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import polars as pl

from replenish.errors import ScenarioError, UsageError
from replenish.policy import Policies
from replenish.scenario import Scenario, input_hash
from replenish.study.deciding import Deciding, Planner
from replenish.study.levers import STEP, Lever, levers
from replenish.study.saving import read_about, read_table, refuse_foreign, save_study, study_folder
from replenish.study.sides import Source, find_scenario_of, short_name
from replenish.study.wishes import Share, Wish, find_wish, fulfilled, share_of

SCHEMA: dict[str, Any] = {
    **dict.fromkeys(("lever", "title", "unit", "outcome", "reason"), pl.String),
    **dict.fromkeys(("neutral", "amount", "limit", "probability", "low", "high"), pl.Float64),
    "runs": pl.Int64,
}
_STUDY = "target"
_TABLE = "levers"
_BETWEEN: Final = (0.5, 0.25, 0.75)
"""Parts of the way at which a lever is tried too if it does not suffice at its limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What it takes for a wish to come true.

    wish: what should come true, and with which probability.
    today: the probability as things are, with its exact 95 % confidence interval.
    rows: one row for each lever: `outcome` reached, with the smallest `amount` that suffices, or not reached, with the
        amount that gives most; there the `probability` and its interval `low` to `high`; `neutral` is the amount as
        things are and `limit` the last that was tried; or skipped, with the `reason`.  No row if it is met already.
    is_complete: whether all levers have been tried.
    """

    wish: Wish
    today: Share
    rows: pl.DataFrame
    paths: int
    seed: int
    is_complete: bool
    folder: Path | None = None

    @property
    def is_met(self) -> bool:
        """Return whether it comes true with the probability wished for as things are."""
        return self.today.probability >= self.wish.probability

    def __repr__(self) -> str:
        """Return the wish and how far it is from true in one line."""
        reached = int((self.rows["outcome"] == "reached").sum())
        found = "met already" if self.is_met else f"{reached} of {len(self.rows)} levers reach it"
        more = "" if self.is_complete else ", stopped early"
        return f"<Reach: {self.wish}; {self.today.probability:.3g} today, {found}; {self.paths} paths{more}>"


def reach(
    source: Source,
    wish: Wish | str = "",
    *,
    policies: Policies | None = None,
    decider: Planner | None = None,
    out: Path | str | None = None,
    progress: Callable[[int, int], None] = lambda _, __: None,
    **options: Any,
) -> Reach:
    """Return the probability of a wish today, and for each lever alone the smallest change that makes it likely enough.

    Args:
        source: a scenario, its folder, an example, `SCENARIO:case`, or a saved run (its scenario).
        wish: what should come true; a text names a row of the table `targets`, an empty one the only row.
        policies: policies that replace those of the scenario in every run.
        decider: makes the policies for each changed scenario, such as a plan that knows of the change.
        out: folder for the table; a new one under `runs/` if not given.
        progress: called with the number of levers done and of all.
        **options: `paths`, `seed` and `workers` as in `replenish.simulate`; every run has these paths.

    A KeyboardInterrupt stops the work; the levers that are done are returned.

    Raises:
        UsageError: the scenario has no such target, stock, need, promise or day, or `out` holds something else.
        ScenarioError: the scenario is not sound.
    """
    scenario = find_scenario_of(source)
    chosen = wish if isinstance(wish, Wish) else find_wish(scenario, wish)
    deciding = Deciding(policies=policies, decider=decider)
    folder = Path(out) if out is not None else study_folder(_STUDY, short_name(source))
    refuse_foreign(folder, _STUDY)
    settings, seed = scenario.settings.simulation, options.pop("seed", None)
    options |= {"paths": options.get("paths") or settings.paths, "seed": settings.seed if seed is None else seed}

    def probability(changed: Scenario) -> Share:
        return share_of(fulfilled(changed, chosen, policies=deciding(changed), **options))

    rows, is_complete, today = list[dict[str, Any]](), True, probability(scenario)
    tried = levers(scenario, chosen) if today.probability < chosen.probability else ()
    try:
        for count, lever in enumerate(tried, 1):
            rows.append(_row(_Search(scenario, lever, chosen.probability, today, probability)))
            progress(count, len(tried))
    except KeyboardInterrupt:
        is_complete = False  # what is done is kept, and said to be a part
    found = Reach(
        wish=chosen, today=today, rows=pl.DataFrame(rows, schema=SCHEMA), paths=options["paths"], seed=options["seed"],
        is_complete=is_complete, folder=folder,
    )  # fmt: skip
    save_study(folder, _STUDY, _about(scenario, found), {_TABLE: found.rows})
    return found


def read_reach(folder: Path | str, scenario: Scenario) -> Reach:
    """Return a saved study of a scenario.

    Raises:
        UsageError: the folder holds none, or one of another scenario.
    """
    path = Path(folder)
    about = read_about(path)
    if about.get("kind") != _STUDY or not (path / f"{_TABLE}.csv").is_file():
        raise UsageError(f"{path}: holds no study of a target; `replenish target SCENARIO` makes one")
    if about.get("input_hash") != input_hash(scenario):
        raise UsageError(f"{path}: is a study of another scenario; run `replenish target` on the folder of the run")
    try:
        rows = read_table(path / f"{_TABLE}.csv", SCHEMA)
        return Reach(
            wish=_wish(about["wish"]), today=Share(*map(float, about["today"])), paths=int(about["paths"]),
            rows=rows, seed=int(about["seed"]),
            is_complete=bool(about["is_complete"]), folder=path,
        )  # fmt: skip
    except (KeyError, TypeError, ValueError, pl.exceptions.PolarsError) as error:
        raise UsageError(f"{path}: cannot be read ({error}); run the study again") from error


class _Search:
    """The amounts of a lever that have been tried, counted in steps from neutral, and what they gave."""

    def __init__(
        self, scenario: Scenario, lever: Lever, wanted: float, today: Share, probability: Callable[[Scenario], Share]
    ) -> None:
        self.lever, self.wanted = lever, wanted
        self.steps = max(1, round(abs(lever.limit - lever.neutral) / STEP[lever.unit]))
        self.tried = {0: today}
        self._scenario, self._probability = scenario, probability

    def amount(self, step: int) -> float:
        """Return the amount at a step."""
        lever = self.lever
        way = lever.limit - lever.neutral
        return lever.limit if step == self.steps else round(lever.neutral + way * step / self.steps, 10)

    def suffices(self, step: int) -> bool:
        """Return whether the wish is likely enough at a step."""
        if step not in self.tried:
            self.tried[step] = self._probability(self.lever.apply(self._scenario, self.amount(step)))
        return self.tried[step].probability >= self.wanted

    def smallest(self) -> int | None:
        """Return the first step that suffices; None if there is none at the limit, nor on the way to it."""
        points = (self.steps, *(max(1, round(part * self.steps)) for part in _BETWEEN))
        high = next((step for step in points if self.suffices(step)), None)
        low = 0
        while high is not None and high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if self.suffices(middle) else (middle, high)
        return high

    def best(self) -> int:
        """Return the smallest of the steps that give most."""
        return max(sorted(self.tried), key=lambda step: self.tried[step].probability)


def _row(search: _Search) -> dict[str, Any]:
    lever = search.lever
    about = {
        "lever": lever.name, "title": lever.title, "unit": lever.unit, "neutral": lever.neutral, "limit": lever.limit,
        "reason": "",
    }  # fmt: skip
    try:
        found = search.smallest()
    except ScenarioError as error:
        reason = next(problem.message for problem in error.problems if problem.severity == "error")
        return about | {"outcome": "skipped", "reason": reason, "runs": len(search.tried) - 1}
    step = search.best() if found is None else found
    told = {"outcome": "not reached" if found is None else "reached", "amount": search.amount(step)}
    return about | told | search.tried[step]._asdict() | {"runs": len(search.tried) - 1}


def _about(scenario: Scenario, found: Reach) -> dict[str, Any]:
    wish = {name: getattr(found.wish, name) for name in Wish.__dataclass_fields__}
    return {
        "input_hash": input_hash(scenario), "wish": wish | {"by": str(found.wish.by) if found.wish.by else None},
        "today": list(found.today), "paths": found.paths, "seed": found.seed, "is_complete": found.is_complete,
    }  # fmt: skip


def _wish(about: dict[str, Any]) -> Wish:
    """Return a wish as `study.json` tells it."""
    return Wish(**about | {"by": dt.date.fromisoformat(about["by"]) if about["by"] else None})
