"""Whether a model is sound: every finding in one pass, in the caller's names, with what would mend it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from replenish.errors import ReplenishError
from replenish.multistage.modelling.expression import Floats
from replenish.multistage.modelling.model import ROOT, Model, Node
from replenish.multistage.modelling.outcomes import CLOSE
from replenish.multistage.modelling.program import Program


class ModelProblem(NamedTuple):
    """One finding about a model: where it is, what was found, and how to mend it."""

    where: str
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}; {self.remedy}"


class ModelError(ReplenishError):
    """A multistage model is not sound; `problems` holds every finding."""

    exit_code = 3

    def __init__(self, problems: Sequence[ModelProblem]) -> None:
        self.problems = tuple(problems)
        more = f" (and {len(problems) - 1} more in `problems`)" if len(problems) > 1 else ""
        super().__init__(f"{problems[0]}{more}")

    def __reduce__(self) -> tuple[type[ModelError], tuple[tuple[ModelProblem, ...]]]:
        return ModelError, (self.problems,)  # an error crosses processes by what made it, not by its text


def check(model: Model) -> None:
    """Raise ModelError with every finding, if there is any."""
    if problems := find_problems(model):
        raise ModelError(problems)


def find_problems(model: Model) -> list[ModelProblem]:
    """Return everything that is wrong with a model; an empty list means sound."""
    if not model.nodes or not model.children(ROOT):
        return [
            ModelProblem("model", "nothing follows the root", "add nodes, and an edge from ROOT to the first of them")
        ]
    problems = [*_graph_problems(model)]
    for node in model.nodes.values():
        problems += [*_program_problems(node), *_data_problems(node)]
    problems += [*_state_problems(model)]
    if not problems:
        problems += [*_bound_problems(model)]
    return problems


def _graph_problems(model: Model) -> Iterator[ModelProblem]:
    for parent in [ROOT, *model.nodes]:
        total = sum(edge.probability for edge in model.children(parent))
        if total > 1 + CLOSE:
            yield ModelProblem(
                f"node {parent}", f"probabilities of its edges sum to {total:.9g}", "they must sum to at most 1"
            )
        if parent == ROOT and total < 1 - CLOSE:
            yield ModelProblem("root", f"probabilities of its edges sum to {total:.9g}", "they must sum to 1")
    discounts: dict[tuple[str, str], float] = {}
    for edge in model.edges:
        if discounts.setdefault((edge.parent, edge.child), edge.discount) != edge.discount:
            yield ModelProblem(
                f"edge {edge.parent} -> {edge.child}", "two edges join these nodes with different discounts",
                "let one of them lead to a node of its own",
            )  # fmt: skip
    reached = _reached(model)
    for name in model.nodes:
        if name not in reached:
            yield ModelProblem(f"node {name}", "no path leads there from the root", "add an edge, or leave it out")
    senses = {node.program.sense for node in model.nodes.values()}
    if len(senses) > 1:
        yield ModelProblem("model", "some stages minimise and others maximise", "use one sense for all stages")
    if (radius := _growth(model)) >= 1 - 1e-12:
        yield ModelProblem(
            f"cycle through {_cycle(model)}", f"paths go round with weight {radius:.6g}: costs have no finite sum",
            "make probabilities or discounts along the cycle multiply to less than 1",
        )  # fmt: skip


def _reached(model: Model) -> set[str]:
    reached, waiting = set[str](), [ROOT]
    while waiting:
        for edge in model.children(waiting.pop()):
            if edge.child not in reached:
                reached.add(edge.child)
                waiting.append(edge.child)
    return reached


def _growth(model: Model) -> float:
    """Return the spectral radius of probability times discount; 0 without cycles."""
    if not _cycle(model):
        return 0.0
    number = {name: place for place, name in enumerate(model.nodes)}
    matrix = np.zeros((len(number), len(number)))
    for edge in model.edges:
        if edge.parent != ROOT:
            matrix[number[edge.parent], number[edge.child]] += edge.probability * edge.discount
    return float(np.abs(np.linalg.eigvals(matrix)).max())


def _cycle(model: Model) -> str:
    """Return the names along a cycle, or an empty text."""
    state: dict[str, int] = {}
    for start in model.nodes:
        trail = [(start, iter(model.children(start)))] if start not in state else []
        state.setdefault(start, 1)
        while trail:
            name, edges = trail[-1]
            edge = next(edges, None)
            if edge is None:
                state[name] = 2
                trail.pop()
            elif state.get(edge.child) == 1:
                names = [step for step, _ in trail]
                return ", ".join(names[names.index(edge.child) :])
            elif edge.child not in state:
                state[edge.child] = 1
                trail.append((edge.child, iter(model.children(edge.child))))
    return ""


def _program_problems(node: Node) -> Iterator[ModelProblem]:
    program, where = node.program, f"node {node.name}"
    vectors = {"cost": program.cost, "coefficient": program.factor, "offset": program.offset}
    for name, vector in vectors.items():
        if not np.isfinite(vector).all():
            yield ModelProblem(where, f"a {name} is not a finite number", "give finite numbers")
    for name, vector in {"lower": program.lower, "upper": program.upper, "row lower": program.row_lower,
                         "row upper": program.row_upper}.items():  # fmt: skip
        if np.isnan(vector).any():
            yield ModelProblem(where, f"a {name} bound is not a number", "give a number, or infinity for no bound")
    for names, low, high in ((program.column_names(), program.lower, program.upper),
                             (program.row_names(), program.row_lower, program.row_upper)):  # fmt: skip
        for place in np.nonzero((low == np.inf) | (high == -np.inf))[0]:
            yield ModelProblem(
                where, f"`{names[place]}` has its infinite bound on the wrong side",
                "a lower bound may be -inf, an upper one inf",
            )  # fmt: skip


def _data_problems(node: Node) -> Iterator[ModelProblem]:
    random = {} if node.outcomes is None else node.outcomes.values
    where = f"node {node.name}"
    for name, block in node.program.parameters.items():
        if name in random and name in node.data:
            yield ModelProblem(where, f"parameter `{name}` is both fixed and random", "give it in one place")
        elif name not in random and name not in node.data:
            yield ModelProblem(where, f"parameter `{name}` has no value", "give it in `data` or in `outcomes`")
        else:
            found = random[name][0] if name in random else node.data[name]
            yield from _value_problems(where, name, found, block.shape)
    for name in [*random, *node.data]:
        if name not in node.program.parameters:
            known = ", ".join(node.program.parameters) or "none"
            yield ModelProblem(where, f"its stage has no parameter `{name}`", f"parameters are {known}")


def _value_problems(
    where: str, name: str, value: npt.ArrayLike, shape: tuple[int, ...]
) -> Iterator[ModelProblem]:  # fmt: skip
    array = np.asarray(value, float)
    if not np.isfinite(array).all():
        yield ModelProblem(where, f"parameter `{name}` is not a finite number", "give finite numbers")
    try:
        np.broadcast_to(array, shape)
    except ValueError:
        yield ModelProblem(where, f"parameter `{name}` has shape {array.shape}", f"its stage wants {shape}")


def _state_problems(model: Model) -> Iterator[ModelProblem]:
    told: set[tuple[str, str]] = set()
    for edge in model.edges:
        child = model.nodes[edge.child].program
        if edge.parent == ROOT:
            yield from _initial_problems(edge.child, child)
            continue
        handed = model.nodes[edge.parent].program.states
        for state in child.states:
            if state not in handed and (edge.parent, state) not in told:
                told.add((edge.parent, state))
                yield ModelProblem(
                    f"edge {edge.parent} -> {edge.child}", f"`{edge.child}` needs the unknown state `{state}`",
                    f"`{edge.parent}` hands over {', '.join(handed) or 'none'}",
                )  # fmt: skip


def _initial_problems(name: str, program: Program) -> Iterator[ModelProblem]:
    for state, value in zip(program.states, program.initial, strict=True):
        if not np.isfinite(value):
            yield ModelProblem(f"node {name}", f"state `{state}` has no initial value", "give `initial=` to the state")


def _bound_problems(model: Model) -> Iterator[ModelProblem]:
    is_endless = bool(_cycle(model))
    for name, node in model.nodes.items():
        program, values = node.program, model.nodes[name].parameter_values()
        pairs = (
            (
                program.lower,
                program.lower_slopes,
                program.upper,
                program.upper_slopes,
                program.column_names(),
                "variable",
            ),
            (program.row_lower, program.row_slopes, program.row_upper, program.row_slopes, program.row_names(), "row"),
        )
        for low, low_slopes, high, high_slopes, names, kind in pairs:
            gap = high_slopes.moved(high, values) - low_slopes.moved(low, values)
            for place in np.nonzero((gap < 0).any(axis=0))[0]:
                yield ModelProblem(
                    f"node {name}", f"{kind} {names[place]} has its lower bound above its upper one in some outcome",
                    "mend the bounds or the values of parameters",
                )  # fmt: skip
        if is_endless:
            yield from _endless_problems(model, node, values)


def _endless_problems(model: Model, node: Node, values: Floats) -> Iterator[ModelProblem]:
    """Yield states without bounds in an infinite horizon: what they are worth later cannot be bounded."""
    program = node.program
    low = program.lower_slopes.moved(program.lower, values).min(axis=0)[program.outgoing]
    high = program.upper_slopes.moved(program.upper, values).max(axis=0)[program.outgoing]
    if node.name in model.bounds:
        return
    for state, lowest, highest in zip(program.states, low, high, strict=True):
        if not (np.isfinite(lowest) and np.isfinite(highest)):
            yield ModelProblem(
                f"node {node.name}", f"state `{state}` has no finite bounds in an infinite horizon",
                "give the state `lower=` and `upper=`, or the node a `bound`",
            )  # fmt: skip
