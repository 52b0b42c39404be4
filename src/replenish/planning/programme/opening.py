"""From what a path has at the moment of decision to the incoming state of a stage."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from replenish.arrays.groups import Floats
from replenish.arrays.state import State
from replenish.planning.programme.sets import Ahead, Lots
from replenish.planning.programme.symbols import Symbols
from replenish.planning.stages import split


def to_incoming(symbols: Symbols, state: State, names: Sequence[str]) -> Floats:
    """Return the incoming states of a stage that begins now, (lane, state), in the order of `names`."""
    blocks = _blocks(symbols, state)
    places: dict[str, int] = {}
    columns = []
    for name in names:
        block = name.partition("[")[0]
        row = places.get(block, 0)
        columns.append(blocks[block][row])
        places[block] = row + 1
    lanes = state.on_hand.shape[1]
    return np.stack(columns, axis=1) if columns else np.zeros((lanes, 0))


def _blocks(s: Symbols, state: State) -> dict[str, Floats]:
    """Return the values of each block of states, (entry, lane)."""
    sets, length, arrays = s.sets, s.problem.stages.length, s.problem.arrays
    closed = 1e-9 * np.maximum(arrays.lines.max_rate[s.kept_lines, None], 1.0)
    return {
        "on_hand": _lots(sets.lots, state, length),
        "coming": _coming(sets.coming, sets.lots, state.coming, length),
        "owed": state.owed[s.owed_demands],
        "waiting": _ahead(sets.waiting, state.waiting, length, first=1),
        "book": state.book,
        "decided": _ahead(sets.decided, state.decided, length, first=0),
        "promised": _ahead(sets.promised, state.pledged, length, first=1),
        "pledge": state.open_pledges,
        "rate": state.rate[s.ramped_lines],
        "growing": _growing(sets.growing, state.growing, length),
        "added": state.added[s.growing_lines],
        "left": 1.0 - state.started,
        "budget": state.budget,
        "open": np.where(state.rate[s.kept_lines] > closed, 1.0, 0.0),
    }


def _lots(lots: Lots, state: State, length: int) -> Floats:
    """Return units by class of remaining life; a stock that keeps has one class."""
    table = np.zeros((len(lots.cell), state.on_hand.shape[1]))
    keeps = ~lots.perishes
    table[lots.first[keeps]] = (state.on_hand + state.outside)[keeps]
    for cell in np.flatnonzero(lots.perishes).tolist():
        for row, units in enumerate(state.life[:, cell]):
            level = min(row // length // int(lots.width[cell]), int(lots.count[cell]) - 1)
            table[lots.first[cell] + level] += units
    perishing = np.flatnonzero(lots.perishes)
    table[lots.fresh(perishing)] += state.outside[perishing]  # what waits is the freshest
    return table


def _coming(ahead: Ahead, lots: Lots, coming: Floats, length: int) -> Floats:
    """Return what reaches the fresh lot of each stock, by stage."""
    table = np.zeros((len(ahead), coming.shape[2]))
    fresh = lots.fresh(np.arange(len(lots.first)))
    for later, by_cell in enumerate(coming):
        for cell in np.flatnonzero(by_cell.any(axis=1)).tolist():
            lot = int(fresh[cell])
            table[_entry(ahead, lot, (later + 1) // length)] += by_cell[cell]
    return table


def _ahead(ahead: Ahead, table: Floats, length: int, *, first: int) -> Floats:
    """Return a pipeline by stage; row n of `table` is what comes in n + `first` periods."""
    found = np.zeros((len(ahead), table.shape[2]))
    for later, by_thing in enumerate(table):
        for thing in np.flatnonzero(by_thing.any(axis=1)).tolist():
            found[_entry(ahead, thing, (later + first) // length)] += by_thing[thing]
    return found


def _growing(ahead: Ahead, table: Floats, length: int) -> Floats:
    """Return capacity under construction; what is complete within a stage counts for the rest of it."""
    found = np.zeros((len(ahead), table.shape[2]))
    for later, by_line in enumerate(table):
        for line in np.flatnonzero(by_line.any(axis=1)).tolist():
            for stage, part in split(later + 1, length):
                found[_entry(ahead, line, stage)] += part * by_line[line]
    return found


def _entry(ahead: Ahead, thing: int, stage: int) -> int:
    """Return the entry of a thing so many stages ahead, the last if it looks less far."""
    return ahead.entry(thing, min(stage, int(ahead.length[thing]) - 1))


def settle(symbols: Symbols, incoming: Floats, data: dict[str, Floats], names: Sequence[str]) -> Floats:
    """Return incoming states, (path, state), with what the stage brings anyway counted as there already.

    So states are the same whether a stage has begun, as in the simulator, or not, as between stages.
    """
    places: dict[str, list[int]] = {}
    for place, name in enumerate(names):
        places.setdefault(name.partition("[")[0], []).append(place)
    found, sets = incoming.copy(), symbols.sets
    _bring(found, places, "coming", "on_hand", sets.coming)
    _bring(found, places, "waiting", "book", sets.waiting)
    _bring(found, places, "growing", "added", sets.growing)
    if "book" in places:
        found[:, places["book"]] += data["contracts"]
    if "budget" in places:
        found[:, places["budget"]] = found[:, places["budget"]] * data["carry"] + data["amount"]
    if "promised" in places:
        _deliver(found, places, symbols)
    return found


def _bring(found: Floats, places: dict[str, list[int]], from_: str, to: str, ahead: Ahead) -> None:
    """Add what a pipeline brings in this stage to the block that it reaches."""
    if from_ in places:
        entries = np.flatnonzero(ahead.stage == 0)
        columns = np.array(places[from_])[entries]
        targets = np.array(places[to])[ahead.thing[entries]]
        for target, column in zip(targets.tolist(), columns.tolist(), strict=True):
            found[:, target] += found[:, column]
        found[:, columns] = 0.0


def _deliver(found: Floats, places: dict[str, list[int]], symbols: Symbols) -> None:
    """Take what arrives for pledges in this stage off them, the earliest due first."""
    ahead, pledges = symbols.sets.promised, symbols.problem.arrays.pledges
    for entry in np.flatnonzero(ahead.stage == 0).tolist():
        column = places["promised"][entry]
        for g in np.flatnonzero(pledges.flow == ahead.thing[entry]).tolist():
            own = places["pledge"][g]
            taken = np.minimum(found[:, own], found[:, column])
            found[:, own] -= taken
            found[:, column] -= taken
        found[:, column] = 0.0
