"""The deterministic equivalent of a model, put together apart from the package as a second route to its optimum."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from replenish.multistage.modelling.expression import Floats
from replenish.multistage.modelling.model import ROOT, Model
from replenish.multistage.modelling.outcomes import Outcomes
from replenish.multistage.modelling.program import Program, Slopes


@dataclass
class Equivalent:
    """One programme of all paths of a model whose parameters are single numbers, under the mean."""

    model: Model
    sign: float
    cost: list[float] = field(default_factory=list)
    lower: list[float] = field(default_factory=list)
    upper: list[float] = field(default_factory=list)
    is_integer: list[bool] = field(default_factory=list)
    rows: list[tuple[dict[int, float], float, float]] = field(default_factory=list)
    constant: float = 0.0

    def grow(self, parent: str, weight: float, states: dict[str, int]) -> None:
        for edge in self.model.children(parent):
            node = self.model.nodes[edge.child]
            fixed = {name: float(np.asarray(value, float)) for name, value in node.data.items()}
            for probability, random in each_outcome(node.outcomes):
                after = self._add(node.program, weight * edge.probability * probability, fixed | random, states)
                self.grow(edge.child, weight * edge.probability * probability, after)

    def _add(self, program: Program, weight: float, values: dict[str, float], states: dict[str, int]) -> dict[str, int]:
        first = len(self.cost)
        value = np.array([values[name] for name in program.parameters])
        self.constant += weight * float(_moved(program.offset, program.offset_slopes, value)[0])
        self.cost += list(weight * _moved(program.cost, program.cost_slopes, value))
        self.lower += list(_moved(program.lower, program.lower_slopes, value))
        self.upper += list(_moved(program.upper, program.upper_slopes, value))
        self.is_integer += list(program.is_integer)
        low, high = (_moved(ends, program.row_slopes, value) for ends in (program.row_lower, program.row_upper))
        rows: list[dict[int, float]] = [{} for _ in low]
        factors = _moved(program.factor, program.matrix_slopes, value)
        for row, column, factor in zip(program.row, program.column, factors, strict=True):
            assert first + column not in rows[row]
            rows[row][first + int(column)] = factor
        self.rows += list(zip(rows, low, high, strict=True))
        for name, column, start in zip(program.states, program.incoming, program.initial, strict=True):
            if states:
                self.rows.append(({first + int(column): 1.0, states[name]: -1.0}, 0.0, 0.0))
            else:
                self.lower[first + column] = self.upper[first + column] = start
        return {name: first + int(column) for name, column in zip(program.states, program.outgoing, strict=True)}

    def solve(self) -> tuple[float, Floats]:
        places = [(row, column, f) for row, (entries, _, _) in enumerate(self.rows) for column, f in entries.items()]
        row, column, factor = (np.array(each) for each in zip(*places, strict=True))
        matrix = csr_array((factor, (row, column)), shape=(len(self.rows), len(self.cost)))
        limits = LinearConstraint(matrix, [low for _, low, _ in self.rows], [high for _, _, high in self.rows])
        cost = self.sign * np.array(self.cost)
        found = milp(cost, constraints=limits, bounds=Bounds(self.lower, self.upper), integrality=self.is_integer)
        assert found.success, found.message
        return self.sign * found.fun + self.constant, found.x


def each_outcome(outcomes: Outcomes | None) -> Iterator[tuple[float, dict[str, float]]]:
    if outcomes is None:
        yield 1.0, {}
        return
    for number, probability in enumerate(outcomes.probability):
        yield float(probability), {name: float(values[number]) for name, values in outcomes.values.items()}


def _moved(base: Floats, slopes: Slopes, value: Floats) -> Floats:
    moved = base.copy()
    for entry, parameter, factor in zip(slopes.entry, slopes.parameter, slopes.factor, strict=True):
        moved[entry] += factor * value[parameter]
    return moved


def optimum(model: Model) -> float:
    equivalent = Equivalent(model, 1.0 if model.sense == "min" else -1.0)
    equivalent.grow(ROOT, 1.0, {})
    return equivalent.solve()[0]
