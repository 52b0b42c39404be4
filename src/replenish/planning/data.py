"""What each stage is told: the values of the parameters of its programme."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from replenish.arrays.groups import Floats, Ints
from replenish.arrays.state import expected_gain
from replenish.planning.chances import availability, contract_entries, marginal_chances
from replenish.planning.problem import Problem
from replenish.planning.programme.symbols import Symbols
from replenish.planning.programme.transport import reserved_demands

OPEN = 1e3
"""Times what could ever be ordered or released: no limit where no gate is in the way."""

Data = dict[str, Floats]


@dataclass(frozen=True)
class Teller:
    """Turns chances of chain states into values of parameters; `symbols` says which things they are about."""

    problem: Problem
    symbols: Symbols

    @cached_property
    def working(self) -> Floats:
        """Return units of time in which each line works, (period, line)."""
        return np.asarray(self.problem.arrays.lines.length * availability(self.problem.arrays))

    @cached_property
    def marginal(self) -> Floats:
        """Return the probability of each chain state, seen from the start, (period, chain, state)."""
        return marginal_chances(self.problem.arrays)

    @cached_property
    def contracts(self) -> Floats:
        """Return what contracts bring into the book, (period, slot)."""
        return contract_entries(self.problem.arrays)

    def data(self, stage: int, chance: Floats, *, is_begun: bool = False) -> Data:
        """Return all parameters of a stage.

        Args:
            stage: its number.
            chance: of the states of chains in each of its periods, (period, chain, state).
            is_begun: whether what its first period brings is in the state already.
        """
        stages = self.problem.stages
        own = np.arange(stages.first[stage], stages.end[stage])
        later = own[1:] if is_begun else own
        told = self._needs(own, chance) | self._production(own, later) | self._transport(own, chance)
        return told | self._money(later, chance)

    def _needs(self, own: Ints, chance: Floats) -> Data:
        arrays, symbols, required = self.problem.arrays, self.symbols, self.symbols.required
        demands, stocks, last = arrays.demands, arrays.stocks, int(own[-1])
        demand = np.array([_expected(demands.mean[t], demands.chain, chance[n]) for n, t in enumerate(own)])
        requirement = _expected(stocks.requirement[last], stocks.requirement_chain, chance[-1])
        terminal = self.problem.terminal
        return {
            "demand": demand.sum(axis=0),
            "requirement": requirement[required],
            "periods": np.array([float(len(own))]),
            "years": np.array([arrays.clock.years[own].sum()]),
            "terminal_level": requirement[terminal.thing] * terminal.width,
        } | self._gated_demand(demand.sum(axis=0), self._release_share(own, chance), symbols)

    def _gated_demand(self, demand: Floats, share: Floats, symbols: Symbols) -> Data:
        reserved = reserved_demands(self.problem.arrays, symbols.gated_flows)
        before = [demand[list(demands)].sum() for demands in reserved]
        return {"gated_demand": np.array(before) * share}

    def _release_share(self, own: Ints, chance: Floats) -> Floats:
        chains, gate = self.problem.arrays.chains, self.problem.arrays.flows.gate[self.symbols.gated_flows]
        return _gate_share(chains.release_share, gate, chance)

    def _production(self, own: Ints, later: Ints) -> Data:
        arrays, clock = self.problem.arrays, self.problem.arrays.clock
        lines, expansions, kept = arrays.lines, arrays.expansions, self.symbols.kept_lines
        time = self.working[own].sum(axis=0)
        is_review = float(clock.is_review[own].any())
        return {
            "time": time,
            "contracts": self.contracts[later].sum(axis=0),
            "ramp": lines.ramp[own][:, self.symbols.ramped_lines].sum(axis=0),
            "must_start": np.zeros(len(expansions.start)),
            "may_start": is_review * (expansions.start < own[-1] + 1),
            "may_open": np.ones(len(kept)),
        }

    def _most_rate(self) -> Floats:
        """Return the rate of each line with every expansion, (line,)."""
        arrays = self.problem.arrays
        rate = arrays.lines.max_rate.copy()
        np.add.at(rate, arrays.expansions.line, expected_gain(arrays.expansions))
        return rate

    @cached_property
    def potential(self) -> Floats:
        """Return the good units that each slot could get in the longest stage, at least one, (slot,)."""
        arrays = self.problem.arrays
        slots, products = arrays.slots, arrays.products
        time = self.problem.stages.totals(self.working[: int(self.problem.stages.end[-1])]).max(axis=0)
        output = (self._most_rate() * time)[products.line] * products.yield_fraction / products.capacity_use
        good = (output * arrays.lines.unbound[products.line])[slots.product]
        return np.asarray(np.maximum(good, 1.0))

    def _order_room(self, own: Ints, chance: Floats) -> Floats:
        """Return the most that may be ordered, (slot,): with money of its own a gate binds only where it is shut."""
        arrays = self.problem.arrays
        slots = np.arange(len(arrays.slots.cell)) if self.symbols.skips_reviews else self.symbols.gated_slots
        share = _gate_share(arrays.chains.buy_share, arrays.slots.gate[slots], chance)
        is_open = (share >= 1.0) | ((share > 0.0) & (arrays.slots.budget[slots] >= 0))
        room = np.where(is_open, OPEN, share) * self.potential[slots]
        return np.asarray(room * float(arrays.clock.is_review[own].any()))

    @cached_property
    def _lacking(self) -> Floats:
        """Return how far own use may have taken donors below their floors before each period, (period, donor).

        It is twice what own use is expected to take, for it may take more; all of the floor where the stock also
        expires, or is used up along with others or by production.
        """
        arrays, donors = self.problem.arrays, self.symbols.donors
        asked = np.array([
            _expected(mean, arrays.demands.chain, chance)
            for mean, chance in zip(arrays.demands.mean, self.marginal, strict=True)
        ])  # fmt: skip
        source_of = np.repeat(np.arange(asked.shape[1]), np.diff(arrays.demands.first_source))
        taken = np.zeros((len(asked) + 1, len(arrays.stocks.opening)))
        for source, demand in enumerate(source_of.tolist()):
            taken[1:, arrays.sources.cell[source]] += 2.0 * asked[:, demand] * arrays.sources.ratio[source]
        floor = arrays.stocks.floor[donors]
        lacking = np.maximum(0.0, floor - arrays.stocks.opening[donors]) + np.cumsum(taken[:-1], axis=0)[:, donors]
        return np.where(self.symbols.lacks_by_itself, floor, np.minimum(floor, lacking))

    def _transport(self, own: Ints, chance: Floats) -> Data:
        arrays, late = self.problem.arrays, self.problem.late
        flows, pledges = arrays.flows, arrays.pledges
        most = OPEN * (arrays.stocks.opening.sum() + self.potential.sum() + 1.0)
        last = int(own[-1])
        return {
            "order_room": self._order_room(own, chance),
            "may_lack": self._lacking[int(own[0])],
            "release_share": self._release_share(own, chance),
            "release_room": np.full(len(flows.gate), most * float(arrays.clock.is_review[own].any())),
            "route_capacity": np.minimum(flows.route_capacity[own].sum(axis=0), most)[self.symbols.limited_routes],
            "may_count": np.where(pledges.start <= last, pledges.quantity, 0.0),
            "late_periods": np.array([float((own >= pledges.due[g]).sum()) for g in late.thing.tolist()]),
        }

    def _money(self, later: Ints, chance: Floats) -> Data:
        budgets, chains = self.problem.arrays.budgets, self.problem.arrays.chains
        carry, amount = np.ones(len(budgets.gate)), np.zeros(len(budgets.gate))
        for t in later:
            carry, amount = carry * budgets.carry[t], amount * budgets.carry[t] + budgets.amount[t]
        own = self.symbols.gated_budgets
        share = _gate_share(chains.buy_share, budgets.gate[own], chance)
        return {
            "carry": carry, "amount": amount, "open_carry": share * carry[own], "open_amount": share * amount[own],
        }  # fmt: skip


def _expected(table: Floats, chain: Ints, chance: Floats) -> Floats:
    """Return the mean of a table (thing, state) over the states of each thing's chain, (thing,)."""
    sure = np.zeros((1, table.shape[1]))
    sure[0, 0] = 1.0
    weight = np.concatenate([chance, sure])[chain] if len(chance) else np.repeat(sure, len(table), axis=0)
    return np.asarray((table * weight).sum(axis=1))


def _gate_share(table: Floats, gate: Ints, chance: Floats) -> Floats:
    """Return the mean share that gates let through over the periods of a stage, (thing,); 1 where there is none."""
    if not len(table):
        return np.ones(len(gate))
    share = np.einsum("nks,ks->nk", chance, table).mean(axis=0)
    return np.where(gate >= 0, np.append(share, 1.0)[gate], 1.0)
