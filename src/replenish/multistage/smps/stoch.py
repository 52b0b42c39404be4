"""The stoch file: which entries of the programme are random, and how."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from replenish.multistage.smps.core import BARE, FREE, VALUED, Core
from replenish.multistage.smps.text import Probability, Record, Report, scaled
from replenish.multistage.smps.times import Periods

REPLACE, ADD, MULTIPLY = "REPLACE", "ADD", "MULTIPLY"
NO_PARENT = -1
NO_NUMBER = -1
OTHER_SECTIONS = ("SIMPLE", "ROBUST", "PLINQUAD", "CHANCE", "ICC", "NODES", "DISTRIB")


class Place(NamedTuple):
    """An entry of the programme that can be random; numbers of row and column are -1 where they do not apply."""

    kind: Literal["right", "cost", "matrix", "lower", "upper"]
    row: int
    column: int

    def period(self, periods: Periods) -> int:
        """Return the period in which its value counts."""
        return periods.of_row[self.row] if self.kind in ("right", "matrix") else periods.of_column[self.column]

    def value(self, core: Core) -> float:
        """Return its value in the core file."""
        if self.kind == "right":
            return core.right.get(self.row, 0.0)
        if self.kind in ("lower", "upper"):
            return core.ends[self.kind][self.column]
        return core.entries.get((self.column, self.row), 0.0)


@dataclass(slots=True)
class Factor:
    """Places that vary together, independently of all others: an entry of INDEP, or one of BLOCKS."""

    period: int
    first: Record
    outcomes: list[dict[Place, float]] = field(default_factory=list)
    written: list[Probability] = field(default_factory=list)
    probability: list[float] = field(default_factory=list)

    @property
    def places(self) -> list[Place]:
        """Return the places of all outcomes."""
        return list(dict.fromkeys(place for outcome in self.outcomes for place in outcome))


@dataclass(slots=True)
class Scenario:
    """A path that follows another, or the core file, before the period `branch` and differs from it from there on."""

    name: str
    first: Record
    parent: int
    branch: int
    written: Probability
    values: dict[Place, float]
    probability: float = 0.0


@dataclass(slots=True)
class Randomness:
    """What a stoch file says: independent factors, or scenarios."""

    factors: list[Factor] = field(default_factory=list)
    scenarios: list[Scenario] = field(default_factory=list)


def read_randomness(
    records: Iterator[Record], report: Report, core: Core, periods: Periods, most_values: int
) -> Randomness:
    """Return what is random, in at most so many values for a block; problems go to the report."""
    reader = _Reader(report, core, periods, most_values)
    for record in records:
        if record.is_header:
            reader.begin(record)
        else:
            reader.section(record)
    return reader.finish()


class _Reader:
    """Takes records one after the other and finds factors and scenarios."""

    def __init__(self, report: Report, core: Core, periods: Periods, most_values: int) -> None:
        self.report, self.core, self.periods, self.most_values = report, core, periods, most_values
        self.found = Randomness()
        self.mode = REPLACE
        self.rows, self.columns = list(core.rows), list(core.columns)
        self.singles: dict[tuple[Place, ...], Factor] = {}
        self.blocks: dict[tuple[str, str], Factor] = {}
        self.open: Factor | Scenario | None = None
        self.numbers: dict[str, int] = {}
        self.section: Callable[[Record], None] = self.skip

    def begin(self, header: Record) -> None:
        """Begin the section of a header."""
        known = {"INDEP": self.indep, "BLOCKS": self.blocks_record, "SCENARIOS": self.scenarios_record}
        name = header.fields[0].upper()
        self.section = known.get(name, self.skip)
        self.open = None
        if name in known:
            self._settings(header)
        elif name in OTHER_SECTIONS:
            message = f"section `{name}` is not read; {', '.join(known)} are"
            self.report.add(header, message, "write what is random as discrete outcomes or scenarios")
        elif name not in ("STOCH", "NAME"):
            self.report.unknown_section(header, ", ".join(["STOCH", *known]))

    def skip(self, record: Record) -> None:
        """Leave out a record of a section that is a problem already, or without data."""

    def indep(self, record: Record) -> None:
        """Take one outcome of one entry."""
        fields = record.fields
        is_bound = len(fields) > 4 and self._is_bound(fields)
        head, rest = fields[: 3 if is_bound else 2], fields[3 if is_bound else 2 :]
        if len(rest) not in (2, 3):
            self.report.wrong_count(record, "4 or 5 (6 for a bound): entry, number, period, probability")
            return
        values = self._values(record, (*head, rest[0]))
        probability = self.report.probability(rest[-1], record)
        period = self._named_period(record, rest[1]) if len(rest) == 3 else None
        if not values or probability is None:
            return
        factor = self.singles.get(tuple(values))
        if factor is None:
            factor = self._new_factor(record, next(iter(values)).period(self.periods))
            self.singles[tuple(values)] = factor
        if period is not None:
            self._check_period(record, values, period)
        factor.outcomes.append(values)
        factor.written.append(probability)

    def blocks_record(self, record: Record) -> None:
        """Take the head of an outcome of a block, or values of it."""
        if record.fields[0].upper() != "BL" or len(record.fields) != 4:
            self._take_values(record, "BL")
            return
        _, name, period, text = record.fields
        number, probability = self._named_period(record, period), self.report.probability(text, record)
        factor = self.blocks.get((name, period))
        if factor is None:
            factor = self.blocks[name, period] = self._new_factor(record, number or 0)
        self.open = factor
        factor.outcomes.append({})
        factor.written.append(probability or Probability(0.0, 0.5))

    def scenarios_record(self, record: Record) -> None:
        """Take the head of a scenario, or values of it."""
        if record.fields[0].upper() != "SC" or len(record.fields) != 5:
            self._take_values(record, "SC")
            return
        _, name, parent, text, period = record.fields
        number, probability = self._named_period(record, period), self.report.probability(text, record)
        above = self.numbers.get(parent, NO_PARENT)
        if parent not in self.numbers and parent.strip("'\"").upper() != "ROOT":
            self.report.add(record, f"there is no scenario `{parent}` before this one", "put parents first, or ROOT")
        if name in self.numbers:
            self.report.add(record, f"scenario `{name}` is defined twice", "give each scenario its own name")
        self.numbers[name] = len(self.found.scenarios)
        self.open = Scenario(name, record, above, number or 0, probability or Probability(0.0, 0.5), {})
        self.found.scenarios.append(self.open)

    def finish(self) -> Randomness:
        """Return all, with probabilities that sum to 1 and a value of each place in each outcome."""
        for factor in self.blocks.values():
            self._complete(factor)
        for factor in self.found.factors:
            what = f"what begins as `{' '.join(factor.first.fields[:3])}`"
            factor.probability = scaled(factor.written, self.report, factor.first, what)
        if scenarios := self.found.scenarios:
            shares = scaled([one.written for one in scenarios], self.report, None, "all scenarios")
            for scenario, probability in zip(scenarios, shares, strict=True):
                scenario.probability = probability
        if self.found.factors and scenarios:
            self.report.add(None, "scenarios and independent outcomes are both given", "use one of the two")
        if not self.found.factors and not scenarios and not self.report.problems:
            self.report.add(None, "nothing is random", "give INDEP, BLOCKS or SCENARIOS, or solve the core file alone")
        self._check_once()
        return self.found

    def _settings(self, header: Record) -> None:
        """Take the distribution and how values join those of the core file, in any order."""
        words = [word.upper() for word in header.fields[1:]]
        modes = [word for word in words if word in (REPLACE, ADD, MULTIPLY)]
        self.mode = modes[0] if modes else REPLACE
        if (others := [word for word in words if word not in modes]) != ["DISCRETE"]:
            message = f"distribution `{' '.join(others)}` is not read, only DISCRETE is"
            self.report.add(header, message, "replace it by a discrete distribution, such as a sample")
            self.section = self.skip

    def _new_factor(self, record: Record, period: int) -> Factor:
        self.found.factors.append(Factor(period, record))
        return self.found.factors[-1]

    def _take_values(self, record: Record, head: str) -> None:
        """Take one or two values of the block or scenario that is open."""
        is_bound = len(record.fields) == 4 and self._is_bound(record.fields)
        if self.open is None or not (is_bound or len(record.fields) in (3, 5)):
            self.report.wrong_count(record, f"3, 4 or 5: an entry and its number, after a line `{head} ...`")
            return
        pairs = [record.fields] if is_bound else [(record.fields[0], *record.fields[n : n + 2]) for n in (1, 3)]
        for pair in pairs:
            values = self._values(record, pair) if len(pair) > 2 else {}
            if isinstance(self.open, Scenario):
                self._check_branch(record, values, self.open)
                target = self.open.values
            else:
                self._check_period(record, values, self.open.period)
                target = self.open.outcomes[-1]
            if values.keys() & target.keys():
                self.report.add(record, "an entry is given twice in one outcome", "leave one of the lines")
            target.update(values)

    def _values(self, record: Record, fields: tuple[str, ...]) -> dict[Place, float]:
        """Return the values that fields give to places: to none if they are wrong, to two if they fix a column."""
        number = self.report.number(fields[-1], record)
        values: dict[Place, float] = {}
        for place in self._bounds(record, fields) if len(fields) == 4 else self._entry(record, fields):
            base = place.value(self.core)
            if self.mode != REPLACE and not math.isfinite(base):
                self.report.add(record, f"{self.mode} meets an infinite bound of the core file", "give a finite bound")
            elif number is not None:
                values[place] = {REPLACE: number, ADD: base + number, MULTIPLY: base * number}[self.mode]
        return values

    def _is_bound(self, fields: tuple[str, ...]) -> bool:
        return fields[0] not in self.core.columns and fields[0].upper() in (*VALUED, *BARE)

    def _bounds(self, record: Record, fields: tuple[str, ...]) -> list[Place]:
        kind, column = fields[0].upper(), self.core.columns.get(fields[2])
        if kind not in VALUED:
            self.report.add(record, f"`{kind}` is no bound with a number", f"use {', '.join(VALUED)}")
            return []
        if column is None:
            self.report.add(record, f"there is no column `{fields[2]}`", "use a name of the core file")
            return []
        return [Place("lower" if end == "lower" else "upper", NO_NUMBER, column) for end in VALUED[kind]]

    def _entry(self, record: Record, fields: tuple[str, ...]) -> list[Place]:
        """Return the place of a right-hand side, cost or coefficient; none for a row that the core file leaves out."""
        column, row = self.core.columns.get(fields[0]), self.core.rows.get(fields[1])
        if row is None:
            self.report.add(record, f"there is no row `{fields[1]}`", "use a name of the core file")
        elif column is None and fields[0] not in self.core.right_names:
            self.report.add(record, f"there is no column `{fields[0]}`", "use a name of the core file, or RHS")
        elif column is None:
            return self._right(record, row)
        elif row == self.core.objective:
            return [Place("cost", row, column)]
        elif self.core.kinds[row] != FREE:
            return self._coefficient(record, row, column)
        return []

    def _right(self, record: Record, row: int) -> list[Place]:
        if row == self.core.objective:
            self.report.add(record, "a random constant of the objective belongs to no period", "add a fixed column")
        return [] if self.core.kinds[row] == FREE else [Place("right", row, NO_NUMBER)]

    def _coefficient(self, record: Record, row: int, column: int) -> list[Place]:
        if self.periods.of_column[column] <= self.periods.of_row[row]:
            return [Place("matrix", row, column)]
        self.report.add(record, f"row `{self.rows[row]}` holds a column of a later period", "move the row there")
        return []

    def _named_period(self, record: Record, name: str) -> int | None:
        if name not in self.periods.names:
            self.report.add(record, f"there is no period `{name}`", "use a period of the time file")
        return self.periods.names.get(name)

    def _check_period(self, record: Record, values: dict[Place, float], period: int) -> None:
        for place in values:
            if (own := place.period(self.periods)) != period:
                names = list(self.periods.names)
                message = f"the entry counts in period `{names[own]}`, not `{names[period]}`"
                self.report.add(record, message, "correct the period; what is known before it counts needs SCENARIOS")

    def _check_branch(self, record: Record, values: dict[Place, float], scenario: Scenario) -> None:
        for place in values:
            if place.period(self.periods) < scenario.branch:
                message = f"the entry counts before scenario `{scenario.name}` branches"
                self.report.add(record, message, "branch in an earlier period, or leave the line out")

    def _complete(self, factor: Factor) -> None:
        """Give each outcome of a block a value of each place: that of the core file, unless readers differ."""
        places = factor.places
        if len(places) * len(factor.outcomes) > self.most_values:
            message = f"{len(factor.outcomes):,} outcomes of {len(places):,} entries are more than {self.most_values:,}"
            self.report.add(
                factor.first, f"{message} numbers", "sample fewer outcomes, or raise `most_values` if memory allows"
            )
            return
        for place in places:
            base = place.value(self.core)
            first = factor.outcomes[0].setdefault(place, base)
            for outcome in factor.outcomes[1:]:
                if place not in outcome and first != base:
                    message = (
                        f"{self.name(place)} is left out in a later outcome of the block, which readers take as the"
                    )
                    remedy = "give its number in each outcome"
                    self.report.add(factor.first, f"{message} number of the first outcome or of the core file", remedy)
                outcome.setdefault(place, base)
            if not all(math.isfinite(outcome[place]) for outcome in factor.outcomes):
                self.report.add(factor.first, f"{self.name(place)} is infinite in an outcome", "give a finite number")

    def _check_once(self) -> None:
        seen: set[Place] = set()
        for factor in self.found.factors:
            for place in factor.places:
                if place in seen:
                    self.report.add(factor.first, f"{self.name(place)} is random twice", "leave one of the two")
                seen.add(place)

    def name(self, place: Place) -> str:
        """Return the name of a place in messages."""
        return name_of(place, self.rows, self.columns)


def name_of(place: Place, rows: list[str], columns: list[str]) -> str:
    """Return the name of the parameter of a place, such as RHS/DEMAND, X1/COST or UP/X1."""
    if place.kind == "right":
        return f"RHS/{rows[place.row]}"
    if place.kind in ("lower", "upper"):
        return f"{'LO' if place.kind == 'lower' else 'UP'}/{columns[place.column]}"
    return f"{columns[place.column]}/{rows[place.row]}"
