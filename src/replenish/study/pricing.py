"""A target that holds with a probability, met by a price: the smallest at which the plan reaches it.

Each trial makes a plan with that price and steps it in the simulator on the same draws.  Cuts hold for the prices under
which they were made, so that every trial is trained anew.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal

import polars as pl

from replenish.errors import UsageError
from replenish.planning.methods import make_plan, to_options
from replenish.planning.plan import Plan, PlanOptions
from replenish.planning.prices import PriceUsed, derive_prices
from replenish.scenario import Scenario, input_hash
from replenish.study.delays import members_of
from replenish.study.saving import refuse_foreign, save_study, study_folder
from replenish.study.sides import Source, find_scenario_of, short_name
from replenish.study.stepping import to_policies
from replenish.study.wishes import Share, Wish, find_wish, fulfilled, share_of

MOST: Final = 1000.0
"""Largest multiplier that is tried."""

TRIALS: Final = 8
"""Plans that are made at most: two for the ends, the others halve the range of the multiplier in ratio."""

PATHS: Final = 400
"""Paths of each trial if no number is given."""

ITERATIONS: Final = 60
"""Iterations of training of each trial at most."""

Outcome = Literal["suffices", "reached", "not reached"]

SCHEMA: dict[str, Any] = {
    **dict.fromkeys(("multiplier", "price", "probability", "low", "high", "bound"), pl.Float64),
    "iterations": pl.Int64, "ended": pl.String,
}  # fmt: skip
_STUDY = "price"
_TABLE = "trials"
_ABOUT: Final = {
    "unmet": ("unmet",), "late": ("late",), "shortfall": ("shortfall", "terminal_stock"),
    "replenished": ("shortfall", "terminal_stock"),
}  # fmt: skip
"""Prices that a wish is about; those of `spend` are all others, which fall as money grows dear."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceReach:
    """What price makes a plan reach a target.

    wish: what should come true, and with which probability.
    outcome: suffices, at the price at hand; reached, at a higher one; or not reached, even at the dearest.
    multiplier: the smallest that reaches it; the one that gives most if none does.
    price: the dearest price of what it is about at that multiplier [currency/unit/period], of `spend` that of money.
    probability: there, on the draws of all trials, with its exact 95 % confidence interval.
    fresh: the same on draws that the search has not seen; None if it was stopped before.
    rows: the trials in the order of their multipliers, with the `bound` and the end of training of each plan.
    is_complete: whether the search came to its end.
    """

    wish: Wish
    outcome: Outcome
    multiplier: float
    price: float
    probability: Share
    fresh: Share | None
    rows: pl.DataFrame
    currency: str
    paths: int
    seed: int
    is_complete: bool
    folder: Path | None = None

    def __repr__(self) -> str:
        """Return what was found in one line."""
        more = "" if self.is_complete else ", stopped early"
        found = f"{self.outcome} at {self.multiplier:.3g} x the price, {self.probability.probability:.3g}"
        return f"<PriceReach: {self.wish}; {found}; {self.paths} paths{more}>"


def reach_by_price(
    source: Source,
    wish: Wish | str = "",
    *,
    most: float = MOST,
    trials: int = TRIALS,
    out: Path | str | None = None,
    progress: Callable[[int, int], None] = lambda _, __: None,
    **options: Any,
) -> PriceReach:
    """Return the smallest price of what a target is about at which a plan reaches it with the probability wished for.

    Args:
        source: a scenario, its folder, an example, `SCENARIO:case`, or a saved run (its scenario).
        wish: what should come true; a text names a row of the table `targets`, an empty one the only row.
        most: largest multiplier of the price that is tried.
        trials: plans that are made at most, 2 or more.
        out: folder for the table; a new one under `runs/` if not given.
        progress: called with the number of plans made and of all.
        **options: `paths` (400 if not given), `seed` and `workers` of the simulations, which share their draws; and how
            plans are made, as in the settings under `[plan]`: `iterations` is at most 60 if not given.

    A KeyboardInterrupt stops the search; what has been tried is returned.

    Raises:
        UsageError: the scenario has no such target, stock, need, promise or day, or no price of it; a number is out of
            its range; or `out` holds something else.
        SolveError: no plan is possible.
        KeyboardInterrupt: it was stopped before any plan was made.
    """
    scenario = find_scenario_of(source)
    chosen = wish if isinstance(wish, Wish) else find_wish(scenario, wish)
    if trials < 2 or not most > 1:
        raise UsageError(f"trials is {trials} and most {most:g}; give at least 2 trials and a multiplier above 1")
    folder = Path(out) if out is not None else study_folder(_STUDY, short_name(source))
    refuse_foreign(folder, _STUDY)
    drawn = {name: options.pop(name, None) for name in ("paths", "seed", "workers")}
    made, _ = to_options(scenario, **options)
    if "iterations" not in options:
        made = replace(made, iterations=min(made.iterations, ITERATIONS))
    search = _Search(scenario, chosen, made, **drawn)
    is_complete, fresh = True, None
    try:
        _bisect(search, most, trials, progress)
        fresh = search.share(search.best(), seed=(search.seed + 1) % 2**32)
        progress(trials, trials)
    except KeyboardInterrupt:
        if not search.tried:
            raise
        is_complete = False  # what is done is kept, and said to be a part
    found = _found(search, fresh, is_complete=is_complete, folder=folder)
    save_study(folder, _STUDY, _about(scenario, found, made), {_TABLE: found.rows})
    return found


class _Search:
    """Plans at multipliers of a price that have been tried, and how likely each makes a wish."""

    def __init__(
        self, scenario: Scenario, wish: Wish, options: PlanOptions, *, paths: int | None, seed: int | None,
        workers: int | None,
    ) -> None:  # fmt: skip
        self.scenario, self.wish, self.paths = scenario, wish, paths or PATHS
        self.seed = scenario.settings.simulation.seed if seed is None else seed
        self._options, self._workers = options, workers
        self._prices = derive_prices(scenario)
        self._own = _own_prices(scenario, wish, self._prices)
        self.tried: dict[float, tuple[Plan, Share]] = {}

    def suffices(self, multiplier: float) -> bool:
        """Return whether the plan at a multiplier makes the wish likely enough."""
        if multiplier not in self.tried:
            prices = tuple(self._repriced(price, multiplier) for price in self._prices)
            plan = make_plan(self.scenario, self._options, prices=prices)
            share = self._simulated(plan, self.seed)
            self.tried[multiplier] = plan, share
        return self.tried[multiplier][1].probability >= self.wish.probability

    def share(self, multiplier: float, *, seed: int) -> Share:
        """Return how likely the plan that was made at a multiplier makes the wish on other draws."""
        return self._simulated(self.tried[multiplier][0], seed)

    def price(self, multiplier: float) -> float:
        """Return the dearest price of what the wish is about, so many times dearer; of money the multiplier."""
        if self.wish.what == "spend":
            return multiplier
        return multiplier * max(price.price for price in self._own if price.what == _ABOUT[self.wish.what][0])

    def best(self) -> float:
        """Return the smallest multiplier that suffices; the smallest of those that give most if none does."""
        enough = [m for m, (_, share) in self.tried.items() if share.probability >= self.wish.probability]
        return min(enough) if enough else max(sorted(self.tried), key=lambda m: self.tried[m][1].probability)

    def _simulated(self, plan: Plan, seed: int) -> Share:
        policies = to_policies(plan)
        return share_of(
            fulfilled(
                self.scenario, self.wish, policies=policies, paths=self.paths, seed=seed, workers=self._workers
            )
        )  # fmt: skip

    def _repriced(self, price: PriceUsed, multiplier: float) -> PriceUsed:
        if self.wish.what == "spend":
            return replace(price, price=price.price / multiplier)
        return replace(price, price=price.price * multiplier) if price in self._own else price


def _own_prices(scenario: Scenario, wish: Wish, prices: tuple[PriceUsed, ...]) -> tuple[PriceUsed, ...]:
    """Return the prices that a wish is about.

    Raises:
        UsageError: there is none, or it is zero.
    """
    if wish.what == "spend":
        return prices
    members, kinds = members_of(scenario, wish.holder), _ABOUT[wish.what]
    own = tuple(p for p in prices if p.what in kinds and p.item == wish.item and p.holder in members)
    if not any(price.price > 0 for price in own if price.what == kinds[0]):
        named = f"{kinds[0]} of {wish.holder}/{wish.item}"
        raise UsageError(f"target {wish.name or wish.what}: {named} has no price that could be raised; state one")
    return own


def _bisect(search: _Search, most: float, trials: int, progress: Callable[[int, int], None]) -> None:
    """Try multipliers: the price at hand, the dearest, then the middle in ratio of what is left."""
    low, high = 1.0, most
    is_met = search.suffices(low)
    progress(1, trials)
    if is_met or not search.suffices(high):
        return
    for count in range(2, trials):
        progress(count, trials)
        middle = math.sqrt(low * high)
        low, high = (low, middle) if search.suffices(middle) else (middle, high)


def _found(search: _Search, fresh: Share | None, *, is_complete: bool, folder: Path) -> PriceReach:
    multiplier = search.best()
    share = search.tried[multiplier][1]
    is_enough = share.probability >= search.wish.probability
    outcome: Outcome = ("suffices" if multiplier == 1.0 else "reached") if is_enough else "not reached"
    rows = [_row(search, each) for each in sorted(search.tried)]
    return PriceReach(
        wish=search.wish, outcome=outcome, multiplier=multiplier, price=search.price(multiplier), probability=share,
        fresh=fresh, rows=pl.DataFrame(rows, schema=SCHEMA), currency=search.scenario.settings.money.currency,
        paths=search.paths, seed=search.seed, is_complete=is_complete, folder=folder,
    )  # fmt: skip


def _row(search: _Search, multiplier: float) -> dict[str, Any]:
    plan, share = search.tried[multiplier]
    return {
        "multiplier": multiplier, "price": search.price(multiplier), **share._asdict(), "bound": plan.bound,
        "iterations": len(plan.policy.rows), "ended": plan.policy.ended,
    }  # fmt: skip


def _about(scenario: Scenario, found: PriceReach, options: PlanOptions) -> dict[str, Any]:
    return {
        "input_hash": input_hash(scenario), "wish": str(found.wish), "outcome": found.outcome,
        "multiplier": found.multiplier, "price": found.price, "probability": list(found.probability),
        "fresh": list(found.fresh) if found.fresh else None, "method": options.method, "paths": found.paths,
        "seed": found.seed, "is_complete": found.is_complete,
    }  # fmt: skip
