"""One stage of a plan as a linear programme."""

from __future__ import annotations

from replenish.multistage import Stage
from replenish.planning.problem import Problem
from replenish.planning.programme.demand import add_demand_rows
from replenish.planning.programme.money import add_money_rows
from replenish.planning.programme.production import add_production_rows
from replenish.planning.programme.sets import Sets
from replenish.planning.programme.stock import add_stock_rows
from replenish.planning.programme.symbols import Symbols
from replenish.planning.programme.transport import add_transport_rows
from replenish.planning.programme.worth import add_worth_rows


def to_stage(problem: Problem, sets: Sets, *, is_last: bool) -> Symbols:
    """Return a stage of a problem; stages differ only in their data, the last also in what stocks are worth."""
    symbols = Symbols(problem, sets, Stage(), is_last)
    declare_states(symbols)
    add_stock_rows(symbols)
    add_demand_rows(symbols)
    add_production_rows(symbols)
    add_transport_rows(symbols)
    add_money_rows(symbols)
    add_worth_rows(symbols)
    return symbols


def declare_states(s: Symbols) -> None:
    """Declare what crosses from stage to stage, in one order for all programmes."""
    for _ in (
        s.on_hand, s.coming, s.owed, s.waiting, s.book, s.decided, s.promised, s.pledge, s.rate, s.growing, s.added,
        s.left, s.budget, s.open,
    ):  # fmt: skip
        pass
