"""Parts of fleets from one opening of a period to the next, many paths at a time; see docs/explanation.

Everything is (..., part, lane) in whole units; a lane is one path.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from scipy.special import betainc, gammaincinv

from replenish.arrays.groups import Floats, Ints
from replenish.arrays.network import EXPONENTIAL, FIXED, NONE, Network, NetworkLabels
from replenish.draws import stream_id
from replenish.study.fleets.counts import draw_binomial, draw_chosen, draw_levels, draw_poisson
from replenish.study.fleets.times import finished_share, leaving_shares

STEPS_OF_SERVERS = 8
"""Parts of a repair time, or of a period if that is longer, in which servers take up work anew."""


class Random:
    """Random numbers of some paths, by quantity, part and place."""

    def __init__(self, seed: int, first_path: int, lanes: int) -> None:
        self.seed, self.first_path, self.lanes, self.period = seed, first_path, lanes, 0
        self._streams: dict[tuple[str, ...], int] = {}

    def poisson(self, names: Sequence[tuple[str, ...]], mean: Floats) -> Floats:
        """Return Poisson numbers, (name, lane)."""
        out = np.zeros((len(names), self.lanes))
        draw_poisson(self.seed, self._ids(names), self.first_path, self.period, np.ascontiguousarray(mean), out)
        return out

    def split(self, names: Sequence[tuple[str, ...]], size: Floats, share: Floats) -> Floats:
        """Return how many of `size` fall into a share of each name, or of each name and lane; (name, lane)."""
        if not (share > 0).any():
            return np.zeros_like(size)
        if (share >= 1).all():
            return size.copy()
        wide = np.broadcast_to(share if share.ndim == 2 else share[:, None], size.shape)
        out = np.empty(size.shape)
        draw_binomial(
            self.seed, self._ids(names), self.first_path, self.period, np.ascontiguousarray(size),
            np.ascontiguousarray(wide), out,
        )  # fmt: skip
        return out

    def chosen(self, names: Sequence[tuple[str, ...]], drawn: Floats, own: Floats, others: Floats) -> Floats:
        """Return how many of the units drawn from all alike are among the own, all (name, lane)."""
        out = np.empty(own.shape)
        draw_chosen(self.seed, self._ids(names), self.first_path, self.period, drawn, own, others, out)
        return out

    def levels(self, names: Sequence[tuple[str, ...]]) -> Floats:
        """Return numbers between 0 and 1, (name, lane)."""
        out = np.empty((len(names), self.lanes))
        draw_levels(self.seed, self._ids(names), self.first_path, self.period, out)
        return out

    def _ids(self, names: Sequence[tuple[str, ...]]) -> Ints:
        return np.array([self._id(name) for name in names], np.int64)

    def _id(self, name: tuple[str, ...]) -> int:
        if (found := self._streams.get(name)) is None:
            found = self._streams[name] = stream_id("fleets", *name)
        return found


class Upkeep:
    """What does not change: a network, and its times in periods of a mean length [day]."""

    def __init__(self, network: Network, labels: NetworkLabels, period_days: float, is_used: Sequence[bool]) -> None:
        """Prepare; `is_used` fleets issue an item and are used as much as is issued."""
        self.network, self.labels, self.period_days = network, labels, period_days
        own = network.installations
        shape = (len(labels.fleets), len(labels.parts))
        self.quantity, self.needed = np.zeros(shape), np.zeros(shape)
        self.wear = np.zeros(shape)  # removals of all these parts in a system by unit of its use
        self.quantity[own.fleet, own.part] = own.quantity
        self.needed[own.fleet, own.part] = own.needed
        self.wear[own.fleet, own.part] = own.quantity * own.use * network.parts.rate[own.part]
        self.is_closed = network.fleets.is_closed | np.asarray(is_used, bool)
        self.children = [np.flatnonzero(network.sites.parent == site) for site in range(len(labels.sites))]
        self.fleets_at = [np.flatnonzero(network.fleets.site == site) for site in range(len(labels.sites))]

    def names(self, what: str, site: int, more: str = "") -> list[tuple[str, ...]]:
        """Return names of a quantity of every part at a site."""
        place = self.labels.sites[site]
        return [(what, place, part, more) if more else (what, place, part) for part in self.labels.parts]

    @cached_property
    def testing(self) -> Floats:
        """Return which share of parts under test leaves, by age; (age, site, part)."""
        own = self.network.repairs
        return self._leaving(np.full(own.time.shape, FIXED), own.no_fault_time, np.zeros(own.time.shape))

    @cached_property
    def repairing(self) -> Floats:
        """Return the same for parts under repair without waits."""
        own = self.network.repairs
        return self._leaving(own.law, own.time, own.spread)

    @cached_property
    def coming(self) -> Floats:
        """Return the same for parts on the way from the parent, or from the maker."""
        sites, parts = self.network.sites, self.network.parts
        time = np.where(sites.parent[None, :] == NONE, parts.procurement_time[:, None], sites.order_time[None, :])
        return self._leaving(np.full(time.shape, FIXED), time, np.zeros(time.shape))

    def _leaving(self, law: Ints, time: Floats, spread: Floats) -> Floats:
        """Return shares that leave by age; the last age stands for all older ones."""
        rows = {
            place: leaving_shares(int(law[place]), float(time[place]), float(spread[place]), self.period_days)
            for place in np.ndindex(*time.shape)
        }
        ages = max([2, *(len(row) for row in rows.values())])
        found = np.ones((ages, *time.shape[::-1]))
        for (part, site), row in rows.items():
            found[: len(row), site, part] = row
            found[len(row) :, site, part] = row[-1]
        return found

    def steps_of_servers(self, site: int) -> int:
        """Return into how many parts a period is cut for the servers of a site."""
        own = self.network.repairs
        busy = own.servers[:, site] != NONE
        time = own.time[busy, site]
        if not (time > 0).any():
            return STEPS_OF_SERVERS
        return int(np.clip(np.ceil(STEPS_OF_SERVERS * self.period_days / time[time > 0].min()), STEPS_OF_SERVERS, 64))

    def in_service(self, holes: Floats, systems: Floats) -> Floats:
        """Return how many systems are in service, (fleet, lane), with `holes` where parts lack, (fleet, part, lane)."""
        installed = systems[:, None, :] * self.quantity[:, :, None]
        with np.errstate(invalid="ignore", divide="ignore"):
            lacking = np.where(installed > 0, np.minimum(holes / installed, 1.0), 0.0)
            whole = np.where(
                self.needed[:, :, None] > 0, np.floor((installed - holes) / self.needed[:, :, None]), np.inf
            )
        spare = (self.quantity - self.needed)[:, :, None]
        down_share = np.where(
            self.quantity[:, :, None] > 0, betainc(spare + 1, np.maximum(self.needed, 1)[:, :, None], lacking), 0.0
        )
        without_spare = (spare == 0) & self.is_closed[:, None, None]
        down = np.where(without_spare, holes, systems[:, None, :] * down_share)
        closed = systems - down.sum(axis=1)
        opened = systems * np.prod(1.0 - down_share, axis=1)
        gathered = np.minimum(systems, whole.min(axis=1, initial=np.inf))
        free = np.where(self.is_closed[:, None], closed, opened)
        return np.asarray(np.maximum(0.0, np.where(self.network.fleets.is_cannibalised[:, None], gathered, free)))


class Course:
    """What changes: parts of some paths, at the opening of a period."""

    def __init__(self, upkeep: Upkeep, random: Random) -> None:
        """Start with every system whole and all spares on the shelf."""
        self.upkeep, self.random = upkeep, random
        network, lanes = upkeep.network, random.lanes
        parts, sites = network.repairs.time.shape
        self.on_hand = np.repeat(network.spares.on_hand.T.astype(float)[:, :, None], lanes, axis=2)
        self.holes = np.zeros((len(upkeep.labels.fleets), parts, lanes))
        self.waiting = np.zeros((sites, parts, lanes))  # orders that the parent has not sent
        self.queue = np.zeros((sites, parts, lanes))  # at servers, waiting or under repair
        self.bench = np.zeros((sites, parts, lanes))  # inner parts that come to the bench in the next period
        self.unfinished = np.zeros((len(network.inner.part), sites, lanes))  # outer parts that wait for an inner one
        self.tested, self.repaired, self.sent = (
            np.zeros((len(shares) - 1, sites, parts, lanes))
            for shares in (upkeep.testing, upkeep.repairing, upkeep.coming)
        )
        self.rate = self._rates()

    def _rates(self) -> Floats:
        """Return by what the mean removal rates are multiplied on each path, (part, lane): one draw for all fleets."""
        shape = self.upkeep.network.parts.rate_shape
        found = np.ones((len(shape), self.random.lanes))
        doubtful = np.flatnonzero(np.isfinite(shape))
        if len(doubtful):
            names = [("rate", self.upkeep.labels.parts[part]) for part in doubtful]
            own = shape[doubtful, None]
            found[doubtful] = gammaincinv(own, self.random.levels(names)) / own
        return found

    def step(self, period: int, use: Floats, systems: Floats) -> Floats:
        """Pass the period `period`, in which fleets had the use (fleet, lane); return removals, (fleet, part, lane)."""
        self.random.period = period
        network, sites = self.upkeep.network, range(len(self.upkeep.labels.sites))
        removed = self._remove(use, systems)
        bench, self.bench = self.bench, np.zeros_like(self.bench)
        np.add.at(bench, network.fleets.site, removed)
        ready = np.zeros_like(bench)
        fixed = np.zeros_like(bench)
        bare = np.zeros_like(bench)  # orders from below without a part that could be repaired
        for site in reversed(sites):
            ready[site], fixed[site], condemned, passed = self._work(site, bench[site])
            bare[site] += condemned
            orders, parent = passed + bare[site], network.sites.parent[site]
            if parent == NONE:
                ready[site] += self._age("maker", self.sent, self.upkeep.coming, site, orders)
            else:
                self.waiting[site] += orders
                bench[parent] += passed
                bare[parent] += bare[site]
        arriving = np.zeros_like(bench)  # sent by the parent in this period
        for site in sites:
            if network.sites.parent[site] != NONE:
                ready[site] += self._age("way", self.sent, self.upkeep.coming, site, arriving[site])
            self.on_hand[site] += ready[site] + self._finish(site, fixed[site])
            self._serve(site, arriving)
        return removed

    def _remove(self, use: Floats, systems: Floats) -> Floats:
        """Return how many parts fail, at most those that work and those on the shelf, and leave holes for them."""
        own = self.upkeep
        mean = use[:, None, :] * own.wear[:, :, None] * self.rate
        removed = np.zeros_like(mean)
        ratio = own.network.parts.variance_ratio
        for fleet, name in enumerate(own.labels.fleets):
            names = [("removals", name, part) for part in own.labels.parts]
            removed[fleet] = self.random.poisson(names, self._spread(name, mean[fleet], ratio))
        shelf = self.on_hand[own.network.fleets.site]
        working = np.maximum(0.0, systems[:, None, :] * own.quantity[:, :, None] - self.holes)
        removed = np.minimum(removed, working + shelf)
        self.holes += removed
        return np.asarray(removed)

    def _spread(self, fleet: str, mean: Floats, ratio: Floats) -> Floats:
        """Return means, with a gamma law where removals vary more than a Poisson number does: negative binomial."""
        more = np.flatnonzero(ratio > 1)
        if not len(more):
            return mean
        levels = self.random.levels([("spread", fleet, self.upkeep.labels.parts[part]) for part in more])
        found, excess = mean.copy(), ratio[more, None] - 1
        shape = np.maximum(mean[more] / excess, 1e-12)
        found[more] = np.where(mean[more] > 0, gammaincinv(shape, levels) * excess, 0.0)
        return found

    def _work(self, site: int, bench: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """Return what a site has ready without repair, has repaired, condemns, and passes on; (part, lane)."""
        own, split, names = self.upkeep.network.repairs, self.random.split, self.upkeep.names
        sound = split(names("no fault", site), bench, own.no_fault_share[:, site])
        faulty = bench - sound
        taken = split(names("taken in", site), faulty, own.repair_share[:, site])
        free = own.servers[:, site] == NONE
        done = self._age("repair", self.repaired, self.upkeep.repairing, site, np.where(free[:, None], taken, 0.0))
        done += self._serve_queue(site, np.where(free[:, None], 0.0, taken))
        condemned = split(names("condemned", site), done, own.condemned_share[:, site])
        passed = faulty - taken
        tested = self._age("test", self.tested, self.upkeep.testing, site, sound)
        return tested, done - condemned, condemned, passed

    def _age(self, what: str, held: Floats, leaving: Floats, site: int, entered: Floats) -> Floats:
        """Let parts enter and grow older by a period; return those that come out, (part, lane)."""
        split, names = self.random.split, self.upkeep.names
        out = split(names(what, site, "0"), entered, leaving[0, site])
        kept = entered - out
        for age in range(len(held)):
            own = held[age, site]
            if own.any():
                left = split(names(what, site, str(age + 1)), own, leaving[age + 1, site])
                own -= left
                out = out + left
        oldest = held[-1, site] + held[-2, site] if len(held) > 1 else held[-1, site] + kept
        held[1:-1, site] = held[:-2, site]
        held[-1, site] = oldest
        if len(held) > 1:
            held[0, site] = kept
        return out

    def _serve_queue(self, site: int, taken: Floats) -> Floats:
        """Let servers work through a period in short steps; return what they finish, (part, lane)."""
        own = self.upkeep.network.repairs
        if not (own.servers[:, site] != NONE).any():
            return np.zeros_like(taken)
        steps, queue = self.upkeep.steps_of_servers(site), self.queue[site]
        length = self.upkeep.period_days / steps
        time = np.maximum(own.time[:, site], 1e-9)
        newer = np.array([leaving_shares(EXPONENTIAL, mean, 1.0, length)[0] for mean in time])[:, None]
        names, done, rest = self.upkeep.names, np.zeros_like(taken), taken
        for step in range(steps):
            entered = self.random.split(names("enters", site, str(step)), rest, np.full(len(time), 1 / (steps - step)))
            rest = rest - entered
            older, free = self._served(site, queue, entered, length / time[:, None])
            left = self.random.split(names("served", site, str(step)), queue, older)
            new = self.random.split(names("served new", site, str(step)), entered, newer * free)
            queue += entered - left - new
            done += left + new
        return done

    def _served(self, site: int, queue: Floats, entered: Floats, length: Floats) -> tuple[Floats, Floats]:
        """Return the share of each queue that servers finish in a step, and that of what entered which finds one free.

        `length` of the step is in repair times, (part, 1).  Smaller priority numbers go first, equal ones alike.
        """
        network = self.upkeep.network
        own, finished, free = network.repairs, np.zeros_like(queue), np.zeros_like(queue)
        for group in np.unique(own.servers[:, site][own.servers[:, site] != NONE]):
            left = np.full(queue.shape[1], float(network.servers.number[group]))
            members = own.servers[:, site] == group
            for rank in np.unique(own.priority[members, site]):
                rows = members & (own.priority[:, site] == rank)
                waiting, coming = queue[rows].sum(axis=0), entered[rows].sum(axis=0)
                pace = (queue[rows] * length[rows]).sum(axis=0) / np.maximum(waiting, 1e-9)
                share = finished_share(waiting, left, pace)
                finished[rows] = np.minimum(1.0, share * length[rows] / np.maximum(pace, 1e-9))
                free[rows] = np.clip((left - waiting) / np.maximum(coming, 1e-9), 0.0, 1.0)
                left = np.maximum(0.0, left - waiting - coming)
        return finished, free

    def _finish(self, site: int, fixed: Floats) -> Floats:
        """Return what is whole, (part, lane), of parts repaired: some first need an inner part from the shelf."""
        inner = self.upkeep.network.inner
        if not len(inner.part):
            return fixed
        whole, used = fixed.copy(), np.zeros(len(self.upkeep.labels.parts))
        for row, (part, outer) in enumerate(zip(inner.part, inner.inside, strict=True)):
            name = ("needs", self.upkeep.labels.sites[site], self.upkeep.labels.parts[outer], str(row))
            share = np.array([inner.share[row] / max(1e-12, 1 - used[outer])])
            need = self.random.split([name], whole[[outer]], np.minimum(share, 1.0))[0]
            used[outer] += inner.share[row]
            whole[outer] -= need
            self.unfinished[row, site] += need
            self.bench[site, part] += need
        return whole

    def _serve(self, site: int, arriving: Floats) -> None:
        """Give out what is on the shelf: inner parts first, as outer ones wait for them."""
        inner = self.upkeep.network.inner
        if len(inner.part):
            is_inner = np.isin(np.arange(self.on_hand.shape[1]), inner.part)
            self._give(site, arriving, is_inner)
            self._give(site, arriving, ~is_inner)
        else:
            self._give(site, arriving, np.ones(self.on_hand.shape[1], bool))

    def _give(self, site: int, arriving: Floats, which: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> None:
        """Share out `which` parts among fleets, repairs and sites below, at random by what each is owed."""
        inner, mask = self.upkeep.network.inner, which[:, None]
        fleets, children = self.upkeep.fleets_at[site], self.upkeep.children[site]
        asked = [*self.holes[fleets], *self.waiting[children], *self._inner_claims(site)]
        claims = [np.where(mask, claim, 0.0) for claim in asked]
        if not claims:
            return
        rest = np.sum(claims, axis=0)
        left = np.minimum(self.on_hand[site], rest)
        self.on_hand[site] -= left
        for n, claim in enumerate(claims):
            given = self._share(site, n, claim, left, rest, is_last=n == len(claims) - 1)
            left, rest = left - given, rest - claim
            if n < len(fleets):
                self.holes[fleets[n]] -= given
            elif n < len(fleets) + len(children):
                child = children[n - len(fleets)]
                self.waiting[child] -= given
                arriving[child] += given
            else:
                row = n - len(fleets) - len(children)
                self.unfinished[row, site] -= given[inner.part[row]]
                self.on_hand[site, inner.inside[row]] += given[inner.part[row]]

    def _inner_claims(self, site: int) -> list[Floats]:
        """Return what outer parts wait for, a row of the inner parts each, (part, lane)."""
        found = []
        for row, part in enumerate(self.upkeep.network.inner.part):
            claim = np.zeros(self.on_hand.shape[1:])
            claim[part] = self.unfinished[row, site]
            found.append(claim)
        return found

    def _share(self, site: int, n: int, claim: Floats, left: Floats, rest: Floats, *, is_last: bool) -> Floats:
        """Return what a claim gets of what is left, (part, lane): all that is owed has the same chance."""
        if is_last:
            return left
        return self.random.chosen(self.upkeep.names("given", site, str(n)), left, claim, rest - claim)
