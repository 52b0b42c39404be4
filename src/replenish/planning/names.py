"""The words for rows and columns of a stage: what each is about, in the scenario's names."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from replenish.arrays.groups import Ints
from replenish.planning.frame import Frame
from replenish.planning.programme.sets import Ahead
from replenish.planning.programme.transport import stricter_flows

LABELS = ("holder", "item", "purpose", "line", "to_holder", "expansion", "pledge")
"""Columns that name a thing in answers; empty where they do not apply."""

Names = dict[str, str]

RULES: dict[str, str] = {
    "balance": "what a stock holds: opening + received - issued - used - shipped",
    "taken": "what is taken of a perishable stock",
    "class_balance": "units of one class of life",
    "ageing": "units grow older",
    "outside": "what waits for storage",
    "storage": "what leaves a store in a stage is at most what it holds",
    "arrivals": "what is on its way",
    "demand_met": "issued + unmet = asked",
    "owed": "what stays owed",
    "unmet_ranges": "ranges of unmet need",
    "unmet_width": "width of a range of unmet need",
    "book": "open orders",
    "waiting": "orders on their way to the book",
    "bound_output": "output that is bound to others",
    "order_review": "orders are placed in review periods only",
    "order_gate": "a funding gate holds orders back",
    "run": "capacity used",
    "capacity": "highest rate of a line",
    "rate": "rate of a line",
    "ramp": "how fast a rate may rise",
    "above_normal_run": "output above the normal rate",
    "above_normal_most": "output above the normal rate is at most the output",
    "is_open": "an open line",
    "may_open": "whether a line may be open",
    "restart": "restart of a closed line",
    "whole_open": "a line is open or closed",
    "minimum": "minimum sustaining rate",
    "whole_start": "an expansion is started whole",
    "left": "what is left of an expansion",
    "growing": "capacity under construction",
    "added": "capacity added",
    "leaving": "what leaves was decided before",
    "decided": "releases on their way to leave",
    "release_review": "releases are decided in review periods only",
    "floor": "nothing is shipped from below the floor",
    "own_below": "what own use has taken below a floor",
    "decided_room": "no more is decided to leave than is above the floor",
    "own_need_first": "own need of higher priority is served before shipments",
    "gate": "a gate holds releases back",
    "route": "what a route carries",
    "promised": "what is on its way for pledges",
    "counted": "what arrives counts for pledges once",
    "pledge": "what is left of a pledge",
    "late_ranges": "ranges of lateness",
    "budget": "money of a budget",
    "budget_gate": "a funding gate holds money back",
    "shortfall_ranges": "ranges of a shortfall",
    "shortfall_width": "width of a range of a shortfall",
    "terminal": "what is held at the end",
}
"""What each family of rows says."""


def names_of(frame: Frame, block: str) -> list[Names]:
    """Return the names of the entries of a block of variables or rows; nothing for a block that has none of its own."""
    finder = _FINDERS.get(block.removesuffix("_rule").removesuffix(".before").removesuffix(".after"))
    if finder is None:
        return []
    names = finder(frame)
    if block.endswith("_rule") and block in frame.symbols.kept_rows:
        kept = [row for row in frame.symbols.kept_rows[block].tolist() if row < len(names)]
        return [names[row] for row in kept]
    return names


def name_entry(frame: Frame, entry: str) -> tuple[str, Names]:
    """Return the block and the names of an entry, such as `order[3]`."""
    block, _, place = entry.partition("[")
    names = names_of(frame, block)
    number = int(place.rstrip("]")) if place else 0
    return block, names[number] if number < len(names) else {}


def cell_names(frame: Frame, rows: Ints) -> list[Names]:
    """Return the names of stocks."""
    return [dict(zip(("holder", "item"), frame.problem.labels.cells[row], strict=True)) for row in rows.tolist()]


def slot_names(frame: Frame, rows: Ints) -> list[Names]:
    """Return the names of order slots."""
    slots = frame.problem.labels.slots
    return [dict(zip(("line", "item", "holder"), slots[row], strict=True)) for row in rows.tolist()]


def flow_names(frame: Frame, rows: Ints) -> list[Names]:
    """Return the names of flows."""
    flows = frame.problem.labels.flows
    return [dict(zip(("holder", "to_holder", "item"), flows[row], strict=True)) for row in rows.tolist()]


def line_names(frame: Frame, rows: Ints) -> list[Names]:
    """Return the names of lines with their owners."""
    owner = {line.name: line.owner for line in frame.problem.scenario.lines}
    lines = frame.problem.labels.lines
    return [{"line": lines[row], "holder": owner[lines[row]]} for row in rows.tolist()]


def demand_names(frame: Frame, rows: Ints) -> list[Names]:
    """Return the names of demands."""
    demands = frame.problem.labels.demands
    return [dict(zip(("holder", "item", "purpose"), demands[row], strict=True)) for row in rows.tolist()]


def _pledge_names(frame: Frame, rows: Ints) -> list[Names]:
    pledges = frame.problem.labels.pledges
    columns = ("holder", "to_holder", "item")
    return [
        dict(zip(columns, pledges[row][:3], strict=True)) | {"pledge": " ".join(filter(None, pledges[row][:2:-1]))}
        for row in rows.tolist()
    ]


def _expansion_names(frame: Frame, rows: Ints) -> list[Names]:
    labels, lines = frame.problem.labels, frame.problem.arrays.expansions.line
    return [{"expansion": labels.expansions[row], "line": labels.lines[lines[row]]} for row in rows.tolist()]


def _budget_names(frame: Frame, rows: Ints) -> list[Names]:
    budgets = frame.problem.labels.budgets
    return [dict(zip(("holder", "purpose"), budgets[row], strict=True)) for row in rows.tolist()]


def _product_names(frame: Frame, rows: Ints) -> list[Names]:
    products = frame.problem.labels.products
    return [dict(zip(("line", "item"), products[row], strict=True)) for row in rows.tolist()]


def _route_names(frame: Frame, rows: Ints) -> list[Names]:
    routes = frame.problem.labels.routes
    return [dict(zip(("holder", "to_holder"), routes[row], strict=True)) for row in rows.tolist()]


Finder = Callable[[Frame], list[Names]]
Namer = Callable[[Frame, Ints], list[Names]]


def _all(namer: Namer, count: Callable[[Frame], int]) -> Finder:
    return lambda frame: namer(frame, np.arange(count(frame)))


def _some(namer: Namer, rows: Callable[[Frame], Ints]) -> Finder:
    return lambda frame: namer(frame, rows(frame))


def _ahead_things(frame: Frame, which: str) -> Ints:
    ahead: Ahead = getattr(frame.sets, which)
    return ahead.thing


def _lot_cells(frame: Frame) -> Ints:
    return frame.sets.lots.cell


_CELLS = _all(cell_names, lambda f: len(f.problem.labels.cells))
_SLOTS = _all(slot_names, lambda f: len(f.problem.labels.slots))
_FLOWS = _all(flow_names, lambda f: len(f.problem.labels.flows))
_LINES = _all(line_names, lambda f: len(f.problem.labels.lines))
_DEMANDS = _all(demand_names, lambda f: len(f.problem.labels.demands))
_EXPANSIONS = _all(_expansion_names, lambda f: len(f.problem.labels.expansions))
_PLEDGES = _all(_pledge_names, lambda f: len(f.problem.labels.pledges))
_BUDGETS = _all(_budget_names, lambda f: len(f.problem.labels.budgets))
_RAMPED = _some(line_names, lambda f: f.symbols.ramped_lines)
_KEPT = _some(line_names, lambda f: f.symbols.kept_lines)
_REQUIRED = _some(cell_names, lambda f: f.symbols.required)
_SHORT = _some(cell_names, lambda f: f.problem.shortfall.thing)
_UNMET = _some(demand_names, lambda f: f.problem.unmet.thing)
_SURGING = _some(_product_names, lambda f: f.symbols.surging_products)
_DONORS = _some(cell_names, lambda f: f.symbols.donors)


def _slots_ahead(frame: Frame) -> list[Names]:
    return slot_names(frame, frame.sets.waiting.thing)


def _balance_cells(frame: Frame) -> list[Names]:
    lots = frame.sets.lots
    return cell_names(frame, lots.cell[~lots.perishes[lots.cell]])


_FINDERS: dict[str, Finder] = {
    "on_hand": _some(cell_names, _lot_cells),
    "coming": _some(cell_names, lambda f: f.sets.lots.cell[f.sets.coming.thing]),
    "arrivals": _some(cell_names, lambda f: f.sets.lots.cell[f.sets.coming.thing]),
    "owed": _some(demand_names, lambda f: f.symbols.owed_demands),
    "waiting": _slots_ahead,
    "book": _SLOTS, "order": _SLOTS, "made": _SLOTS, "order_review": _SLOTS,
    "order_gate": _some(slot_names, lambda f: f.symbols.gated_slots),
    "decided": _some(flow_names, partial(_ahead_things, which="decided")),
    "promised": _some(flow_names, partial(_ahead_things, which="promised")),
    "pledge": _PLEDGES,
    "rate": _RAMPED, "ramp": _RAMPED,
    "growing": _some(line_names, partial(_ahead_things, which="growing")),
    "added": _LINES, "spare": _LINES, "run": _LINES, "capacity": _LINES,
    "left": _EXPANSIONS, "start": _EXPANSIONS,
    "budget": _BUDGETS, "budget_gate": _some(_budget_names, lambda f: f.symbols.gated_budgets),
    "open": _KEPT, "is_open": _KEPT, "may_open": _KEPT, "restart": _KEPT, "minimum": _KEPT, "whole_open": _KEPT,
    "shipped": _some(flow_names, lambda f: f.sets.parcel_flow),
    "release": _some(flow_names, lambda f: f.symbols.waiting_flows),
    "leaving": _some(flow_names, lambda f: f.symbols.waiting_flows),
    "decided_room": _some(flow_names, lambda f: f.symbols.free_flows),
    "release_review": _FLOWS, "gate": _some(flow_names, lambda f: f.symbols.gated_flows),
    "balance": _balance_cells,
    "unmet": _DEMANDS, "demand_met": _DEMANDS, "unmet_range": _UNMET,
    "unmet_ranges": _some(demand_names, lambda f: np.unique(f.problem.unmet.thing)),
    "shortfall": _SHORT, "shortfall_ranges": _REQUIRED,
    "below_floor": _DONORS, "own_below": _DONORS, "floor": _DONORS,
    "own_need_first": _some(flow_names, lambda f: stricter_flows(f.problem.arrays)),
    "counted": _some(flow_names, lambda f: np.unique(f.problem.arrays.pledges.flow)),
    "route": _some(_route_names, lambda f: f.symbols.limited_routes),
    "above_normal": _SURGING, "above_normal_most": _SURGING,
    "storage": _some(cell_names, lambda f: f.symbols.limited_cells),
    "outside": _some(cell_names, lambda f: f.symbols.limited_cells),
}  # fmt: skip
"""How the entries of each block are named."""
