"""What an analyst should know about the numbers of a model before it is trained.

>>> from replenish.multistage.modelling.model import linear
>>> from replenish.multistage.modelling.stage import Stage
>>> stage = Stage()
>>> stock = stage.state("stock", upper=5e9, initial=2e9)
>>> bought = stage.variable("bought", upper=1e9)
>>> stage.row("balance", stock.after == stock.before + bought)
>>> stage.objective(3 * bought + stock.after)
>>> found = stability(linear(stage, [None, None]))
>>> print(found.findings[0].where, "->", found.findings[0].remedy)
node 1, variable `stock.after` -> give `stock` in billions, or the bound that it really has
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from replenish.errors import SolveError
from replenish.multistage.modelling.check import check
from replenish.multistage.modelling.expression import Floats
from replenish.multistage.modelling.model import Model
from replenish.multistage.numerics.finding import Finding
from replenish.multistage.numerics.number_findings import beyond_limits, mixed_rows, spread_costs, units
from replenish.multistage.numerics.shape_findings import fractions, idle_states, open_variables, random_equations
from replenish.multistage.numerics.sizes import KINDS, Place, Range, find_entries, find_range
from replenish.multistage.tables.boxes import find_boxes
from replenish.multistage.tables.layout import Layout
from replenish.multistage.tables.prepare import prepare, to_draft
from replenish.multistage.tables.tables import Data, Solved


@dataclass(frozen=True, slots=True)
class Stability:
    """The numbers of a model: what stands out, and how large they are.

    Attributes:
        findings: warnings first; empty if nothing stands out.
        ranges: for each kind of numbers as they were given and as they are solved, after scaling; parameters are not
            scaled.
    """

    findings: tuple[Finding, ...]
    ranges: tuple[Range, ...]

    @property
    def warnings(self) -> list[Finding]:
        """Return the findings that can spoil results."""
        return [finding for finding in self.findings if finding.severity == "warning"]

    def __str__(self) -> str:
        return "\n".join([*_range_lines(self.ranges), "", *_finding_lines(self.findings)])


def stability(model: Model) -> Stability:
    """Return what there is to know about the numbers of a model over all of its nodes and outcomes.

    Raises:
        ModelError: the model is not sound; it holds every finding.
    """
    check(model)
    numbers = _to_numbers(model)
    layout, solved, data = numbers.layout, numbers.solved, numbers.data
    entries = find_entries(model, layout, solved, data)
    ranges = [
        find_range(entries, kind, is_scaled=is_scaled)
        for kind in KINDS
        for is_scaled in (False, True)
        if not (kind == "parameters" and is_scaled)
    ]
    costs = next(found for found in ranges if found.kind == "costs" and found.is_scaled)
    findings = [
        *numbers.endless, *beyond_limits(entries), *mixed_rows(layout, solved, data), *spread_costs(costs),
        *fractions(model), *open_variables(layout, solved, data, numbers.safe),
        *random_equations(layout, solved, data), *idle_states(model), *units(solved),
    ]  # fmt: skip
    return Stability(tuple(sorted(findings, key=lambda finding: finding.severity != "warning")), tuple(ranges))


@dataclass(frozen=True, slots=True, eq=False)
class _Numbers:
    """A model as it is solved, bounds of its columns for proofs, and a finding if costs to go have no bound."""

    layout: Layout
    solved: list[Solved]
    data: list[Data]
    safe: list[tuple[Floats, Floats]]
    endless: list[Finding]


def _to_numbers(model: Model) -> _Numbers:
    try:
        tables = prepare(model).tables
    except SolveError as error:
        draft = to_draft(model, "single", {})
        what, _, remedy = str(error).rpartition("; ")
        endless = [Finding("warning", "model", what, remedy)]
        return _Numbers(draft.layout, draft.solved, draft.data, find_boxes(draft)[1], endless)
    return _Numbers(tables.layout, tables.solved, tables.data, tables.safe, [])


def _range_lines(ranges: tuple[Range, ...]) -> Iterator[str]:
    yield "ranges (smallest and largest number without sign)"
    for found in ranges:
        title = "  after scaling" if found.is_scaled else found.kind
        if found.smallest and found.largest:
            yield f"  {title:<18} {_told(found.smallest)}"
            yield f"  {'':<18} {_told(found.largest)}"
        elif not found.is_scaled:
            yield f"  {title:<18} none"


def _told(place: Place) -> str:
    return f"{place.size:<10.3g} {place.where}"


def _finding_lines(findings: tuple[Finding, ...]) -> Iterator[str]:
    yield "findings" if findings else "findings: none"
    yield from (f"  {finding}" for finding in findings)
