"""What unmet need, short reserves and money cost each other: the best plans as the prices of need and reserve move.

Each point is the best plan on mean paths for one pair of multipliers; nothing is trained.  The programmes differ in
costs alone, so that each is solved from the optimum of the one before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, get_args

import numpy as np
import polars as pl

from replenish.arrays.groups import Floats
from replenish.errors import UsageError
from replenish.planning.prices import dearest_prices
from replenish.scenario import input_hash
from replenish.study.goals import GUARD, Goal, Goals, MeanPlan, period_months, solve_mean, unit_of
from replenish.study.saving import refuse_foreign, save_study, study_folder
from replenish.study.sides import Source, find_scenario_of, short_name

SPREAD: Final = 100.0
"""Prices go from so many times less than stated to so many times more."""

ROUNDING: Final = 1e-6
"""Part of the range of a goal by which a point must be worse to count as worse."""

SCHEMA: dict[str, Any] = {
    **dict.fromkeys(("reserve_multiplier", "need_multiplier", *Goals._fields), pl.Float64),
    "is_dominated": pl.Boolean, "is_stated": pl.Boolean, "label": pl.String,
}  # fmt: skip
_STUDY = "frontier"
_MEASURE: Final[Mapping[Goal, str]] = {"need": "unmet", "reserve": "shortfall", "money": "money"}

Factors = tuple[float, float]  # of the prices of reserve and of need


@dataclass(frozen=True, slots=True, kw_only=True)
class Frontier:
    """The best plans for prices around the stated ones.

    points: one row for each pair of multipliers, cheapest need first: `unmet` [unit], `shortfall` [unit x month] and
        discounted `money` [currency]; `cost` of all three by the stated prices; whether another point is better in a
        goal and no worse in the others (`is_dominated`), whether the prices are those stated (`is_stated`), and a
        `label` that says what the multipliers mean.
    goals: what is weighed against each other.
    item: whose need and reserves are counted; all items if empty.
    is_complete: whether all points are there.
    """

    points: pl.DataFrame
    goals: tuple[Goal, ...]
    item: str
    unit: str
    currency: str
    is_complete: bool
    folder: Path | None = None

    def __repr__(self) -> str:
        """Return its size in one line."""
        best = int((~self.points["is_dominated"]).sum())
        more = "" if self.is_complete else ", stopped early"
        return f"<Frontier of {', '.join(self.goals)}: {len(self.points)} points, {best} not dominated{more}>"


def frontier(
    source: Source,
    *,
    steps: int = 5,
    goals: Sequence[Goal] | None = None,
    spread: float = SPREAD,
    item: str = "",
    stage_periods: int | None = None,
    out: Path | str | None = None,
    progress: Callable[[int, int], None] = lambda _, __: None,
) -> Frontier:
    """Return the curve (two goals) or surface (three) of unmet need, short reserves and money.

    Args:
        source: a scenario, its folder, an example, `SCENARIO:case`, or a saved run (its scenario).
        steps: multipliers of each price, evenly spaced in ratio; the stated prices are always among them.
        goals: two or three of need, reserve, money; those that the scenario has if None.  Of two goals the price of
            reserve moves if it is one of them, else that of need; of three both move.
        spread: prices go from so many times less than stated to so many times more.
        item: whose need and reserves are counted; all items if empty.
        stage_periods: periods of a stage; as the scenario's settings say if None.
        out: folder for the table; a new one under `runs/` if not given.
        progress: called with the number of points done and of all.

    A KeyboardInterrupt stops the work; the points that are done are returned.

    Raises:
        UsageError: the scenario has what a plan cannot have, or lacks a goal; a number is out of its range; or `out`
            holds something else.
        SolveError: no plan is possible, or costs fall without limit.
    """
    scenario = find_scenario_of(source)
    unit = unit_of(scenario, item)
    if steps < 2 or not spread > 1:
        raise UsageError(f"steps is {steps} and spread {spread:g}; give at least 2 steps and a spread above 1")
    folder = Path(out) if out is not None else study_folder(_STUDY, short_name(source))
    refuse_foreign(folder, _STUDY)
    plan = solve_mean(scenario, length=stage_periods)
    chosen = _chosen(plan, goals)
    rows, is_complete = _rows(plan, item, list(_grid(chosen, steps, spread)), progress)
    points = _with_dominated(pl.DataFrame(rows, schema=SCHEMA), chosen)
    found = Frontier(
        points=points, goals=chosen, item=item, unit=unit, currency=scenario.settings.money.currency,
        is_complete=is_complete, folder=folder,
    )  # fmt: skip
    about = {
        "input_hash": input_hash(scenario), "goals": list(chosen), "item": item, "unit": unit, "steps": steps,
        "spread": spread, "stage_periods": plan.problem.stages.length, "is_complete": is_complete,
    }  # fmt: skip
    save_study(folder, _STUDY, about, {_STUDY: found.points})
    return found


def _chosen(plan: MeanPlan, goals: Sequence[Goal] | None) -> tuple[Goal, ...]:
    """Return the goals in their order.

    Raises:
        UsageError: there are fewer than two, one is unknown, or the scenario has nothing of it.
    """
    known: tuple[Goal, ...] = get_args(Goal)
    there = [goal for goal in known if goal == "money" or plan.blocks(goal)]
    asked = there if goals is None else list(dict.fromkeys(goals))
    lacking = {"need": "no demand and no pledge", "reserve": "no requirement"}
    for goal in asked:
        if goal not in known:
            raise UsageError(f"goal {goal}: there is no such goal; there are {', '.join(known)}")
        if goal not in there:
            raise UsageError(f"goal {goal}: the scenario has {lacking[goal]}, so there is nothing to weigh")
    if len(asked) < 2:
        raise UsageError(f"a frontier needs two goals or three of {', '.join(known)}; found {', '.join(asked)}")
    return tuple(goal for goal in known if goal in asked)


def _grid(goals: tuple[Goal, ...], steps: int, spread: float) -> Iterator[Factors]:
    """Yield multipliers, each near the one before, the stated prices first."""
    scale = np.unique(np.append(np.geomspace(1.0 / spread, spread, steps).round(12), 1.0)).tolist()
    moves_reserve, moves_need = "reserve" in goals, "need" in goals and (len(goals) == 3 or "reserve" not in goals)
    yield 1.0, 1.0
    for number, need in enumerate(scale if moves_need else [1.0]):
        own = scale if moves_reserve else [1.0]
        for reserve in reversed(own) if number % 2 else own:
            if (reserve, need) != (1.0, 1.0):
                yield reserve, need


def _rows(
    plan: MeanPlan, item: str, grid: list[Factors], progress: Callable[[int, int], None]
) -> tuple[list[dict[str, Any]], bool]:
    """Return a row for each point in order, and whether the work was not stopped before."""
    rows, words = list[dict[str, Any]](), _Words(plan, item)
    factors = [_factors(plan, point) for point in grid]
    try:
        for point, told, found in zip(grid, factors, plan.found.repriced(factors), strict=True):
            about = {"reserve_multiplier": point[0], "need_multiplier": point[1], "is_stated": point == (1.0, 1.0)}
            goals = plan.goals(item, found, told)._asdict()
            rows.append(about | goals | {"label": words.of(*point), "is_dominated": False})
            progress(len(rows), len(grid))
    except KeyboardInterrupt:
        return rows, False  # what is done is kept, and said to be a part
    return sorted(rows, key=lambda row: (row["need_multiplier"], row["reserve_multiplier"])), True


def _factors(plan: MeanPlan, point: Factors) -> dict[str, float]:
    """Return by how much blocks of variables cost more; the guard stays dearer than all."""
    reserve, need = point
    found = dict.fromkeys(plan.blocks("reserve"), reserve) | dict.fromkeys(plan.blocks("need"), need)
    return found | ({GUARD: max(1.0, reserve, need)} if plan.has(GUARD) else {})


def _with_dominated(points: pl.DataFrame, goals: tuple[Goal, ...]) -> pl.DataFrame:
    """Return points with those marked that another one beats."""
    if points.is_empty():
        return points
    table = points.select(_MEASURE[goal] for goal in goals).to_numpy()
    return points.with_columns(is_dominated=pl.Series(dominated(table), dtype=pl.Boolean))


def dominated(table: Floats) -> list[bool]:
    """Return which rows of (point, goal) another row beats: less in one goal, and not more in any.

    >>> dominated(np.array([[0.0, 2.0], [1.0, 1.0], [1.0, 3.0]]))
    [False, False, True]
    """
    slack = ROUNDING * np.maximum(np.ptp(table, axis=0), ROUNDING * np.abs(table).max(axis=0))
    return [
        bool(((table <= row + slack).all(axis=1) & (table < row - slack).any(axis=1)).any()) for row in table
    ]  # fmt: skip


class _Words:
    """What multipliers mean in words."""

    def __init__(self, plan: MeanPlan, item: str) -> None:
        problem = plan.problem
        asked, months = plan.asked() if plan.has("unmet_range") else np.zeros(0), period_months(problem)
        self._money = dearest_prices(problem.scenario)
        self._need: dict[str, tuple[float, float]] = {}  # by item: most asked, its price
        for band, demand in enumerate(problem.unmet.thing.tolist()):
            _, named, _ = problem.labels.demands[demand]
            is_owed = problem.arrays.demands.is_owed[demand] == 1
            price = problem.unmet.price[band] / (months if is_owed else 1.0)
            if item in ("", named) and asked[demand] > self._need.get(named, (-1.0, 0.0))[0]:
                self._need[named] = float(asked[demand]), float(price)
        cells = [problem.labels.cells[cell][1] for cell in problem.shortfall.thing.tolist()]
        pairs = zip(cells, (problem.shortfall.price / months).tolist(), strict=True)
        self._reserve = [(named, price) for named, price in pairs if item in ("", named)]

    def of(self, reserve: float, need: float) -> str:
        """Return what the prices of reserve and need, so many times those stated, say."""
        worth = [price * need / self._money[named] for named, (_, price) in self._need.items()]
        parts = [f"a unit of need is worth {_range(worth)} x its dearest price"] if worth else []
        shares = [
            price * reserve / (self._need[named][1] * need)
            for named, price in self._reserve
            if named in self._need and self._need[named][1] > 0
        ]
        if shares:
            parts.insert(0, f"a month of reserve is worth {_range(shares)} of a unit of need")
        elif self._reserve:
            own = [price * reserve / self._money[named] for named, price in self._reserve]
            parts.insert(0, f"a month of reserve is worth {_range(own)} x its dearest price")
        return "; ".join(parts)


def _range(values: list[float]) -> str:
    low, high = min(values), max(values)
    return _figure(low) if high - low <= 0.01 * high else f"{_figure(low)} to {_figure(high)}"


def _figure(value: float) -> str:
    """Return a number with two digits.

    >>> _figure(412.3), _figure(0.01549)
    ('410', '0.015')
    """
    return f"{float(f'{value:.1e}'):g}"
