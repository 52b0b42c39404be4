"""The builder: write a stage once, in names; the engine then works on its numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from replenish.multistage.modelling.expression import (
    NONE,
    Expression,
    Floats,
    Ints,
    Operand,
    Relation,
    Shape,
    make_symbols,
    to_expression,
)
from replenish.multistage.modelling.program import Block, Program, Sense, Slopes


@dataclass(frozen=True, slots=True)
class State:
    """What one stage hands to the next: `before` came in, `after` goes out."""

    before: Expression
    after: Expression


class Stage:
    """One stage under construction.

    >>> stage = Stage()
    >>> water = stage.state("water", upper=200, initial=50)
    >>> release = stage.variable("release", upper=70)
    >>> inflow = stage.parameter("inflow")
    >>> stage.row("balance", water.after == water.before - release + inflow)
    >>> stage.objective(-3 * release)
    >>> stage.program().rows
    1
    """

    def __init__(self, sense: Sense = "min") -> None:
        """Begin an empty stage whose objective is a cost (`"min"`) or a gain (`"max"`).

        Raises:
            ValueError: `sense` is something else.
        """
        if sense not in ("min", "max"):
            raise ValueError(f'sense is {sense!r}; use "min" or "max"')
        self._sense = sense
        self._variables: dict[str, Block] = {}
        self._parameters: dict[str, Block] = {}
        self._constraints: dict[str, Block] = {}
        self._bounds: list[tuple[Expression, Expression]] = []
        self._is_integer: list[bool] = []
        self._rows: list[tuple[Expression, Floats, Floats]] = []
        self._objective = to_expression(0.0)
        self._priced: list[str] = []
        self._states: list[str] = []
        self._initial: list[float] = []

    def variable(
        self,
        name: str,
        shape: int | Shape = (),
        *,
        lower: Operand = 0.0,
        upper: Operand = math.inf,
        is_integer: bool = False,
    ) -> Expression:
        """Return a new block of variables; bounds may depend on parameters.

        Raises:
            ValueError: the name is taken, or a bound holds a variable or NaN.
        """
        first = len(self._is_integer)
        found = make_symbols(shape, first, are_parameters=False)
        self._claim(name, self._variables, Block(first, found.shape))
        limits = (_bound(lower, found.shape, name), _bound(upper, found.shape, name))
        self._bounds.append(limits)
        self._is_integer += [is_integer] * found.size
        return found

    def state(
        self,
        name: str,
        shape: int | Shape = (),
        *,
        lower: Operand = 0.0,
        upper: Operand = math.inf,
        initial: npt.ArrayLike | None = None,
    ) -> State:
        """Return a new block of states; the bounds are those of the outgoing state.

        `initial` is the state before the first stage; only the first stage needs it.
        """
        before = self.variable(f"{name}.before", shape, lower=-math.inf)
        after = self.variable(f"{name}.after", shape, lower=lower, upper=upper)
        self._states.append(name)
        start = np.broadcast_to(np.nan if initial is None else np.asarray(initial, float), before.shape)
        self._initial += list(start.ravel())
        return State(before, after)

    def parameter(self, name: str, shape: int | Shape = ()) -> Expression:
        """Return a new block of parameters: numbers that each node gives, fixed or random."""
        first = sum(block.size for block in self._parameters.values())
        found = make_symbols(shape, first, are_parameters=True)
        self._claim(name, self._parameters, Block(first, found.shape))
        return found

    def row(
        self,
        name: str,
        relation: Relation | Expression,
        *,
        lower: npt.ArrayLike = -math.inf,
        upper: npt.ArrayLike = math.inf,
    ) -> None:
        """Add a block of rows: a relation, or an expression between two bounds.

        Raises:
            ValueError: the name is taken, or a bound is NaN.
        """
        if isinstance(relation, Relation):
            expression, lower, upper = relation.expression, relation.lower, relation.upper
        else:
            expression = relation
        ends = [np.broadcast_to(np.asarray(end, float), expression.shape).ravel() for end in (lower, upper)]
        if np.isnan(ends).any():
            raise ValueError(f"row `{name}` has a bound that is not a number")
        first = sum(block.size for block in self._constraints.values())
        self._claim(name, self._constraints, Block(first, expression.shape))
        self._rows.append((expression, ends[0], ends[1]))

    def price_slack(self, price: float, *names: str) -> None:
        """Let the rows with these names (default: all so far) be broken at a price a unit, so that none is infeasible.

        Adds the variables `<row>.short` and `<row>.over`: what is missing at the lower and exceeds the upper bound.

        Raises:
            ValueError: the price is not above zero, or there is no such row.
        """
        if not 0 < price < math.inf:
            raise ValueError(f"the price of slack is {price}; it must be above zero and finite")
        if unknown := set(names) - set(self._constraints):
            raise ValueError(f"no row is called {', '.join(sorted(unknown))}; rows are {', '.join(self._constraints)}")
        sign = 1.0 if self._sense == "min" else -1.0
        for place, name in enumerate(self._constraints):
            if not names or name in names:
                expression, lower, upper = self._rows[place]
                most_short, most_over = (
                    np.where(np.isfinite(bound), math.inf, 0.0).reshape(expression.shape) for bound in (lower, upper)
                )
                short = self.variable(f"{name}.short", expression.shape, upper=most_short)
                over = self.variable(f"{name}.over", expression.shape, upper=most_over)
                self._rows[place] = (expression + short - over, lower, upper)
                self.objective(sign * price * (short + over))
                self._priced.append(name)

    def objective(self, expression: Operand) -> None:
        """Add to what the stage costs, or earns if its sense is `"max"`; the entries of a block are summed.

        As in NumPy, a single term that is added to a block counts for each entry: write them in two calls, or sum the
        block first.
        """
        self._objective = self._objective + to_expression(expression).sum()

    def program(self) -> Program:
        """Return the stage as numbers.

        Raises:
            ValueError: a number is not finite or a bound lies on the wrong side.
        """
        columns = len(self._is_integer)
        lower, lower_slopes = _affine([low for low, _ in self._bounds])
        upper, upper_slopes = _affine([high for _, high in self._bounds])
        rows, starts = [row for row, _, _ in self._rows], _starts([row.size for row, _, _ in self._rows])
        entry, column, parameter, factor = _stacked(rows, starts)
        constant, row_slopes = _vector(entry, column == NONE, parameter, factor, int(starts[-1]))
        matrix = _matrix(entry, column, parameter, factor, columns)
        _, cost_column, cost_parameter, cost_factor = self._objective.terms
        offset, offset_slopes = _vector(
            np.zeros_like(cost_column), cost_column == NONE, cost_parameter, cost_factor, size=1
        )
        cost, cost_slopes = _vector(cost_column, cost_column != NONE, cost_parameter, cost_factor, columns)
        row_lower = np.concatenate([np.zeros(0), *(low for _, low, _ in self._rows)]) - constant
        row_upper = np.concatenate([np.zeros(0), *(high for _, _, high in self._rows)]) - constant
        flipped = Slopes(row_slopes.entry, row_slopes.parameter, -row_slopes.factor)
        return Program(
            variables=dict(self._variables), constraints=dict(self._constraints), parameters=dict(self._parameters),
            priced=tuple(self._priced), sense=self._sense, offset=offset, offset_slopes=offset_slopes,
            cost=cost, lower=lower, upper=upper, row_lower=row_lower, row_upper=row_upper,
            row=matrix[0], column=matrix[1], factor=matrix[2], is_integer=np.array(self._is_integer, bool),
            states=tuple(self._state_names()), incoming=self._state_columns("before"),
            outgoing=self._state_columns("after"), initial=np.array(self._initial, float),
            cost_slopes=cost_slopes, lower_slopes=lower_slopes, upper_slopes=upper_slopes, row_slopes=flipped,
            matrix_slopes=matrix[3],
        )  # fmt: skip

    def _claim(self, name: str, blocks: dict[str, Block], block: Block) -> None:
        if name in self._variables or name in self._parameters or name in self._constraints:
            raise ValueError(f"`{name}` is defined twice in a stage; give each variable, parameter and row its name")
        blocks[name] = block

    def _state_names(self) -> list[str]:
        return [entry for name in self._states for entry in self._variables[f"{name}.after"].names(name)]

    def _state_columns(self, which: str) -> Ints:
        blocks = [self._variables[f"{name}.{which}"] for name in self._states]
        return np.concatenate([np.zeros(0, int), *(np.arange(b.first, b.first + b.size) for b in blocks)])


def _bound(value: Operand, shape: Shape, name: str) -> Expression:
    """Return a bound as an expression of constants (which may be infinite) and parameters."""
    if isinstance(value, Expression):
        if (value.column != NONE).any():
            raise ValueError(f"a bound of `{name}` holds a variable; write it as a row")
        return value.spread(shape)
    array = np.broadcast_to(np.asarray(value, float), shape).ravel()
    if np.isnan(array).any():
        raise ValueError(f"a bound of `{name}` is not a number")
    none = np.full(array.size, NONE)
    return Expression(shape, np.arange(array.size), none, none, array.copy())


def _starts(sizes: list[int]) -> Ints:
    return np.concatenate(([0], np.cumsum(np.array(sizes, int)))).astype(int)


def _stacked(blocks: list[Expression], starts: Ints) -> tuple[Ints, Ints, Ints, Floats]:
    """Return the terms of all blocks, with entries numbered through."""
    entry = [block.entry + start for block, start in zip(blocks, starts, strict=False)]
    return (
        np.concatenate([np.zeros(0, int), *entry]),
        np.concatenate([np.zeros(0, int), *(block.column for block in blocks)]),
        np.concatenate([np.zeros(0, int), *(block.parameter for block in blocks)]),
        np.concatenate([np.zeros(0), *(block.factor for block in blocks)]),
    )


def _affine(blocks: list[Expression]) -> tuple[Floats, Slopes]:
    """Return the constants of blocks one after the other, and how they move with parameters."""
    starts = _starts([block.size for block in blocks])
    entry, _, parameter, factor = _stacked(blocks, starts)
    return _vector(entry, np.ones(len(entry), bool), parameter, factor, int(starts[-1]))


def _vector(entry: Ints, chosen: npt.NDArray[np.bool_], parameter: Ints, factor: Floats, size: int
            ) -> tuple[Floats, Slopes]:  # fmt: skip
    """Return chosen terms summed by entry: those without parameter, and the slopes of the others."""
    fixed, moving = chosen & (parameter == NONE), chosen & (parameter != NONE)
    base = np.zeros(size)
    np.add.at(base, entry[fixed], factor[fixed])
    return base, Slopes(entry[moving], parameter[moving], factor[moving])


def _matrix(row: Ints, column: Ints, parameter: Ints, factor: Floats, columns: int
            ) -> tuple[Ints, Ints, Floats, Slopes]:  # fmt: skip
    """Return the nonzeros of a matrix by column and row, and how they move with parameters."""
    chosen = column != NONE
    row, column, parameter, factor = row[chosen], column[chosen], parameter[chosen], factor[chosen]
    rows = int(row.max(initial=0)) + 1
    key, place = np.unique(column * rows + row, return_inverse=True)
    base, slopes = _vector(place, np.ones(len(place), bool), parameter, factor, len(key))
    return key % rows, key // rows, base, slopes
