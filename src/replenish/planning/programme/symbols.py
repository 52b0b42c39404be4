"""The variables, states and parameters of a stage, each declared once."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from replenish.arrays.groups import Floats, Ints
from replenish.multistage import Stage, State
from replenish.multistage.modelling.expression import Expression, Operand, Relation, to_expression
from replenish.planning.programme.indices import Indices
from replenish.planning.programme.limits import ROOM, most_money, most_owed, most_rates, most_runs
from replenish.planning.sums import grouped

NOTHING = np.zeros(0)


@dataclass(frozen=True)
class Symbols(Indices):
    """A stage under construction with the names of its parts; blocks without entries are left out of the stage."""

    stage: Stage
    is_last: bool
    kept_rows: dict[str, Ints] = field(default_factory=dict)
    """Which entries of each block of rows are kept."""

    def variable(self, name: str, size: int, *, upper: Operand = np.inf, is_integer: bool = False) -> Expression:
        """Return a block of variables that are not negative."""
        return self.stage.variable(name, size, upper=upper, is_integer=is_integer) if size else to_expression(NOTHING)

    def state(self, name: str, most: Floats) -> State:
        """Return a block of states from zero to `most`, (entry,); `opening.to_incoming` gives their first values."""
        nothing = to_expression(NOTHING)
        return self.stage.state(name, len(most), upper=most, initial=0.0) if len(most) else State(nothing, nothing)

    def parameter(self, name: str, size: int) -> Expression:
        """Return a block of parameters; `data.node_data` gives their values."""
        return self.stage.parameter(name, size) if size else to_expression(NOTHING)

    def row(self, name: str, relation: Relation) -> None:
        """Add a block of rows `<name>_rule`; entries in which no variable stands are left out."""
        expression = relation.expression
        used = np.unique(expression.entry[expression.column >= 0])
        if len(used):
            self.kept_rows[f"{name}_rule"] = used
            self.stage.row(f"{name}_rule", Relation(expression[used], relation.lower, relation.upper))

    def cost(self, price: Operand, amount: Operand) -> None:
        """Add a price times an amount to what the stage costs."""
        if to_expression(amount).size:
            self.stage.objective(to_expression(price) * amount)

    # -- what chance and the calendar say

    @cached_property
    def demand(self) -> Expression:
        """Return what is asked in the stage, (demand,) [unit]."""
        return self.parameter("demand", len(self.problem.arrays.demands.cell))

    @cached_property
    def requirement(self) -> Expression:
        """Return what should be held at the end of the stage, (required stock,) [unit]."""
        return self.parameter("requirement", len(self.required))

    @cached_property
    def time(self) -> Expression:
        """Return the units of time in which a line works, outages taken off, (line,)."""
        return self.parameter("time", len(self.problem.arrays.lines.max_rate))

    @cached_property
    def periods(self) -> Expression:
        """Return the number of periods of the stage, (1,)."""
        return self.parameter("periods", 1)

    @cached_property
    def years(self) -> Expression:
        """Return the length of the stage, (1,) [year]."""
        return self.parameter("years", 1)

    # -- what crosses from stage to stage

    @cached_property
    def on_hand(self) -> State:
        """Return the units of each lot, what waits outside included, (lot,)."""
        return self.state("on_hand", self.most[self.sets.lots.cell])

    @cached_property
    def coming(self) -> State:
        """Return what will reach lots, (entry,)."""
        return self.state("coming", self.most[self.sets.lots.cell[self.sets.coming.thing]])

    @cached_property
    def owed(self) -> State:
        """Return backorders, (owed demand,)."""
        return self.state("owed", most_owed(self.problem)[self.owed_demands])

    @cached_property
    def waiting(self) -> State:
        """Return orders on their way to the book, (entry,)."""
        return self.state("waiting", self.most[self.problem.arrays.slots.cell[self.sets.waiting.thing]])

    @cached_property
    def book(self) -> State:
        """Return open orders, (slot,); those of all stages may meet here, so that no order is refused later."""
        stages = len(self.problem.stages)
        return self.state("book", (stages + 1.0) * self.most[self.problem.arrays.slots.cell])

    @cached_property
    def decided(self) -> State:
        """Return releases on their way to leave, (entry,)."""
        return self.state("decided", self.most[self.problem.arrays.flows.to_cell[self.sets.decided.thing]])

    @cached_property
    def promised(self) -> State:
        """Return what is on its way for pledges, (entry,)."""
        return self.state("promised", self.most[self.problem.arrays.flows.to_cell[self.sets.promised.thing]])

    @cached_property
    def pledge(self) -> State:
        """Return what is promised and not delivered, (pledge,)."""
        return self.state("pledge", self.problem.arrays.pledges.quantity)

    @cached_property
    def rate(self) -> State:
        """Return the rate of lines with a ramp limit, (ramped line,)."""
        return self.state("rate", ROOM * most_rates(self.problem)[self.ramped_lines])

    @cached_property
    def growing(self) -> State:
        """Return capacity under construction, (entry,)."""
        return self.state("growing", ROOM * most_rates(self.problem)[self.sets.growing.thing])

    @cached_property
    def growing_lines(self) -> Ints:
        """Return all lines: what more capacity is worth is asked of each."""
        return np.arange(len(self.problem.arrays.lines.max_rate))

    @cached_property
    def added(self) -> State:
        """Return capacity added, (growing line,)."""
        return self.state("added", ROOM * most_rates(self.problem)[self.growing_lines])

    @cached_property
    def left(self) -> State:
        """Return the part of each expansion that is not started, (expansion,)."""
        return self.state("left", np.ones(len(self.problem.arrays.expansions.line)))

    @cached_property
    def budget(self) -> State:
        """Return money left, (budget,)."""
        return self.state("budget", most_money(self.problem))

    @cached_property
    def open(self) -> State:
        """Return whether lines are open, (kept line,)."""
        return self.state("open", np.ones(len(self.kept_lines)))

    # -- what is decided

    @cached_property
    def order(self) -> Expression:
        """Return what is ordered, (slot,) [unit]."""
        cell = self.problem.arrays.slots.cell
        return self.variable("order", len(cell), upper=self.most[cell])

    @cached_property
    def made(self) -> Expression:
        """Return good units started for orders, (slot,) [unit]."""
        cell = self.problem.arrays.slots.cell
        return self.variable("made", len(cell), upper=self.most[cell])

    @cached_property
    def spare(self) -> Expression:
        """Return capacity used for what nobody ordered, (line,) [capacity]."""
        return self.variable("spare", len(self.problem.arrays.lines.max_rate), upper=most_runs(self.problem))

    @cached_property
    def run(self) -> Expression:
        """Return capacity used, (line,) [capacity]."""
        return self.variable("run", len(self.problem.arrays.lines.max_rate), upper=most_runs(self.problem))

    @cached_property
    def shipped(self) -> Expression:
        """Return what leaves, (parcel,) [unit]."""
        to_cell = self.problem.arrays.flows.to_cell[self.sets.parcel_flow]
        return self.variable("shipped", len(to_cell), upper=self.most[to_cell])

    @cached_property
    def release(self) -> Expression:
        """Return what is decided to leave later, (waiting flow,) [unit]."""
        to_cell = self.problem.arrays.flows.to_cell[self.waiting_flows]
        return self.variable("release", len(to_cell), upper=self.most[to_cell])

    @cached_property
    def issue(self) -> Expression:
        """Return units of demand that are served, (source,) [unit]."""
        sources = self.problem.arrays.sources
        return self.variable("issue", len(sources.cell), upper=self.most[sources.cell] / sources.ratio)

    @cached_property
    def outside(self) -> Expression:
        """Return what waits for storage at the end of the stage, (limited stock,) [unit]."""
        return self.variable("outside", len(self.limited_cells), upper=self.most[self.limited_cells])

    @cached_property
    def start(self) -> Expression:
        """Return the part of each expansion that is started, (expansion,)."""
        count = len(self.problem.arrays.expansions.line)
        least, most = self.parameter("must_start", count), self.parameter("may_start", count)
        return self.stage.variable("start", count, lower=least, upper=most) if count else to_expression(NOTHING)

    # -- sums that several families of rows need

    @cached_property
    def shipped_by_flow(self) -> Expression:
        """Return what leaves over each flow, (flow,) [unit]."""
        return grouped(self.shipped, self.sets.parcel_flow, len(self.problem.arrays.flows.from_cell))

    @cached_property
    def started(self) -> Expression:
        """Return the units of each product that are started, (product,) [unit]."""
        arrays = self.problem.arrays
        products, lines, slots = arrays.products, arrays.lines, arrays.slots
        net = products.yield_fraction * lines.unbound[products.line]
        each = np.divide(1.0, net, out=np.zeros(net.shape), where=net > 0)
        for_book = grouped(self.made, slots.product, len(net)) * each
        return for_book + self.spare[products.line] * (products.output_share / products.capacity_use)

    @cached_property
    def components(self) -> Expression:
        """Return what production takes from each stock, (stock,) [unit]."""
        products = self.problem.arrays.products
        made = np.repeat(np.arange(len(products.line)), np.diff(products.first_component))
        taken = self.started[made] * products.component_use if len(made) else to_expression(NOTHING)
        return grouped(taken, products.component_cell, self.cells)

    @cached_property
    def spare_output(self) -> Expression:
        """Return good units that the owner of each product gets without order, (product,) [unit]."""
        products, lines = self.problem.arrays.products, self.problem.arrays.lines
        per_unit = products.output_share / products.capacity_use * products.yield_fraction
        return self.spare[products.line] * (per_unit * lines.unbound[products.line])

    @cached_property
    def received(self) -> Expression:
        """Return what reaches each lot in the stage, (lot,) [unit]."""
        sets, count = self.sets, len(self.sets.lots.cell)
        survival = self.problem.arrays.flows.survival[sets.parcel_flow]
        return (
            grouped(self.coming.before, sets.coming.at_hand, count)
            + grouped(self.output[sets.made_now.source] * sets.made_now.part, sets.made_now.target, count)
            + grouped(
                self.shipped[sets.sent_now.source] * (sets.sent_now.part * survival[sets.sent_now.source]),
                sets.sent_now.target, count,
            )
        )  # fmt: skip

    @cached_property
    def output(self) -> Expression:
        """Return good units for each slot, ordered and unordered, (slot,) [unit]."""
        slots, products = self.problem.arrays.slots, self.problem.arrays.products
        return self.made + grouped(self.spare_output, products.owner_slot, len(slots.cell))

    @cached_property
    def issued_by_cell(self) -> Expression:
        """Return what demands take from each stock, used up along with others included, (stock,) [unit]."""
        sources = self.problem.arrays.sources
        own = grouped(self.issue * sources.ratio, sources.cell, self.cells)
        of = np.repeat(np.arange(len(sources.cell)), np.diff(sources.first_bundle))
        if not len(of):
            return own
        bundled = self.issue[of] * (sources.ratio[of] * sources.bundle_use)
        return own + grouped(bundled, sources.bundle_cell, self.cells)

    @cached_property
    def sent(self) -> Expression:
        """Return what is shipped from each stock, (stock,) [unit]."""
        return grouped(self.shipped, self.sets.lots.cell[self.sets.parcel_lot], self.cells)

    @cached_property
    def remaining(self) -> Expression:
        """Return the units of perishable lots that nobody took, before they age, (perishable lot,) [unit]."""
        own = self.perishable_lots
        return self.variable("kept", len(own), upper=self.most[self.sets.lots.cell[own]])

    @cached_property
    def closing(self) -> Expression:
        """Return what each stock has at the end of the stage, what waits outside included, (stock,) [unit].

        What expires as the stage ends is still there.  Written with few terms: what is held less all that leaves would
        have one for each route.
        """
        lots = self.sets.lots
        keeps = np.where(lots.perishes[lots.cell], -1, lots.cell)
        left = grouped(self.on_hand.after, keeps, self.cells)
        return left + grouped(self.remaining, lots.cell[self.perishable_lots], self.cells)

    @cached_property
    def held(self) -> Expression:
        """Return the units of each stock before anything leaves it, (stock,) [unit]."""
        lots = self.sets.lots
        return grouped(self.on_hand.before + self.received, lots.cell, self.cells)

    @cached_property
    def stored(self) -> Expression:
        """Return what of that does not wait outside, (stock,) [unit]."""
        return self.held - grouped(self.outside, self.limited_cells, self.cells)

    @cached_property
    def inside(self) -> Expression:
        """Return what each stock has on hand at the end of the stage, (stock,) [unit]."""
        return self.closing - grouped(self.outside, self.limited_cells, self.cells)
