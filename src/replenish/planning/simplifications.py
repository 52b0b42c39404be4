"""What of a scenario the programme of its plan does not see, or sees as a mean: only what applies to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from replenish.arrays.groups import Floats, Ints
from replenish.planning.chances import marginal_chances
from replenish.planning.graph import LEAST_CHANCE, choose_chains
from replenish.planning.plan import PlanOptions
from replenish.planning.problem import Problem
from replenish.planning.programme.sets import to_lots
from replenish.planning.programme.transport import reserved_demands
from replenish.planning.size import has_noise, is_random, random_chains

MOST_NAMED = 3
"""Names in a sentence; of more, the number is told."""


def to_simplifications(problem: Problem, options: PlanOptions) -> tuple[str, ...]:
    """Return in a sentence each what of a scenario the programme simplifies, and what the simulator does instead."""
    return (
        *_stages(problem), *_chance(problem, options), *_delays(problem), *_outages(problem), *_ages(problem),
        *_needs(problem), *_floors(problem), *_gates(problem), *_lines(problem),
        *(() if options.whole else _parts(problem)), *_expansions(problem), *_pledges(problem),
    )  # fmt: skip


def _stages(problem: Problem) -> Iterator[str]:
    """Yield what is assumed within stages of several periods."""
    length, period = problem.stages.length, problem.calendar.period
    if length == 1:
        return
    yield (
        f"stages of {length} {period}s: what is decided flows evenly over a stage, what arrives in it may serve all its"
        f" need, and its need is known at its start; the simulator goes by the {period}"
    )
    if np.isfinite(stored := problem.arrays.stocks.storage_limit).any():
        named = _of(_cells(problem, np.flatnonzero(np.isfinite(stored))))
        yield f"storage of {named}: as much passes in a stage as fits inside; in the simulator, in a {period}"


def _chance(problem: Problem, options: PlanOptions) -> Iterator[str]:
    """Yield what becomes of random need and of the states of chains."""
    if not is_random(problem):
        return
    if options.method == "deterministic":
        yield "chance: need, outages and the states of chains take their means; the simulator draws them"
        return
    if has_noise(problem):
        told = "takes its mean" if options.outcomes == 1 else f"is one of at most {options.outcomes} outcomes"
        yield f"random need and outages: what a stage brings {told}; the simulator draws it"
    others = np.setdiff1d(random_chains(problem), choose_chains(problem, options.chains))
    if len(others):
        named = _of(problem.labels.chains[chain] for chain in others.tolist())
        yield f"chains {named}: their states are drawn anew in each stage; in the simulator a state lasts"


def _delays(problem: Problem) -> Iterator[str]:
    """Yield random times of which the mean or the probability is taken."""
    arrays, labels = problem.arrays, problem.labels
    random = [" on ".join(labels.products[p][::-1]) for p in np.flatnonzero(arrays.products.lead_law >= 0).tolist()]
    if random:
        yield f"lead times of {_of(random)}: as planned; the simulator draws them"
    if routes := [_route(labels.flows[f]) for f in np.flatnonzero(arrays.flows.lead_law >= 0).tolist()]:
        yield f"times on the way {_of(dict.fromkeys(routes))}: as planned; the simulator draws them"
    if labels.slips:
        yield f"contracts that may be late ({_of(labels.slips)}): enter the book by their probability, not when drawn"


def _outages(problem: Problem) -> Iterator[str]:
    """Yield lines that may fail."""
    if len(own := np.flatnonzero(problem.arrays.lines.outage_start > 0)):
        named = _of(problem.labels.lines[line] for line in own.tolist())
        yield f"outages of {named}: less working time; that an outage lasts is known in the simulator alone"


def _ages(problem: Problem) -> Iterator[str]:
    """Yield how ages of what expires are told."""
    lots, length, period = to_lots(problem), problem.stages.length, problem.calendar.period
    if not lots.perishes.any():
        return
    widths = {
        (problem.labels.cells[cell][1], int(lots.width[cell]) * length)
        for cell in np.flatnonzero(lots.perishes).tolist()
    }
    if coarse := [f"{item} {width} {period}s" for item, width in sorted(widths) if width > 1]:
        yield f"ages in classes ({_of(coarse)} wide): an even part of a class grows older at a time"
    yield "ages: what is on its way counts as fresh at each review, and any age is worth the same at the end"


def _needs(problem: Problem) -> Iterator[str]:
    """Yield stocks that serve several needs."""
    shared = np.flatnonzero(np.diff(problem.arrays.demands.first) > 1)
    if len(shared):
        named = _of(_cells(problem, shared))
        yield f"needs that share a stock ({named}): served by price; in the simulator by priority while there is any"


def _floors(problem: Problem) -> Iterator[str]:
    """Yield what shipments leave to their donors at a price."""
    arrays, cells = problem.arrays, problem.arrays.flows.from_cell
    if len(own := np.unique(cells[arrays.stocks.floor[cells] > 0])):
        named = _of(_cells(problem, own))
        yield f"floors of {named}: own use below them has a price; in the simulator it has none, and nothing is shipped"
    before = [bool(demands) for demands in reserved_demands(arrays)]
    if len(own := np.unique(cells[np.array(before, bool)])):
        yield f"own need before shipments ({_of(_cells(problem, own))}): held at a price; in the simulator it is a rule"


def _gates(problem: Problem) -> Iterator[str]:
    """Yield gates that are half open, or may move within a stage."""
    arrays, labels = problem.arrays, problem.labels
    slots, flows, budgets = arrays.slots, arrays.flows, arrays.budgets
    free = slots.gate[(slots.budget < 0) & (slots.gate >= 0)]
    if half := [labels.chains[gate] for gate in np.unique(free).tolist() if _is_half(problem, gate)]:
        yield (
            f"purchase gates that are half open ({_of(half)}): let that part of what a line could make be ordered in a"
            " stage; the simulator takes it off each order, and the plan asks for no more than the line could make"
        )
    every = np.unique(np.concatenate([slots.gate, flows.gate, budgets.gate]))
    moving = np.intersect1d(every, random_chains(problem))
    if problem.stages.length > 1 and len(moving):
        named = _of(labels.chains[chain] for chain in moving.tolist())
        yield f"gates in a stage ({named}): let through their mean share; in the simulator that of the period"


def _is_half(problem: Problem, gate: int) -> bool:
    """Return whether a gate may be in a state that lets a part of purchases through."""
    share: Floats = problem.arrays.chains.buy_share[gate]
    chance = marginal_chances(problem.arrays)[:, gate].max(axis=0)
    return bool(((share > 0) & (share < 1) & (chance > LEAST_CHANCE)).any())


def _lines(problem: Problem) -> Iterator[str]:
    """Yield lines that serve several, or make several things above their normal rate."""
    arrays, labels = problem.arrays, problem.labels
    shared = np.flatnonzero(np.diff(arrays.products.first_slot) > 1)
    if len(shared):
        named = _of(dict.fromkeys(labels.products[product][0] for product in shared.tolist()))
        yield f"output of {named}: goes to whose order is worth most; in the simulator by the rule of the line"
    makes = np.bincount(arrays.products.line, minlength=len(labels.lines)) > 1
    surging = np.unique(arrays.products.line[(arrays.products.surge_extra > 0) & makes[arrays.products.line]])
    if len(surging):
        named = _of(labels.lines[line] for line in surging.tolist())
        yield f"surge of {named}: the cheapest product is made above the normal rate; in the simulator all are in part"


def _parts(problem: Problem) -> Iterator[str]:
    """Yield what only a whole plan sees: minimum rates, keeping, expansions in one piece."""
    arrays, labels = problem.arrays, problem.labels
    if len(own := np.flatnonzero(arrays.lines.min_rate > 0)):
        yield (
            f"minimum rates of {_of(labels.lines[line] for line in own.tolist())}: not seen; in the simulator a lower"
            " rate is raised to the minimum, or closes the line below half of it"
        )
    if len(own := np.flatnonzero((arrays.lines.keeping_cost > 0) | (arrays.lines.restart_cost > 0))):
        named = _of(labels.lines[line] for line in own.tolist())
        yield f"keeping and restarting {named}: costs in part where a line runs in part; in the simulator in whole"
    if len(own := np.flatnonzero(arrays.expansions.divisible == 0)):
        named = _of(labels.expansions[row] for row in own.tolist())
        yield f"expansions in one piece ({named}): built in parts; the simulator starts one if half of it is asked for"


def _expansions(problem: Problem) -> Iterator[str]:
    """Yield expansions of which time or size is random."""
    rows = problem.scenario.expansions
    if late := [row.name for row in rows if row.delay_distribution != "none" and row.delay_mean_days > 0]:
        yield f"building {_of(late)}: takes the mean time; the simulator draws it, and it is seen when it ends"
    if spread := [row.name for row in rows if row.realised_spread > 0]:
        yield f"what comes about of {_of(spread)}: the mean share; the simulator draws it"


def _pledges(problem: Problem) -> Iterator[str]:
    """Yield flows with several pledges."""
    if len(own := np.flatnonzero(np.diff(problem.arrays.flows.first_pledge) > 1)):
        named = _of(_route(problem.labels.flows[flow]) for flow in own.tolist())
        yield f"pledges {named}: the dearest counts first; in the simulator the earliest due"


def _cells(problem: Problem, rows: Ints) -> Sequence[str]:
    return [" ".join(problem.labels.cells[row]) for row in rows.tolist()]


def _route(flow: tuple[str, str, str]) -> str:
    return f"from {flow[0]} to {flow[1]}"


def _of(names: Iterable[str]) -> str:
    """Return names in a row; of many, some and how many more.

    >>> _of(["a", "b", "c", "d", "e"])
    'a, b, c and 2 more'
    """
    known = list(names)
    more = f" and {len(known) - MOST_NAMED} more" if len(known) > MOST_NAMED else ""
    return ", ".join(known[:MOST_NAMED]) + more
