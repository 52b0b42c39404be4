"""The period step once more, in plain NumPy: slow, easy to read, and written from the documentation alone.

It follows `docs/explanation/period-step.md` section by section and exists to be compared with the compiled kernel.
Everything is (thing, path); what lies ahead is (period, thing, path), so there are no rings here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from replenish import draws
from replenish.arrays import groups
from replenish.arrays.groups import Arrays, Floats, Ints, Words
from replenish.simulate.state import Readings


def simulate_reference(arrays: Arrays, *, seed: int, paths: Ints) -> dict[str, Floats]:
    """Return every reading of the paths with the given numbers, each (period, path, thing)."""
    world = _World(arrays, seed, paths)
    periods = [world.step(t) for t in range(len(arrays.clock.days))]
    names = Readings._fields
    return {name: np.stack([getattr(period, name).T for period in periods]) for name in names}


@dataclass
class _Revealed:
    """What is known of a period before anything is decided, each (thing, path)."""

    requirement: Floats
    planning_use: Floats
    demand: Floats
    buy_share: Floats  # (K + 1, path); the last row is that of no gate
    release_share: Floats  # (K + 1, path)


@dataclass
class _Flowed:
    """What happened in a period, each (thing, path)."""

    production: Floats
    started: Floats  # capacity used
    binding: Floats
    shipped: Floats
    delivered: Floats
    issues: Floats
    unmet: Floats
    spend: Floats


class _World:
    """All paths at once: what they carry over, and one method for each part of the step."""

    def __init__(self, arrays: Arrays, seed: int, paths: Ints) -> None:
        self.arrays, self.seed, self.paths = arrays, seed, paths
        slots, products, flows = arrays.slots, arrays.products, arrays.flows
        self.chain = np.zeros((len(arrays.chains.states) + 1, len(paths)), np.int64)  # last row: no chain
        self.on_hand = self.spread(arrays.stocks.opening)
        self.owed = self.spread(np.zeros(len(arrays.demands.cell)))
        self.book = self.spread(np.zeros(len(slots.cell)))
        self.rate = self.spread(arrays.lines.start_rate)
        self.added = self.spread(np.zeros(len(arrays.lines.max_rate)))
        self.budget = self.spread(np.zeros(len(arrays.budgets.gate)))
        self.to_ship = self.spread(arrays.pledges.open)
        self.to_deliver = self.spread(arrays.pledges.open)
        self.to_book = self.ahead(len(slots.cell), slots.wait)
        self.to_book[: len(slots.contracts)] += slots.contracts[:, :, None]
        slot_leads = products.lead[slots.product]
        self.to_receive = self.ahead(len(slots.cell), slot_leads)
        _unroll(self.to_receive, slots.opening_work, slots.lead_ring, slot_leads)
        self.to_complete = self.ahead(len(products.line), products.lead)
        _unroll(self.to_complete, products.opening_output, products.ring, products.lead)
        self.to_leave = self.ahead(len(flows.from_cell), flows.wait)
        self.to_arrive = self.ahead(len(flows.from_cell), flows.lead)
        self.paid_at = np.full((len(arrays.expansions.line), len(paths)), -1, np.int64)
        self.completion, self.gain = self.draw_expansions()
        self.spend = self.spread(np.zeros(int(arrays.stocks.account.max(initial=-1)) + 1))

    def spread(self, values: Floats) -> Floats:
        """Return the same values for every path."""
        return np.repeat(np.asarray(values, np.float64)[:, None], len(self.paths), axis=1)

    def ahead(self, things: int, delays: Ints) -> Floats:
        """Return an empty plan of what comes when, long enough for the last period's decisions."""
        return np.zeros((len(self.arrays.clock.days) + int(delays.max(initial=0)) + 1, things, len(self.paths)))

    def words(self, draw_class: int, streams: Words, t: int) -> Words:
        return draws.words(self.seed, draw_class, streams, self.paths, t)

    def step(self, t: int) -> Readings:
        """Run period `t` and return its readings, (thing, path)."""
        self.spend[...] = 0.0
        self.move_chains(t)
        production, delivered = self.receive(t)
        known = self.reveal(t)
        self.open_budgets(t)
        self.pay_expansions(t, known)
        self.grow(t)
        self.order(t, known)
        started, binding = self.produce(t)
        self.release(t, known)
        shipped = self.ship(t, known)
        issues, unmet = self.issue(known)
        happened = _Flowed(production, started, binding, shipped, delivered, issues, unmet, self.spend.copy())
        return self.measure(t, known, happened)

    # 1. Revealed

    def move_chains(self, t: int) -> None:
        chains = self.arrays.chains
        words = self.words(draws.CHAIN_DRAW, self.arrays.streams.chain, t)
        for k, forced in enumerate(chains.forced[t]):
            thresholds = chains.start[k][None, :] if t == 0 else chains.move[k][self.chain[k]]
            drawn = (words[k][:, None] > thresholds).sum(axis=1)
            self.chain[k] = forced if forced >= 0 else drawn

    def by_state(self, table: npt.NDArray[np.generic], chain: Ints) -> npt.NDArray[np.generic]:
        """Return the entries of a (thing, state) table for the present states, (thing, path)."""
        return np.asarray(table[np.arange(len(chain))[:, None], self.chain[chain]])

    def gate_shares(self, table: Floats) -> Floats:
        padded = np.vstack([table, np.ones((1, table.shape[1]))])
        return np.asarray(padded[np.arange(len(padded))[:, None], self.chain])

    def reveal(self, t: int) -> _Revealed:
        stocks, demands, clock, chains = self.arrays.stocks, self.arrays.demands, self.arrays.clock, self.arrays.chains
        stated = np.asarray(self.by_state(stocks.planning_use[t], stocks.requirement_chain), np.float64)
        mean = np.asarray(self.by_state(demands.mean[t], demands.chain), np.float64)
        asked = _sum_by(demands.cell, mean, len(stocks.opening)) / clock.days[t]
        return _Revealed(
            requirement=np.asarray(self.by_state(stocks.requirement[t], stocks.requirement_chain), np.float64),
            planning_use=np.where(stated > 0, stated, asked),
            demand=self.draw_demand(t, mean),
            buy_share=self.gate_shares(chains.buy_share),
            release_share=self.gate_shares(chains.release_share),
        )

    def draw_expansions(self) -> tuple[Ints, Floats]:
        """Return the period of completion if paid in time, and the capacity gained."""
        expansions, streams = self.arrays.expansions, self.arrays.streams.expansion
        when = self.words(draws.DELAY_DRAW, streams, 0)
        much = self.words(draws.SHARE_DRAW, streams, 0) / draws.WORD
        completion = [draws.draw(_law(self.arrays.laws, law), 0.0, when[x]) for x, law in enumerate(expansions.law)]
        share = expansions.share[:, None] + expansions.spread[:, None] * (2 * much - 1)
        gain: Floats = expansions.step[:, None] * np.clip(share, 0.0, 1.0)
        return np.array(completion, np.int64).reshape(gain.shape), gain

    def grow(self, t: int) -> None:
        """Count the capacity of every expansion that is paid for and complete."""
        expansions = self.arrays.expansions
        late = self.paid_at - expansions.start[:, None]
        is_complete = (self.paid_at >= 0) & (t >= self.completion + late)
        self.added = _sum_by(expansions.line, self.gain * is_complete, len(self.rate))

    # 2. Received

    def receive(self, t: int) -> tuple[Floats, Floats]:
        """Return good units completed by product, and delivered by flow."""
        slots, flows = self.arrays.slots, self.arrays.flows
        delivered: Floats = self.to_arrive[t] * flows.survival[:, None]
        np.add.at(self.on_hand, slots.cell, self.to_receive[t])
        np.add.at(self.on_hand, flows.to_cell, delivered)
        self.count_for_pledges(self.to_deliver, delivered, self.arrays.pledges.start <= t)
        return self.to_complete[t], delivered

    def count_for_pledges(self, left: Floats, amounts: Floats, is_open: npt.NDArray[np.bool_]) -> None:
        """Take the amounts of each flow off what is left of its pledges, the earliest due first."""
        rest = amounts.copy()
        for f, g in self.pledges_by_flow():
            counted = np.minimum(left[g], rest[f]) * is_open[g]
            left[g] -= counted
            rest[f] -= counted

    def pledges_by_flow(self) -> Iterator[tuple[int, int]]:
        first = self.arrays.flows.first_pledge
        for f in range(len(self.arrays.flows.from_cell)):
            for g in range(first[f], first[f + 1]):
                yield f, g

    # 4. Demand

    def draw_demand(self, t: int, mean: Floats) -> Floats:
        demands = self.arrays.demands
        words = self.words(draws.DEMAND_DRAW, self.arrays.streams.demand, t)
        laws = np.asarray(self.by_state(demands.law[t], demands.chain), np.int64)
        drawn = np.zeros(mean.shape)
        for d, own in enumerate(laws):
            for number in np.unique(own):
                is_own = own == number
                law = _law(self.arrays.laws, int(number))
                for value in np.unique(mean[d, is_own]):
                    here = is_own & (mean[d] == value)
                    drawn[d, here] = draws.draw(law, float(value), words[d, here])
        return drawn

    # 5. Decided

    def open_budgets(self, t: int) -> None:
        budgets = self.arrays.budgets
        self.budget = self.budget * budgets.carry[t][:, None] + budgets.amount[t][:, None]

    def pay_expansions(self, t: int, known: _Revealed) -> None:
        expansions, budgets = self.arrays.expansions, self.arrays.budgets
        for x, (cost, budget) in enumerate(zip(expansions.cost, expansions.budget, strict=True)):
            pays = (self.paid_at[x] < 0) & (expansions.start[x] <= t)
            if budget >= 0:
                pays &= cost <= self.budget[budget] * known.buy_share[budgets.gate[budget]]
                self.budget[budget] -= cost * pays
            self.paid_at[x, pays] = t
            self.spend[expansions.account[x]] += cost * pays

    def on_order(self, t: int) -> Floats:
        """Return what is decided or ordered and not received, by stock."""
        by_slot = self.book + self.to_book[t + 1 :].sum(axis=0) + self.to_receive[t + 1 :].sum(axis=0)
        return _sum_by(self.arrays.slots.cell, by_slot, len(self.on_hand))

    def in_transit(self, t: int) -> Floats:
        return _sum_by(self.arrays.flows.to_cell, self.to_arrive[t + 1 :].sum(axis=0), len(self.on_hand))

    def still_to_leave(self, t: int) -> Floats:
        return _sum_by(self.arrays.flows.to_cell, self.to_leave[t:].sum(axis=0), len(self.on_hand))

    def owed_by_cell(self) -> Floats:
        return _sum_by(self.arrays.demands.cell, self.owed, len(self.on_hand))

    def order(self, t: int, known: _Revealed) -> None:
        slots = self.arrays.slots
        self.book += self.to_book[t]
        if not self.arrays.clock.is_review[t]:
            return
        coming = self.on_order(t) + self.in_transit(t) + self.still_to_leave(t)
        position = self.on_hand + coming - self.owed_by_cell()
        wanted = np.array([self.wanted(t, o, position, known) for o in range(len(slots.cell))]).reshape(self.book.shape)
        ordered = self.cut_to_budget(wanted * known.buy_share[slots.gate], known)
        for o, wait in enumerate(slots.wait):
            if wait == 0:
                self.book[o] += ordered[o]
            else:
                self.to_book[t + wait, o] += ordered[o]

    def wanted(self, t: int, o: int, position: Floats, known: _Revealed) -> Floats:
        """Return what the rule of a slot asks for, before gates and money."""
        rules, row, cell = self.arrays.rules, self.arrays.slots.policy[t, o], self.arrays.slots.cell[o]
        own = position[cell]
        if row < 0:
            return np.zeros(own.shape)
        quantity = rules.quantity[row]
        level = known.requirement[cell] if quantity < 0 else np.full(own.shape, quantity)
        lacking = np.maximum(0.0, level - own)
        match int(rules.rule[row]):
            case groups.REORDER_POINT:
                lacking = np.where(own < rules.reorder_point[row], lacking, 0.0)
            case groups.DAYS_OF_SUPPLY:
                lacking = np.maximum(0.0, rules.days[row] * known.planning_use[cell] - own)
            case groups.SCHEDULE:
                lacking = np.full(own.shape, self.scheduled(t, row))
        return np.asarray(lacking * rules.share[row])

    def scheduled(self, t: int, row: int) -> float:
        rules = self.arrays.rules
        return float(rules.rate[row] * self.arrays.clock.review_span[t, rules.per[row]])

    def cut_to_budget(self, wanted: Floats, known: _Revealed) -> Floats:
        """Return what is ordered, and commit the money for it."""
        slots, ordered = self.arrays.slots, wanted.copy()
        cost = wanted * slots.price[:, None]
        for b, gate in enumerate(self.arrays.budgets.gate):
            own = slots.budget == b
            factor = _factor(cost[own].sum(axis=0), self.budget[b] * known.buy_share[gate])
            ordered[own] *= factor
            self.budget[b] -= (ordered[own] * slots.price[own, None]).sum(axis=0)
        np.add.at(self.spend, slots.account, ordered * slots.price[:, None])
        return ordered

    def produce(self, t: int) -> tuple[Floats, Floats]:
        """Start production; return capacity used by product, and what holds each product back."""
        lines, products = self.arrays.lines, self.arrays.products
        net = (products.yield_fraction * lines.unbound[products.line])[:, None]
        for_book = _sum_by(self.arrays.slots.product, self.book, len(products.line)) / net  # units to start
        asked = _sum_by(products.line, for_book * products.capacity_use[:, None], len(self.rate))
        limit = self.set_rates(t, asked)
        usable = self.rate * lines.length[t][:, None]
        factor = _factor(asked, usable)[products.line]
        spare = np.maximum(0.0, usable - asked)[products.line]
        share = (products.output_share / products.capacity_use)[:, None]
        started, binding = self.take_components(for_book * factor + spare * share, limit)
        good = started * products.yield_fraction[:, None]
        for p, lead in enumerate(products.lead):
            self.to_complete[t + lead, p] += good[p]
            self.hand_out(t + lead, p, good[p] * lines.unbound[products.line[p]])
        return started * products.capacity_use[:, None], binding

    def set_rates(self, t: int, asked: Floats) -> Ints:
        """Set the rate of each line and return what limits it, (M, path)."""
        lines, rules = self.arrays.lines, self.arrays.rules
        highest = lines.max_rate[:, None] + self.added
        ramped = self.rate + lines.ramp[t][:, None]
        target = asked / lines.length[t][:, None]
        for m, row in enumerate(lines.policy[t]):
            match int(rules.rule[row]):
                case groups.NORMAL:
                    target[m] = lines.normal_rate[m] + self.added[m]
                case groups.MAXIMUM:
                    target[m] = highest[m]
                case groups.LEVEL:
                    target[m] = rules.rate[row]
        wished = np.minimum(target, highest)
        self.rate = np.maximum(np.minimum(wished, ramped), lines.min_rate[:, None])
        by_capacity = np.where(target >= highest, groups.LIMIT_CAPACITY, groups.LIMIT_ORDERS)
        return np.where(ramped < wished, groups.LIMIT_RAMP, by_capacity).astype(np.int64)

    def take_components(self, wished: Floats, limit: Ints) -> tuple[Floats, Floats]:
        """Return units started, cut to the scarcest component, and what holds each product back."""
        products = self.arrays.products
        owner = np.repeat(np.arange(len(wished)), np.diff(products.first_component))
        need = wished[owner] * products.component_use[:, None]
        total = _sum_by(products.component_cell, need, len(self.on_hand))
        factor = _factor(total, self.on_hand)[products.component_cell]
        cut, held = np.ones(wished.shape), limit[products.line]
        for place, p in enumerate(owner):
            is_least = factor[place] < cut[p]
            held[p] = np.where(is_least, groups.LIMIT_COMPONENT + place - products.first_component[p], held[p])
            cut[p] = np.minimum(cut[p], factor[place])
        started = wished * cut
        taken = started[owner] * products.component_use[:, None]
        self.on_hand = np.maximum(0.0, self.on_hand - _sum_by(products.component_cell, taken, len(self.on_hand)))
        binding = np.zeros((int(products.first_limit[-1]), len(self.paths)))
        for p, first in enumerate(products.first_limit[:-1]):
            binding[first + held[p], np.arange(len(self.paths))] = 1.0
        return started, binding

    def hand_out(self, when: int, p: int, output: Floats) -> None:
        """Give output to the open orders for a product; the owner takes the rest and pays for it."""
        slots, products = self.arrays.slots, self.arrays.products
        own = slice(products.first_slot[p], products.first_slot[p + 1])
        served = _allocate(
            int(self.arrays.lines.allocation[products.line[p]]), self.book[own], output, slots.weight[own]
        )
        self.book[own] -= served
        self.to_receive[when, own] += served
        rest = np.maximum(0.0, output - served.sum(axis=0))
        owner = products.owner_slot[p]
        self.to_receive[when, owner] += rest
        self.spend[slots.account[owner]] += rest * slots.price[owner]

    def room(self, t: int, known: _Revealed) -> Floats:
        """Return what each flow may take from the stock of its donor."""
        flows, rules = self.arrays.flows, self.arrays.rules
        keep = np.where(flows.policy[t] < 0, 0.0, rules.keep[flows.policy[t]])[:, None]
        asked = known.demand + self.owed
        reserved = np.zeros(keep.shape) * self.on_hand[:1]
        for f in range(len(flows.from_cell)):
            reserved[f] = asked[flows.reserved[flows.first_reserved[f] : flows.first_reserved[f + 1]]].sum(axis=0)
        level = np.maximum(self.arrays.stocks.floor[flows.from_cell, None], keep * known.requirement[flows.from_cell])
        return np.maximum(0.0, self.on_hand[flows.from_cell] - level - reserved)

    def release(self, t: int, known: _Revealed) -> None:
        if not self.arrays.clock.is_review[t]:
            return
        flows, rules = self.arrays.flows, self.arrays.rules
        room, wants = self.room(t, known), self.wants(t, known)
        is_shared = (flows.policy[t] >= 0) & (rules.rule[flows.policy[t]] == groups.PROPORTIONAL)
        together = _sum_by(flows.to_cell, room * is_shared[:, None], len(self.on_hand))[flows.to_cell]
        for f, row in enumerate(flows.policy[t]):
            wanted = np.zeros(len(self.paths))
            match int(rules.rule[row]) if row >= 0 else -1:
                case groups.ABOVE_FLOOR_SHARE:
                    wanted = rules.share[row] * room[f]
                case groups.PROPORTIONAL:
                    part = np.divide(room[f], together[f], out=np.zeros_like(wanted), where=together[f] > 0)
                    short = np.maximum(0.0, max(0.0, rules.quantity[row]) + wants[flows.to_cell[f]])
                    wanted = rules.share[row] * short * part
                case groups.SCHEDULE:
                    wanted = np.full(wanted.shape, self.scheduled(t, row))
                case groups.PLEDGE_SCHEDULE:
                    wanted = self.pledged(t, f)
            self.to_leave[t + flows.wait[f], f] += wanted * known.release_share[flows.gate[f]]

    def wants(self, t: int, known: _Revealed) -> Floats:
        """Return what each stock lacks to serve all that is asked of it; negative where it has more."""
        asked = _sum_by(self.arrays.demands.cell, known.demand + self.owed, len(self.on_hand))
        return asked - self.on_hand - self.in_transit(t) - self.still_to_leave(t)

    def pledged(self, t: int, f: int) -> Floats:
        """Return what the pledges of a flow ask to be released now."""
        flows, pledges, clock = self.arrays.flows, self.arrays.pledges, self.arrays.clock
        left = self.to_ship.copy()
        everything = np.ones(len(left), bool)
        decided = np.zeros((len(flows.from_cell), len(self.paths)))
        decided[f] = self.to_leave[t:, f].sum(axis=0)
        self.count_for_pledges(left, decided, everything)
        wanted = np.zeros(len(self.paths))
        for g in range(flows.first_pledge[f], flows.first_pledge[f + 1]):
            last = pledges.due[g] - flows.wait[f] - flows.lead[f]
            times = clock.reviews_before[max(last + 1, t)] - clock.reviews_before[t]
            wanted += left[g] / max(1, times) * (pledges.start[g] <= t)
        return wanted

    # 6. Shipped

    def ship(self, t: int, known: _Revealed) -> Floats:
        flows = self.arrays.flows
        room = self.room(t, known)
        shipped = np.minimum(self.to_leave[t], room)
        most = np.zeros(self.on_hand.shape)
        np.maximum.at(most, flows.from_cell, room)
        shipped *= _factor(_sum_by(flows.from_cell, shipped, len(most)), most)[flows.from_cell]
        capacity = flows.route_capacity[t][:, None]
        tonnes = _sum_by(flows.route, shipped * flows.weight[:, None], len(capacity))
        shipped *= _factor(tonnes, np.broadcast_to(capacity, tonnes.shape))[flows.route]
        self.to_leave[t] = 0.0
        self.on_hand = np.maximum(0.0, self.on_hand - _sum_by(flows.from_cell, shipped, len(self.on_hand)))
        for f, lead in enumerate(flows.lead):
            self.to_arrive[t + lead, f] += shipped[f]
        np.add.at(self.spend, flows.account, shipped * flows.cost[:, None])
        self.count_for_pledges(self.to_ship, shipped, self.arrays.pledges.start <= t)
        return shipped

    # 7. Issued

    def issue(self, known: _Revealed) -> tuple[Floats, Floats]:
        """Return what is issued, and what of the period's demand is not."""
        demands, issues, unmet = self.arrays.demands, np.zeros(self.owed.shape), np.zeros(self.owed.shape)
        for d, cell in enumerate(demands.cell):
            old = np.minimum(self.on_hand[cell], self.owed[d])
            new = np.minimum(self.on_hand[cell] - old, known.demand[d])
            issues[d], unmet[d] = old + new, known.demand[d] - new
            self.on_hand[cell] -= issues[d]
            self.owed[d] += unmet[d] * demands.is_owed[d] - old
        return issues, unmet

    # 8. Measured

    def measure(self, t: int, known: _Revealed, happened: _Flowed) -> Readings:
        stocks, lines, products, pledges = (
            self.arrays.stocks, self.arrays.lines, self.arrays.products, self.arrays.pledges,
        )  # fmt: skip
        held = self.on_hand * (stocks.holding_cost * self.arrays.clock.years[t])[:, None]
        np.add.at(happened.spend, stocks.account, held)
        capacity = ((lines.max_rate[:, None] + self.added) * lines.length[t][:, None])[products.line]
        return Readings(
            on_hand=self.on_hand.copy(),
            in_transit=self.in_transit(t),
            on_order=self.on_order(t),
            requirement=known.requirement,
            shortfall=np.maximum(0.0, known.requirement - self.on_hand),
            planning_use=known.planning_use,
            demand=known.demand,
            issues=happened.issues,
            unmet=happened.unmet,
            backorders=self.owed.copy(),
            production=happened.production,
            capacity=capacity * (products.yield_fraction / products.capacity_use)[:, None],
            started_capacity=happened.started,
            line_capacity=capacity,
            binding=happened.binding,
            shipped=happened.shipped,
            delivered=happened.delivered,
            pledge_delivered=pledges.quantity[:, None] - self.to_deliver,
            pledge_quantity=self.spread(pledges.quantity),
            spend=happened.spend,
            is_in_state=self.states(),
        )

    def states(self) -> Floats:
        counts = self.arrays.chains.states
        rows = [self.chain[k] == state for k, count in enumerate(counts) for state in range(count)]
        return np.array(rows, np.float64).reshape(len(rows), len(self.paths))


def _unroll(plan: Floats, opening: Floats, first: Ints, lengths: Ints) -> None:
    """Put what is under way at the start into the periods in which it comes."""
    for thing, (start, length) in enumerate(zip(first, lengths, strict=True)):
        plan[:length, thing] += opening[start : start + length, None]


def _sum_by(group: Ints, values: Floats, count: int) -> Floats:
    """Return the sums of `values`, (row, path), by the group of their row, (count, path)."""
    total = np.zeros((count, values.shape[1]))
    np.add.at(total, group, values)
    return total


def _factor(asked: Floats, there: Floats) -> Floats:
    """Return by what factor, at most 1, all that is asked is cut to what is there."""
    return np.divide(there, asked, out=np.ones(asked.shape), where=asked > there)


def _law(laws: groups.Laws, number: int) -> draws.Law:
    """Return one law of the joined tables."""
    kind, start = int(laws.kind[number]), int(laws.offset[number])
    if kind == draws.FIXED:
        return draws.fixed()
    if kind == draws.COUNT:
        end = start + int(np.argmax(laws.thresholds[start:] == draws.WORD - 1)) + 1
        return draws.Law(kind, int(laws.base[number]), thresholds=laws.thresholds[start:end])
    return draws.Law(kind, knots=laws.knots[start : start + draws.KNOTS])


def _allocate(rule: int, book: Floats, output: Floats, weight: Floats) -> Floats:
    """Return what each open order for a product gets of its output, (slot, path)."""
    if rule == groups.ALLOCATE_PROPORTIONAL:
        return book * _factor(book.sum(axis=0), output)
    served, rest = np.zeros(book.shape), output.copy()
    if rule == groups.ALLOCATE_PRIORITY:
        for o, wanted in enumerate(book):
            served[o] = np.minimum(wanted, rest)
            rest = rest - served[o]
        return served
    for _ in book:  # each round serves in full at least one that wants less than its part, or is the last
        is_open = (served < book) * weight[:, None]
        total = is_open.sum(axis=0)
        part = np.divide(is_open, total, out=np.zeros(book.shape), where=total > 0)
        given = np.minimum(book - served, part * rest)
        served, rest = served + given, np.maximum(0.0, rest - given.sum(axis=0))
    return served
