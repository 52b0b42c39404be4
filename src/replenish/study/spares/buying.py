"""What to buy: the curve of cost against systems in service, and a point on it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from replenish.arrays.groups import Floats, Ints
from replenish.arrays.network import Network, NetworkLabels
from replenish.errors import SolveError, UsageError
from replenish.result import SUSTAIN_TABLES
from replenish.scenario.model import Scenario
from replenish.study.sides import Source
from replenish.study.spares.judging import Judged, judge, overload_words
from replenish.study.spares.study import SpareStudy, Subject, describe, find_subject, finish, to_lengths
from replenish.sustain.evaluation import evaluate
from replenish.sustain.frontier import Curve, Point, optimise
from replenish.sustain.frontier.aims import Objective
from replenish.sustain.frontier.stops import Availability, Budget, Stop
from replenish.sustain.frontier.unreached import Names, UnreachedError
from replenish.sustain.lateral import Pooled, pool
from replenish.sustain.utilisation import OverloadError

OBJECTIVES: dict[str, Objective] = {"availability": "availability", "backorders": "backorders"}

FEW, MANY = 40, 12
"""Points of the curve that are judged, each anew: of a small network, and of one with more cells than LARGE."""

LARGE = 20_000
"""Parts by sites from which on a network is large."""

MOST_PURCHASES = 2_000
"""Purchases that are listed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What an optimum should do, every choice made.

    budget: most money for what is added, or with anew for all spares and servers; None: no limit.
    target: share of all systems that should be in service; None: the targets of fleets alone, if any.
    anew: as if nothing were held; else every spare that is held stays.  servers: may be added.
    """

    objective: Objective
    budget: float | None
    target: float | None
    anew: bool
    servers: bool


def sustain_optimise(
    source: Source,
    *,
    budget: float | None = None,
    target_availability: float | None = None,
    objective: str | None = None,
    anew: bool = False,
    servers: bool = True,
    method: str | None = None,
    out: Path | str | None = None,
    **lengths: Any,
) -> SpareStudy:
    """Find what to buy, simulate it, and save both.

    Args:
        source: a scenario, its folder, workbook or example, or a saved run.
        budget: most money for what is added, or with `anew` for all spares and servers; that of the settings if None.
        target_availability: share of all systems that should be in service; that of the settings if None, then the
            targets of the fleets.  With `anew` and neither, what spares and servers of now are worth is spent.
        objective: availability or backorders; that of the settings if None.
        anew: as if nothing were held; else every spare that is held stays.
        servers: whether servers may be added, up to their `most`.
        method: exact, vari_metric or metric; that of the settings if None.
        out: folder to save in; a new one under `runs/` if None.
        **lengths: years, warm_up_years, histories, seed, workers, progress and stop of the simulation.

    Raises:
        UsageError, ScenarioError: the source cannot be judged, or there is neither budget nor target nor anything held.
        SolveError: nothing reaches the target; the best that can be reached is told.
    """
    subject = find_subject(source, method)
    network, labels = subject.steady(), subject.labels
    choice = _choice(subject.scenario, objective, budget, target_availability, anew=anew, servers=servers)
    now = _now(subject, network)
    held = _worth(network, network.spares.on_hand, network.servers.number)
    stop = _stop(choice, network, held)
    together = pool(network)
    curve, point = _best(together.network, _first_sites(together), subject, choice, stop)
    chosen = judge(
        network, labels, subject.method, stock=_apart(network, together, curve.stock_at(point)),
        servers=curve.servers_at(point),
    )  # fmt: skip
    first = curve.at_step(0)
    before = _worth(together.network, curve.stock_at(first), curve.servers_at(first)) - first.cost
    more = {
        "sustain_curve": _curve(curve, before),
        "sustain_purchases": _purchases(curve, point, labels, _first_sites(together), before),
    }
    said: dict[str, object] = {
        "objective": choice.objective, "budget": choice.budget, "target": choice.target, "stop": _words(stop),
        "mode": "anew" if choice.anew else "added", "bound_gap": max(point.gap, 0.0),
    }  # fmt: skip
    found = describe(
        subject, now=now, chosen=chosen, lengths=to_lengths(subject.scenario, **lengths), more=more, said=said
    )
    return finish(subject, source, out, found)


def _choice(
    scenario: Scenario, objective: str | None, budget: float | None, target: float | None, *, anew: bool,
    servers: bool,
) -> Choice:  # fmt: skip
    own = scenario.settings.sustain
    wanted = objective or own.objective
    if wanted not in OBJECTIVES:
        raise UsageError(f"objective is {wanted!r}; use {' or '.join(OBJECTIVES)}")
    is_told = budget is not None or target is not None  # what is asked goes before all settings
    return Choice(
        objective=OBJECTIVES[wanted], budget=budget if is_told else own.budget,
        target=target if is_told else own.target_availability, anew=anew, servers=servers,
    )  # fmt: skip


def _now(subject: Subject, network: Network) -> Judged | None:
    """Return what there is now; None where its servers cannot keep up, which an optimum may mend."""
    try:
        return judge(network, subject.labels, subject.method)
    except SolveError:
        return None


def _worth(network: Network, stock: Ints, servers: Ints) -> float:
    return float((stock * network.parts.cost[:, None]).sum() + servers @ network.servers.cost)


def _stop(choice: Choice, network: Network, held: float) -> Stop:
    """Return where to stop: at a target if there is one, else at the budget.

    Raises:
        UsageError: there is nothing to stop at.
    """
    if choice.target is not None:
        return Availability(choice.target)
    if choice.budget is not None:
        return Budget(choice.budget)
    if (network.fleets.target > 0).any():
        return Availability()
    if held <= 0 or not choice.anew:
        raise UsageError(
            "there is no budget and no target; give --budget or --target-availability, or target_availability in fleets"
        )
    return Budget(held)


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
        raise SolveError(overload_words(error, labels)) from error
    except UnreachedError as error:
        named = Names(labels.fleets, labels.parts, [labels.sites[site] for site in sites])
        raise SolveError(error.words(named)) from error
    point = curve.chosen
    assert point is not None  # a stop was given
    if choice.budget is not None and point.cost > choice.budget * (1 + 1e-9):
        within = curve.at_budget(choice.budget)
        reached = judge(
            network, labels, subject.method, stock=curve.stock_at(within), servers=curve.servers_at(within)
        ).mean_availability()
        raise SolveError(
            f"the target takes {point.cost:,.0f}, more than the budget of {choice.budget:,.0f}, which reaches"
            f" {reached:.4f} of all systems in service; raise the budget or lower the target"
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


def _words(stop: Stop) -> str:
    if isinstance(stop, Budget):
        return f"where the budget of {stop.amount:,.0f} is spent"
    if isinstance(stop, Availability) and stop.share is not None:
        return f"at the target of {stop.share:g} of all systems in service, and the targets of fleets"
    return "at the targets of fleets"


def _curve(curve: Curve, before: float) -> pl.DataFrame:
    """Return points of the curve evenly in cost, each judged anew."""
    network = curve.network
    count = FEW if network.repairs.time.size <= LARGE else MANY
    steps = _spread(curve.cost, count)
    rows = []
    for step in steps:
        point = curve.at_step(int(step))
        found = evaluate(
            network, stock=curve.stock_at(point), servers=curve.servers_at(point), method=curve.method
        )  # fmt: skip
        rows.append({
            "cost": point.cost + before,
            "availability": float(np.average(found.availability, weights=network.fleets.systems)),
            "backorders": float(found.backorders[:, np.unique(network.fleets.site)].sum()),
        })  # fmt: skip
    return pl.DataFrame(rows, schema=SUSTAIN_TABLES["sustain_curve"])


def _spread(cost: Floats, count: int) -> Ints:
    """Return steps of a curve, the first and the last among them, near evenly spread costs."""
    wanted = np.linspace(cost[0], cost[-1], count)
    return np.unique(np.clip(np.searchsorted(cost, wanted), 0, len(cost) - 1))


def _purchases(
    curve: Curve, point: Point, labels: NetworkLabels, sites: Ints, before: float
) -> pl.DataFrame:  # fmt: skip
    """Return the steps of the curve up to a point; one row for a run of steps of the same thing."""
    network = curve.network
    systems, is_log = float(network.fleets.systems.sum()), curve.objective_name == "availability"
    rows: list[dict[str, Any]] = []
    for step in curve.purchases(0, min(point.place.steps, MOST_PURCHASES)):
        site = max(step.moved, key=lambda moved: moved.units).site if step.moved else None
        part = step.moved[0].part if step.moved else None
        group = step.servers[0][0] if step.servers else None
        row = {
            "kind": "server" if group is not None else "spare",
            "part": labels.parts[part] if part is not None and group is None else "",
            "servers": labels.servers[group] if group is not None else "",
            "site": labels.sites[sites[network.servers.site[group] if group is not None else site or 0]],
            "units": sum(more for _, more in step.servers) or sum(moved.units for moved in step.moved),
            "cost": step.cost, "saved": step.gain, "saved_per_cost": step.gain_per_cost,
            "total_cost": float(curve.cost[step.step + 1]) + before,
            "availability": float(np.exp(-step.after / systems)) if is_log else None,
            "backorders": None if is_log else step.after,
        }  # fmt: skip
        rows.append({"place": len(rows) + 1, **row})
    return pl.DataFrame(rows, schema=SUSTAIN_TABLES["sustain_purchases"])
