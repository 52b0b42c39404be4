"""What to buy: the curve of cost against systems in service, and a point on it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Unpack

import numpy as np

from replenish.arrays.groups import Ints
from replenish.arrays.network import Network
from replenish.errors import SolveError, UsageError
from replenish.study.sides import Source
from replenish.study.spares.bought import to_curve, to_purchases
from replenish.study.spares.judging import Judged, judge, overload_words, worth
from replenish.study.spares.lengths import Simulated, to_lengths
from replenish.study.spares.study import SpareStudy, Subject, describe, find_subject, finish
from replenish.sustain.frontier import Curve, Point, optimise
from replenish.sustain.frontier.aims import Objective
from replenish.sustain.frontier.stops import Availability, Backorders, Budget, Slope, Stop, Wait
from replenish.sustain.frontier.unreached import Names, UnreachedError
from replenish.sustain.lateral import Pooled, pool
from replenish.sustain.methods import Method
from replenish.sustain.utilisation import OverloadError

OBJECTIVES: dict[str, Objective] = {"availability": "availability", "backorders": "backorders"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What an optimum should do, every choice made.

    budget: most money for what is added, or with anew for all spares and servers; None: no limit.
    standing: of it, what the servers that there are cost already, with anew.
    target: share of all systems that should be in service, or another stop; None: the targets of fleets alone, if any.
    anew: as if nothing were held; else every spare that is held stays.  servers: may be added.
    """

    objective: Objective
    budget: float | None
    standing: float
    target: float | Stop | None
    anew: bool
    servers: bool


def sustain_optimise(
    source: Source,
    *,
    budget: float | None = None,
    target: float | Stop | None = None,
    objective: str | None = None,
    anew: bool = False,
    servers: bool = True,
    method: Method | str | None = None,
    out: Path | str | None = None,
    **lengths: Unpack[Simulated],
) -> SpareStudy:
    """Find what to buy, simulate it, and save both.

    Args:
        source: a scenario, its folder, workbook or example, or a saved run.
        budget: most money for what is added, or with `anew` for all spares and servers; that of the settings if None.
        target: share of all systems that should be in service; that of the settings if None, then the targets of the
            fleets.  Or another place to stop: `Backorders(units)`, `Wait(days)` or `Slope(gain_per_cost)` of
            `replenish.sustain.frontier.stops`.  A budget limits it too.  With `anew` and neither, what spares and
            servers of now are worth is spent.
        objective: availability or backorders; that of the settings if None.
        anew: as if nothing were held; else every spare that is held stays.
        servers: whether servers may be added, up to their `most`.
        method: `Exact()`, `VariMetric()` or `Metric()`, or its name; that of the settings if None.
        out: folder to save in; a new one under `runs/` if None.
        **lengths: `years`, `warm_up_years`, `histories`, `seed`, `workers`, `progress`, `stop`; see `Simulated`.

    Raises:
        UsageError, ScenarioError: the source cannot be judged, or there is neither budget nor target nor anything held.
        SolveError: nothing reaches the target; the best that can be reached is told.
    """
    subject = find_subject(source, method)
    network, labels = subject.steady(), subject.labels
    choice = _choice(subject, objective, budget, target, anew=anew, servers=servers)
    now = _now(subject, network)
    held = worth(network, network.spares.on_hand, network.servers.number)
    stop = _stop(choice, network, held)
    together = pool(network)
    curve, point = _best(together.network, _first_sites(together), subject, choice, stop)
    chosen = judge(
        network, labels, subject.method, stock=_apart(network, together, curve.stock_at(point)),
        servers=curve.servers_at(point),
    )  # fmt: skip
    first = curve.at_step(0)
    before = worth(together.network, curve.stock_at(first), curve.servers_at(first)) - first.cost
    more = {
        "sustain_curve": to_curve(curve, point, before),
        "sustain_purchases": to_purchases(curve, point, labels, _first_sites(together), before),
    }
    share = choice.target if isinstance(choice.target, int | float) else None
    said: dict[str, object] = {
        "objective": choice.objective, "budget": choice.budget, "target": share, "stop": _words(stop, choice),
        "mode": "anew" if choice.anew else "added", "bound_gap": max(point.gap, 0.0),
    }  # fmt: skip
    found = describe(
        subject, now=now, chosen=chosen, lengths=to_lengths(subject.scenario, **lengths), more=more, said=said
    )
    return finish(subject, source, out, found)


def _choice(
    subject: Subject, objective: str | None, budget: float | None, target: float | Stop | None, *, anew: bool,
    servers: bool,
) -> Choice:  # fmt: skip
    own, network = subject.scenario.settings.sustain, subject.network
    wanted = objective or own.objective
    if wanted not in OBJECTIVES:
        raise UsageError(f"objective is {wanted!r}; use {' or '.join(OBJECTIVES)}")
    if budget is not None and not budget >= 0:
        raise UsageError(f"budget is {budget:g}, must be >= 0")
    is_told = budget is not None or target is not None  # what is asked goes before all settings
    return Choice(
        objective=OBJECTIVES[wanted], budget=budget if is_told else own.budget,
        target=target if is_told else own.target_availability, anew=anew, servers=servers,
        standing=float(network.servers.number @ network.servers.cost) if anew else 0.0,
    )  # fmt: skip


def _now(subject: Subject, network: Network) -> Judged | None:
    """Return what there is now; None where its servers cannot keep up, which an optimum may mend."""
    try:
        return judge(network, subject.labels, subject.method)
    except SolveError:
        return None


def _stop(choice: Choice, network: Network, held: float) -> Stop:
    """Return where to stop: at a target if there is one, else at the budget.

    Raises:
        UsageError: there is nothing to stop at.
    """
    if choice.target is not None:
        return Availability(choice.target) if isinstance(choice.target, int | float) else choice.target
    if choice.budget is not None:
        return _within(choice, choice.budget)
    if (network.fleets.target > 0).any():
        return Availability()
    if held <= 0 or not choice.anew:
        raise UsageError(
            "there is no budget and no target; give --budget or --target-availability, or target_availability in fleets"
        )
    return _within(choice, held)


def _within(choice: Choice, budget: float) -> Budget:
    """Return what is left of a budget once the servers that stay are paid for.

    Raises:
        SolveError: nothing is.
    """
    if budget < choice.standing:
        raise SolveError(
            f"the servers that there are cost {choice.standing:,.0f}, more than the budget of {budget:,.0f}, which with"
            " `anew` is for all; raise it"
        )
    return Budget(budget - choice.standing)


def _best(network: Network, sites: Ints, subject: Subject, choice: Choice, stop: Stop) -> tuple[Curve, Point]:
    """Return the curve and the point at which it stops; a budget limits a target too.

    Raises:
        SolveError: nothing reaches the target, or not within the budget; or servers cannot keep up.
    """
    labels = subject.labels
    try:
        curve = optimise(
            network, method=subject.method, objective=choice.objective, stop=stop, servers_free=choice.servers,
            buy_only=not choice.anew,
        )  # fmt: skip
    except OverloadError as error:
        more = "; an optimum adds servers up to `most`, which allows fewer" if choice.servers else ""
        raise SolveError(overload_words(error, labels) + more) from error
    except UnreachedError as error:
        named = Names(labels.fleets, labels.parts, [labels.sites[site] for site in sites])
        raise SolveError(error.words(named)) from error
    point = curve.chosen
    assert point is not None  # a stop was given
    if choice.budget is not None and point.cost > choice.budget * (1 + 1e-9) - choice.standing:
        within = curve.at_budget(_within(choice, choice.budget).amount)
        reached = judge(
            network, labels, subject.method, stock=curve.stock_at(within), servers=curve.servers_at(within)
        ).mean_availability()
        raise SolveError(
            f"the target takes {point.cost + choice.standing:,.0f}, more than the budget of {choice.budget:,.0f}, which"
            f" reaches {reached:.4f} of all systems in service; raise the budget or lower the target"
        )
    return curve, point


def _apart(network: Network, together: Pooled, stock: Ints) -> Ints:
    """Return spares of groups that share their stock at their sites, (part, site): by requests, within limits.

    What a group owes depends on its sum alone.
    """
    found = network.spares.minimum.copy()
    for part, row in np.argwhere(stock > 0).tolist():
        sites = np.flatnonzero(together.row == row)
        if len(sites) == 1:
            found[part, sites[0]] = stock[part, row]
            continue
        wanted = stock[part, row] * together.share[part, sites]
        for _ in range(int(stock[part, row] - found[part, sites].sum())):
            room = np.where(
                found[part, sites] < network.spares.maximum[part, sites], wanted - found[part, sites], -np.inf
            )
            found[part, sites[int(np.argmax(room))]] += 1
    return found


def _first_sites(together: Pooled) -> Ints:
    """Return the first site of the network behind each row of the one in which groups are one site."""
    return np.array([int(np.flatnonzero(together.row == row)[0]) for row in range(int(together.row.max()) + 1)])


def _words(stop: Stop, choice: Choice) -> str:
    if isinstance(stop, Budget):
        return f"where the budget of {stop.amount + choice.standing:,.0f} is spent"
    if isinstance(stop, Availability) and stop.share is not None:
        return f"at the target of {stop.share:g} of all systems in service, and the targets of fleets"
    if isinstance(stop, Backorders):
        return f"where at most {stop.units:g} parts are owed to fleets"
    if isinstance(stop, Wait):
        return f"where a request of a fleet waits {stop.days:g} days at most in the mean"
    if isinstance(stop, Slope):
        return f"where one more unit of money gains less than {stop.gain_per_cost:g}"
    return "at the targets of fleets"
