"""Reads a stochastic programme in SMPS format: the three files become one `Model`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np

from replenish.multistage.modelling.model import ROOT, Model, markov, tree
from replenish.multistage.modelling.outcomes import Outcomes, independent
from replenish.multistage.modelling.program import Program
from replenish.multistage.smps.build import build_programs
from replenish.multistage.smps.core import Core, read_core
from replenish.multistage.smps.stoch import Factor, Place, Randomness, name_of, read_randomness
from replenish.multistage.smps.text import MOST_BYTES, Layout, Report, SmpsError, parse
from replenish.multistage.smps.times import Periods, read_periods
from replenish.multistage.smps.tree import Unlisted, grow, inherit

Found = TypeVar("Found")
SUFFIXES = {"core": (".cor", ".core", ".mps"), "time": (".tim", ".time"), "stoch": (".sto", ".stoch")}


def read_smps(
    core: Path | str,
    time: Path | str | None = None,
    stoch: Path | str | None = None,
    *,
    layout: Layout = "auto",
    integer_upper: float | None = None,
    unlisted: Unlisted | None = None,
    most_bytes: int = MOST_BYTES,
    most_values: int = 20_000_000,
) -> Model:
    """Return the model that a core, a time and a stoch file describe.

    Each period is a stage and keeps the names of its rows and columns.  A column that rows of later periods hold comes
    into them as `<column>.before`, and is passed on as `<column>.after`; its state bears the name of the first column
    that it carries.  Each random entry is a parameter, such as `RHS/DEMAND`, `X1/COST`, `X1/ROW` or `UP/X1`.
    INDEP and BLOCKS give a node a period, which bears its name, with all combinations as outcomes; SCENARIOS give a
    tree whose nodes are named `<period> <scenario>`, `<period>` where no scenario has branched.

    The files are read in free or fixed layout.  The first row of kind N is the objective, others are left out; a
    right-hand side of the objective is minus its constant.  ADD and MULTIPLY change the number of the core file.
    Probabilities that miss 1 by the rounding of their digits are divided by their sum.  What readers of the format are
    known to take differently is refused.

    Args:
        core: core file; or any of the three, or their common path without suffix, if the others lie beside it.
        time: time file, implicit or explicit.
        stoch: stoch file with INDEP, BLOCKS or SCENARIOS of discrete distribution.
        layout: "free" if blanks part the fields, "fixed" if columns do, "auto" to try both.
        integer_upper: upper bound of integer columns that have no bound, 1 or `math.inf`; they are refused if None.
        unlisted: where an entry comes from that a scenario leaves out after branching from another: "parent", as the
            format is defined, or "core", as COIN-OR Smi reads it; if None, files for which it matters are refused.
        most_bytes: largest file that is read.
        most_values: most numbers that combined outcomes or nodes may take (8 bytes each).

    Raises:
        SmpsError: a file is missing or wrong; lists all that was found in it.

    References:
        Birge, Dempster, Gassmann, Gunn, King and Wallace (1987), A standard input format for multiperiod stochastic
        linear programs, COAL Newsletter 17.  Gassmann and Schweitzer (2001), A comprehensive input format for
        stochastic linear programs, Annals of Operations Research 104, 89-125.
    """
    paths = _find_files(Path(core), time, stoch)
    programme = _sound(*parse(paths["core"], layout, most_bytes, partial(read_core, integer_upper=integer_upper)))
    periods = _sound(*parse(paths["time"], layout, most_bytes, partial(read_periods, core=programme)))
    random = partial(read_randomness, core=programme, periods=periods, most_values=most_values)
    randomness, report = parse(paths["stoch"], layout, most_bytes, random)
    _sound(randomness, report)
    return _Builder(programme, periods, randomness, report, most_values, unlisted).model()


def _find_files(core: Path, time: Path | str | None, stoch: Path | str | None) -> dict[str, Path]:
    """Return the path of each file: the given one, or one beside the core file.

    Raises:
        SmpsError: a file is missing.
    """
    suffixes = [suffix for each in SUFFIXES.values() for suffix in each]
    stem = core.with_suffix("") if core.suffix.lower() in suffixes or core.is_file() else core
    found = {kind: Path(path) for kind, path in (("time", time), ("stoch", stoch)) if path is not None}
    if core.is_file() and core.suffix.lower() not in SUFFIXES["time"] + SUFFIXES["stoch"]:
        found["core"] = core
    beside = sorted(stem.parent.iterdir()) if stem.parent.is_dir() else []
    report = Report(core.name)
    for kind, known in SUFFIXES.items():
        if kind in found:
            continue
        fitting = [path for suffix in known for path in beside if _is_sibling(path, stem, suffix)]
        if fitting:
            found[kind] = fitting[0]
        else:
            names = " or ".join(f"`{stem.name}{suffix}`" for suffix in known)
            report.add(None, f"there is no {kind} file {names} in `{stem.parent}`", f"hand over its path as `{kind}`")
    return _sound(found, report)


def _is_sibling(path: Path, stem: Path, suffix: str) -> bool:
    return path.stem == stem.name and path.suffix.lower() == suffix and path.is_file()


def _sound(found: Found, report: Report) -> Found:
    """Return what was found, or raise SmpsError with the problems of its file."""
    if report.problems:
        raise SmpsError(report.problems)
    return found


@dataclass(slots=True)
class _Builder:
    """Puts programmes and randomness together."""

    core: Core
    periods: Periods
    randomness: Randomness
    report: Report  # of the stoch file
    most_values: int
    unlisted: Unlisted | None
    rows: list[str] = field(init=False)
    columns: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.rows, self.columns = list(self.core.rows), list(self.core.columns)

    def model(self) -> Model:
        """Return the model."""
        scenarios = self.randomness.scenarios
        places: list[list[Place]] = [[] for _ in self.periods.names]
        sources = [place for factor in self.randomness.factors for place in factor.places]
        for place in dict.fromkeys([*sources, *(place for one in scenarios for place in one.values)]):
            places[place.period(self.periods)].append(place)
        programs = build_programs(self.core, self.periods, places, self.report)
        self._check_size(places)
        _sound(programs, self.report)
        return self._tree(programs, places) if scenarios else self._chain(programs)

    def _check_size(self, places: Sequence[Sequence[Place]]) -> None:
        """Take down what would need more than the most values."""
        remedy = "sample fewer outcomes, or raise `most_values` if memory allows"
        for period, name in enumerate(self.periods.names):
            count = math.prod(len(factor.outcomes) for factor in self._factors(period))
            if count * (len(places[period]) + 1) > self.most_values:
                found = f"{count:,}" if count < 1e15 else f"{float(count):.0e}" if count < 1e300 else "over 1e300"
                message = f"{found} outcomes of {len(places[period])} entries in period `{name}`"
                self.report.add(None, f"{message} are more than {self.most_values:,} numbers", remedy)
        scenarios, entries = len(self.randomness.scenarios), sum(len(each) + 1 for each in places)
        if scenarios * entries > self.most_values:
            message = f"{scenarios:,} scenarios of {entries} entries are more than {self.most_values:,} numbers"
            self.report.add(None, message, remedy)

    def _factors(self, period: int) -> list[Factor]:
        return [factor for factor in self.randomness.factors if factor.period == period]

    def _chain(self, programs: Sequence[Program]) -> Model:
        """Return the model of independent outcomes: one node a period."""
        outcomes = [self._outcomes(period) for period in range(len(programs))]
        return markov(
            [[program] for program in programs], [np.ones((1, 1))] * len(programs),
            outcomes=[[one] for one in outcomes], names=[[name] for name in self.periods.names],
        )  # fmt: skip

    def _outcomes(self, period: int) -> Outcomes | None:
        factors = [
            Outcomes(
                {self._name(place): [outcome[place] for outcome in factor.outcomes] for place in factor.places},
                factor.probability,
            )
            for factor in self._factors(period)
            if factor.places
        ]
        return independent(factors) if factors else None

    def _tree(self, programs: Sequence[Program], places: Sequence[Sequence[Place]]) -> Model:
        """Return the model of scenarios: a node for each period and scenario that some path passes."""
        names, scenarios = list(self.periods.names), self.randomness.scenarios
        values = inherit(self.core, scenarios, places, self.unlisted, self.report)
        rows = []
        for node in grow(len(programs), scenarios, places, values):
            data = {self._name(place): value for place, value in node.values.items()}
            title = names[node.period] if node.scenario < 0 else f"{names[node.period]} {scenarios[node.scenario].name}"
            above = ROOT
            if node.period:
                above = names[node.period - 1]
                above += "" if node.parent < 0 else f" {scenarios[node.parent].name}"
            for name in (name for name, value in data.items() if not math.isfinite(value)):
                self.report.add(None, f"`{name}` is infinite in `{title}`", "give it a number in each scenario")
            rows.append((title, above, node.probability, programs[node.period], data))
        return tree(_sound(rows, self.report))

    def _name(self, place: Place) -> str:
        return name_of(place, self.rows, self.columns)
