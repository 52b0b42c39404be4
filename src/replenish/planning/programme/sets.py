"""What the rows and columns of a stage are about: lots by class of life, parcels, and what is under way."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from replenish.arrays.groups import Ints
from replenish.arrays.stock import LONGEST_LIFE
from replenish.planning.problem import Problem
from replenish.planning.stages import split

MOST_CLASSES = 12
"""Classes of remaining life of a perishable stock; a longer life is told in classes of several stages."""


@dataclass(frozen=True, slots=True)
class Lots:
    """Units of a stock by class of remaining life; a stock that keeps has one.

    Attributes:
        cell: (lot,) its stock.
        level: (lot,) its class, 0 the first to expire.
        first: (cell,) the lot of class 0.
        count: (cell,) classes.
        width: (cell,) stages in a class.
        perishes: (cell,) whether units expire within the horizon.
    """

    cell: Ints
    level: Ints
    first: Ints
    count: Ints
    width: Ints
    perishes: np.ndarray[tuple[int], np.dtype[np.bool_]]

    def fresh(self, cell: Ints) -> Ints:
        """Return the lot into which fresh units of each stock come."""
        return self.first[cell] + self.count[cell] - 1

    def after(self, lot: int, stages: int) -> int:
        """Return the lot to which units belong after so many stages; -1 once they have expired."""
        cell = int(self.cell[lot])
        if not self.perishes[cell]:
            return lot
        passed = round(stages / int(self.width[cell]))
        return lot - passed if passed <= self.level[lot] else -1


@dataclass(frozen=True, slots=True)
class Ahead:
    """Amounts that come in later stages, one entry for each thing and number of stages; stage 0 is the one at hand.

    Attributes:
        thing: (entry,).
        stage: (entry,).
        first: (thing,) the entry of stage 0; -1 for things without entries.
        length: (thing,) entries.
    """

    thing: Ints
    stage: Ints
    first: Ints
    length: Ints

    def __len__(self) -> int:
        return len(self.thing)

    @property
    def following(self) -> Ints:
        """Return the entry that is one stage nearer than each, -1 for those at hand, (entry,)."""
        entry = np.arange(len(self.thing))
        return np.where(self.stage > 0, entry - 1, -1)

    @property
    def at_hand(self) -> Ints:
        """Return the thing of each entry of the stage at hand, -1 for others, (entry,)."""
        return np.where(self.stage == 0, self.thing, -1)

    def entry(self, thing: int, stage: int) -> int:
        """Return the entry of a thing so many stages ahead; -1 if there is none."""
        return int(self.first[thing]) + stage if 0 <= stage < self.length[thing] else -1


def to_ahead(lengths: Ints) -> Ahead:
    """Return the entries of things that look so many stages ahead, 0 for none."""
    first = np.concatenate([[0], np.cumsum(lengths)])[:-1].astype(np.int64)
    thing = np.repeat(np.arange(len(lengths)), lengths)
    stage = np.arange(len(thing)) - np.repeat(first, lengths)
    return Ahead(thing, stage, np.where(lengths > 0, first, -1), np.asarray(lengths, np.int64))


@dataclass(frozen=True, slots=True)
class Shares:
    """What of each source goes where: `part` of source `source` goes to `target`."""

    source: Ints
    target: Ints
    part: np.ndarray[tuple[int], np.dtype[np.float64]]


@dataclass(frozen=True, slots=True)
class Sets:
    """All index sets of a stage.

    Attributes:
        lots: units by stock and class of life.
        parcel_flow, parcel_lot: (parcel,) what is shipped over which flow from which lot of the donor.
        coming: what reaches lots.
        waiting: orders on their way to the book, by slot.
        decided: releases on their way to leave, by flow.
        growing: capacity under construction, by line.
        promised: what arrives over flows that have pledges, by flow.
        made_now, made_later: of slots: what arrives in the stage, by lot, and later, by entry of `coming`.
        sent_now, sent_later: the same of parcels.
        counted_now, counted_later: of parcels: what arrives for pledges, by flow and by entry of `promised`.
        ordered_now, ordered_later: of slots: what enters the book, by slot and by entry of `waiting`.
        released_now, released_later: of flows with a wait, likewise.
        built_now, built_later: of expansions: what adds to capacity, by line and by entry of `growing`.
    """

    lots: Lots
    parcel_flow: Ints
    parcel_lot: Ints
    coming: Ahead
    waiting: Ahead
    decided: Ahead
    growing: Ahead
    promised: Ahead
    made_now: Shares
    made_later: Shares
    sent_now: Shares
    sent_later: Shares
    counted_now: Shares
    counted_later: Shares
    ordered_now: Shares
    ordered_later: Shares
    released_now: Shares
    released_later: Shares
    built_now: Shares
    built_later: Shares


def to_sets(problem: Problem) -> Sets:
    """Return the index sets of the stages of a problem."""
    arrays, length = problem.arrays, problem.stages.length
    slots, flows, expansions = arrays.slots, arrays.flows, arrays.expansions
    lots = to_lots(problem)
    parcel_flow, parcel_lot = _parcels(problem, lots)
    made = _ways(arrays.products.lead[slots.product], length)
    sent = _ways(flows.lead[parcel_flow], length)
    ordered, released = _ways(slots.wait, length), _ways(flows.wait, length)
    built = _ways(expansions.expected, length)
    destination = flows.to_cell[parcel_flow]
    offset = lots.level[parcel_lot]
    coming = to_ahead(_reach(lots.cell, made, slots.cell, sent, destination))
    waiting = to_ahead(_own_reach(ordered, len(slots.cell)))
    decided = to_ahead(_own_reach(released, len(flows.wait)))
    growing = to_ahead(_group_reach(expansions.line, built, len(arrays.lines.max_rate)))
    has_pledge = np.diff(flows.first_pledge) > 0
    promised = to_ahead(np.where(has_pledge, _group_reach(parcel_flow, sent, len(has_pledge)), 0))
    made_now, made_later = _landing(made, lots.fresh(slots.cell), coming, lots)
    sent_now, sent_later = _landing(sent, lots.first[destination] + offset, coming, lots, is_ageing=True)
    pledging = [(row, stage, part) for row, stage, part in sent if has_pledge[parcel_flow[row]]]
    counted_now, counted_later = _simple(pledging, parcel_flow, promised)
    ordered_now, ordered_later = _simple(ordered, np.arange(len(slots.cell)), waiting)
    released_now, released_later = _simple(released, np.arange(len(flows.wait)), decided)
    built_now, built_later = _simple(built, expansions.line, growing)
    return Sets(
        lots=lots, parcel_flow=parcel_flow, parcel_lot=parcel_lot, coming=coming, waiting=waiting, decided=decided,
        growing=growing, promised=promised, made_now=made_now, made_later=made_later, sent_now=sent_now,
        sent_later=sent_later, counted_now=counted_now, counted_later=counted_later, ordered_now=ordered_now,
        ordered_later=ordered_later, released_now=released_now, released_later=released_later, built_now=built_now,
        built_later=built_later,
    )  # fmt: skip


Way = tuple[int, int, float]  # source, stages, part


def to_lots(problem: Problem) -> Lots:
    """Return the units of each stock by class of remaining life."""
    stocks, stages = problem.arrays.stocks, problem.stages
    life = stocks.shelf_life
    perishes = (life > 0) & (life < LONGEST_LIFE)
    whole = np.where(perishes, -(-life // stages.length), 1)
    width = -(-whole // MOST_CLASSES)
    count = np.where(perishes, -(-whole // width), 1)
    first = np.concatenate([[0], np.cumsum(count)])[:-1].astype(np.int64)
    cell = np.repeat(np.arange(len(life)), count)
    return Lots(cell, np.arange(len(cell)) - first[cell], first, count, width, perishes)


def _parcels(problem: Problem, lots: Lots) -> tuple[Ints, Ints]:
    """Return flow and donor's lot of each parcel."""
    donors = problem.arrays.flows.from_cell
    flow = np.repeat(np.arange(len(donors)), lots.count[donors])
    first = np.concatenate([[0], np.cumsum(lots.count[donors])])[:-1]
    return flow, lots.first[donors][flow] + np.arange(len(flow)) - np.repeat(first, lots.count[donors])


def _ways(delays: Ints, length: int) -> list[Way]:
    """Return in which later stages what each source sends arrives, with the part."""
    known = {delay: split(delay, length) for delay in np.unique(delays).tolist()}
    return [(row, stage, part) for row, delay in enumerate(delays.tolist()) for stage, part in known[delay]]


def _own_reach(ways: list[Way], count: int) -> Ints:
    """Return how many stages ahead each source looks after a stage has passed."""
    reach = np.zeros(count, np.int64)
    for row, stage, _ in ways:
        reach[row] = max(reach[row], stage)
    return reach


def _group_reach(group: Ints, ways: list[Way], count: int) -> Ints:
    reach = np.zeros(count, np.int64)
    for row, stage, _ in ways:
        reach[group[row]] = max(reach[group[row]], stage)
    return reach


def _reach(lot_cell: Ints, made: list[Way], slot_cell: Ints, sent: list[Way], destination: Ints) -> Ints:
    """Return how many stages ahead each lot looks; only those to which something comes do."""
    cells = int(lot_cell.max(initial=-1)) + 1
    reach = np.maximum(_group_reach(slot_cell, made, cells), _group_reach(destination, sent, cells))
    comes = np.zeros(cells, bool)
    comes[slot_cell] = comes[destination] = True
    opening = np.where(comes, 1, 0)
    return np.maximum(reach, opening)[lot_cell]


def _landing(
    ways: list[Way], lot: Ints, coming: Ahead, lots: Lots, *, is_ageing: bool = False
) -> tuple[Shares, Shares]:
    """Return what arrives in the stage, by lot, and later, by entry; units that expire on the way are left out."""
    now: list[Way] = []
    later: list[Way] = []
    for row, stage, part in ways:
        target = lots.after(int(lot[row]), stage) if is_ageing else int(lot[row])
        if target >= 0:
            (later if stage else now).append((row, coming.entry(target, stage - 1) if stage else target, part))
    return _shares(now), _shares(later)


def _simple(ways: list[Way], target: Ints, ahead: Ahead) -> tuple[Shares, Shares]:
    now = [(row, int(target[row]), part) for row, stage, part in ways if stage == 0]
    later = [(row, ahead.entry(int(target[row]), stage - 1), part) for row, stage, part in ways if stage]
    return _shares(now), _shares(later)


def _shares(rows: list[Way]) -> Shares:
    source, target, part = zip(*rows, strict=True) if rows else ((), (), ())
    return Shares(np.array(source, np.int64), np.array(target, np.int64), np.array(part, float))
