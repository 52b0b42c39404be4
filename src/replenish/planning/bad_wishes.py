"""Wishes that no plan can fulfil, or that make a plan idle, in the words of the scenario."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from replenish import draws
from replenish.arrays.groups import Arrays, Floats, Ints
from replenish.errors import SolveError
from replenish.planning.chances import marginal_chances
from replenish.planning.problem import Problem
from replenish.planning.programme.limits import most_rates
from replenish.scenario.model import TargetRow

LIKELY = 1e-9
"""Probabilities up to this are rounding."""

ROUNDING = 1e-6
"""Part of a quantity by which it may be exceeded."""


class BadWish(NamedTuple):
    """What is wished for in vain, in words, and whether that leaves no plan at all."""

    what: str
    is_fatal: bool


def refuse_bad_wishes(problem: Problem) -> tuple[str, ...]:
    """Return what is wished for in vain though there is a plan.

    Raises:
        SolveError: there is none; it names every reason.
    """
    found = find_bad_wishes(problem)
    if fatal := [wish.what for wish in found if wish.is_fatal]:
        raise SolveError("; ".join(fatal))
    return tuple(wish.what for wish in found)


def find_bad_wishes(problem: Problem) -> list[BadWish]:
    """Return contradictory targets, what comes too late, gates that stay shut, and prices that make a plan idle."""
    return [
        *_late_arrivals(problem), *_shut_gates(problem), *_idle_prices(problem), *_contradictions(problem),
    ]  # fmt: skip


def _late_arrivals(problem: Problem) -> Iterator[BadWish]:
    """Yield products and routes on which all that is decided comes after the end."""
    periods, unit, ways = int(problem.stages.end[-1]), problem.calendar.period, sorted(_ways(problem))
    late = [(days, name) for days, name in ways if days >= periods]
    if ways and len(late) == len(ways):
        days, name = late[0]
        yield BadWish(
            f"horizon: nothing that is decided can arrive: it has {periods} periods of a {unit}, and the shortest way,"
            f" {name}, takes {days}; plan for more periods, or shorten a delay",
            is_fatal=True,
        )
        return
    for days, name in late:
        yield BadWish(
            f"horizon: {name} arrives after the end, {days} periods of a {unit} after it is decided; the plan decides"
            " it for what stocks are worth at the end alone",
            is_fatal=False,
        )


def _ways(problem: Problem) -> Iterator[tuple[int, str]]:
    """Yield how many periods after a decision at the earliest something arrives, and what."""
    labels, products, flows = problem.labels, problem.arrays.products, problem.arrays.flows
    for (line, item), lead in zip(labels.products, products.lead.tolist(), strict=True):
        yield lead, f"{item} from {line}"
    for (giver, taker, item), days in zip(labels.flows, (flows.wait + flows.lead).tolist(), strict=True):
        yield days, f"{item} from {giver} to {taker}"


def _shut_gates(problem: Problem) -> Iterator[BadWish]:
    """Yield gates that may fall shut for good, and those that are shut throughout."""
    arrays, labels = problem.arrays, problem.labels
    if not len(arrays.chains.states):
        return
    chances = marginal_chances(arrays)
    for column, share, gated in (
        ("purchase_share", arrays.chains.buy_share, (arrays.slots.gate, arrays.budgets.gate)),
        ("release_share", arrays.chains.release_share, (arrays.flows.gate,)),
    ):
        used = np.unique(np.concatenate(gated))
        for chain in used[used >= 0].tolist():
            lost = _never_open(arrays, chain, share[chain])
            always = float(chances[:, chain][:, share[chain] > 0].sum()) <= LIKELY
            chance, states = float(chances[-1, chain, lost].sum()), labels.states[chain]
            named = " and ".join(states[state] for state in np.flatnonzero(lost[: len(states)]).tolist())
            if always:
                yield BadWish(
                    f"chains: {labels.chains[chain]} lets nothing through in any period ({column} 0):"
                    f" {_behind(problem, chain, column)}. Give a state with a {column} above 0 a chance",
                    is_fatal=_holds_all(problem, chain, column),
                )
            elif chance > LIKELY:
                yield BadWish(
                    f"chains: {labels.chains[chain]} never leaves {named}, where {column} is 0, and is there at the end"
                    f" with probability {chance:.0%}; from then on {_behind(problem, chain, column)}. Add a transition"
                    " out of it if it may end",
                    is_fatal=False,
                )


def _never_open(arrays: Arrays, chain: int, share: Floats) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Return the states of a chain from which none is reached that lets anything through."""
    count = int(arrays.chains.states[chain])
    is_open = (share > 0) & (np.arange(len(share)) < count)
    for _ in range(count):
        is_open = is_open | ((arrays.chains.probability[chain] > 0) & is_open[None, :]).any(axis=1)
    return np.asarray(~is_open & (np.arange(len(share)) < count))


def _behind(problem: Problem, chain: int, column: str) -> str:
    """Return who waits for a gate."""
    arrays, labels = problem.arrays, problem.labels
    if column == "release_share":
        givers = {labels.flows[row][0] for row in np.flatnonzero(arrays.flows.gate == chain).tolist()}
        return f"{', '.join(sorted(givers))} cannot release"
    orders = {labels.slots[row][2] for row in np.flatnonzero(arrays.slots.gate == chain).tolist()}
    orders |= {labels.budgets[row][0] for row in np.flatnonzero(arrays.budgets.gate == chain).tolist()}
    return f"{', '.join(sorted(orders))} cannot spend"


def _holds_all(problem: Problem, chain: int, column: str) -> bool:
    """Return whether nothing is left to decide while a gate is shut; lines may always make what nobody ordered."""
    arrays = problem.arrays
    return column == "release_share" and not len(arrays.lines.max_rate) and bool((arrays.flows.gate == chain).all())


def _idle_prices(problem: Problem) -> Iterator[BadWish]:
    """Yield prices at which a plan does nothing for a need, or buys for the end alone."""
    bands = (problem.unmet, problem.shortfall, problem.late, problem.terminal)
    if not any(float(own.price.max(initial=0.0)) > 0 for own in bands):
        yield BadWish(
            "prices: unmet need, shortfalls, lateness and stocks at the end are all worth 0, so that to do nothing is"
            " the best plan; state what they are worth in prices or priorities",
            is_fatal=True,
        )
        return
    arrays, labels, periods = problem.arrays, problem.labels, float(problem.stages.end[-1])
    for row, (holder, item, purpose) in enumerate(labels.demands):
        dearest = float(problem.unmet.price[problem.unmet.thing == row].max(initial=0.0))
        worth = dearest * (periods + problem.periods_in_year if arrays.demands.is_owed[row] else 1.0)
        cheapest = _buying(problem, item).min(initial=np.inf)
        if dearest == 0:
            yield BadWish(
                f"prices: unmet {item} of {holder} ({purpose}) is worth 0: the plan serves it from what is left over",
                is_fatal=False,
            )
        elif worth < cheapest * (1 - ROUNDING) and np.isfinite(cheapest):
            yield BadWish(
                f"prices: a unit of {item} that {holder} lacks ({purpose}) is worth at most {worth:g}, to buy it costs"
                f" at least {cheapest:g}: the plan orders none for it",
                is_fatal=False,
            )
    for price in problem.prices:
        dearest = float(_buying(problem, price.item).max(initial=-1.0))
        is_stated = price.what == "terminal_stock" and price.source.startswith("prices ")
        if is_stated and 0 <= dearest < price.price * (1 - ROUNDING):
            yield BadWish(
                f"prices: terminal_stock of {price.item} of {price.holder} is worth {price.price:g} a unit at the end,"
                f" to buy it costs at most {dearest:g}: the plan fills the stock to its requirement for the end alone",
                is_fatal=False,
            )


def _buying(problem: Problem, item: str) -> Floats:
    """Return what a unit of an item costs where it is made, (line,); none where no line makes it."""
    arrays = problem.arrays
    own = [row for row, (_, made, _) in enumerate(problem.labels.slots) if made == item]
    return np.asarray(arrays.slots.price[own])


def _contradictions(problem: Problem) -> Iterator[BadWish]:
    """Yield targets that together ask for more units, or for more money, than there can be."""
    targets = problem.scenario.targets
    replaced = {row.item for row in problem.scenario.substitutes}
    for item in sorted({row.item for row in targets if row.item} - replaced):
        own = tuple(row for row in targets if row.item == item and row.what in ("unmet", "shortfall", "replenished"))
        for last in sorted({_by(problem, row) for row in own}):
            asked = _Asked(problem, item, own, last)
            if found := [*_too_many(asked), *_too_dear(asked)]:
                yield from found
                break


def _by(problem: Problem, row: TargetRow) -> int:
    """Return the period by which a target is to be met."""
    end = len(problem.calendar) - 1
    return end if row.by is None else min(end, max(0, problem.calendar.index(row.by)))


def _too_many(asked: _Asked) -> Iterator[BadWish]:
    if asked.units > asked.possible * (1 + ROUNDING):
        yield BadWish(
            f"targets: {asked.names} ask for {asked.units:,.0f} of {asked.item} by {asked.day}, of which at most"
            f" {asked.possible:,.0f} can be there by then; allow more to lack, or more time",
            is_fatal=True,
        )


def _too_dear(asked: _Asked) -> Iterator[BadWish]:
    """Yield limits of money below what the units cost that other targets ask for."""
    problem, prices = asked.problem, _buying(asked.problem, asked.item)
    payers = {holder for _, item, holder in problem.labels.slots if item == asked.item}
    least = max(0.0, asked.units - asked.there) * float(prices.min(initial=np.inf)) if len(prices) else 0.0
    for limit in problem.scenario.targets:
        members = problem.labels.members.get(limit.holder, frozenset({limit.holder}))
        binds = limit.what == "spend" and payers <= members and _by(problem, limit) >= asked.last
        if binds and least > (limit.at_most or 0.0) * (1 + ROUNDING):
            yield BadWish(
                f"targets: {asked.names} and {limit.name} contradict each other: what lacks of {asked.item} on"
                f" {asked.day} costs at least {least:,.0f}, {limit.name} allows {limit.at_most or 0.0:,.0f}",
                is_fatal=True,
            )


@dataclass(frozen=True)
class _Asked:
    """What targets ask of an item together up to the end of a period, beside what there can be."""

    problem: Problem
    item: str
    targets: tuple[TargetRow, ...]
    last: int

    @property
    def day(self) -> str:
        """Return the last day of the period."""
        return (self.problem.calendar.bounds[self.last + 1] - dt.timedelta(days=1)).isoformat()

    @property
    def names(self) -> str:
        """Return the targets that ask for anything by then."""
        return ", ".join(sorted(row.name for row in self.targets if self._of(row) > 0))

    @cached_property
    def units(self) -> float:
        """Return the units that must be issued or held by then."""
        return sum(self._of(row) for row in self.targets)

    def _of(self, row: TargetRow) -> float:
        """Return what one target asks at least; of random need nothing is sure."""
        due = _by(self.problem, row)
        members = self.problem.labels.members.get(row.holder, frozenset({row.holder}))
        if row.what == "unmet":
            need = self._need(members)
            return max(
                0.0,
                (1.0 - (row.at_most or 0.0)) * float(need[: due + 1].sum())
                - float(need[self.last + 1 : due + 1].sum()),
            )
        if due > self.last or (row.what == "shortfall" and row.by is not None and due < self.last):
            return 0.0
        required = self.problem.arrays.stocks.requirement[self.last].min(axis=1)
        own = [
            c for c, (holder, item) in enumerate(self.problem.labels.cells) if holder in members and item == self.item
        ]
        return (1.0 - (row.at_most or 0.0)) * float(required[own].sum())

    def _need(self, members: frozenset[str]) -> Floats:
        """Return the need that is sure in each period, (period,)."""
        arrays, labels = self.problem.arrays, self.problem.labels
        own = [d for d, (holder, item, _) in enumerate(labels.demands) if holder in members and item == self.item]
        is_sure = arrays.laws.kind[arrays.demands.law[:, own]] == draws.FIXED
        return np.asarray(np.where(is_sure, arrays.demands.mean[:, own], 0.0).min(axis=2).sum(axis=1))

    @cached_property
    def there(self) -> float:
        """Return the units that are there, in production or on order at the start."""
        arrays = self.problem.arrays
        return float(arrays.stocks.opening[self._cells].sum() + arrays.slots.opening_on_order[self._slots].sum())

    @cached_property
    def possible(self) -> float:
        """Return the units that can be there by then: those, and all that lines can complete."""
        arrays, rates = self.problem.arrays, most_rates(self.problem)
        products, total = arrays.products, float(arrays.stocks.opening[self._cells].sum() + self._pipeline)
        for row in (row for row, (_, item) in enumerate(self.problem.labels.products) if item == self.item):
            line = int(products.line[row])
            time = arrays.lines.length[: max(0, self.last - int(products.lead[row]) + 1), line].sum()
            net = products.yield_fraction[row] * arrays.lines.unbound[line] / products.capacity_use[row]
            total += float(rates[line] * time * net)
        return total

    @property
    def _pipeline(self) -> float:
        """Return what is in production at the start."""
        slots = self.problem.arrays.slots
        longest = self.problem.arrays.products.longest[slots.product]
        runs = [slots.opening_work[slots.lead_ring[o] : slots.lead_ring[o] + longest[o]] for o in self._slots]
        return float(sum(run.sum() for run in runs))

    @cached_property
    def _cells(self) -> Ints:
        cells = self.problem.labels.cells
        return np.array([row for row, (_, item) in enumerate(cells) if item == self.item], np.int64)

    @cached_property
    def _slots(self) -> Ints:
        slots = self.problem.labels.slots
        return np.array([row for row, (_, item, _) in enumerate(slots) if item == self.item], np.int64)
