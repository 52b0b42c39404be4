"""Spares and repair of a scenario judged, simulated and checked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Unpack

import numpy as np
import polars as pl

from replenish.arrays.network import NONE, Network, NetworkLabels, Operations
from replenish.arrays.sustainment import to_network
from replenish.errors import UsageError
from replenish.result import SUSTAIN_TABLES
from replenish.scenario import Scenario, input_hash
from replenish.study.saving import read_about, read_table, save_study, study_folder
from replenish.study.sides import Source, find_scenario_of, short_name
from replenish.study.spares import checking, surges, tables
from replenish.study.spares.judging import METHODS, Judged, judge
from replenish.study.spares.lengths import Lengths, Simulated, simulate, to_lengths, to_warm_up
from replenish.sustain.flows import to_flows
from replenish.sustain.methods import Method
from replenish.sustain.utilisation import find_load, without_queues

STUDY = "sustain"
MOST_NAMED = 5
"""Things that a warning names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpareStudy:
    """What a study of spares and repair has found.

    tables: by name, with the columns of `replenish.result.SUSTAIN_TABLES`.
    folder: where it is saved; None if it is not.
    """

    scenario: Scenario
    tables: dict[str, pl.DataFrame]
    folder: Path | None = None

    @property
    def is_sound(self) -> bool:
        """Return whether no number of an exact law differs from its simulation by more than chance allows."""
        return not (self.tables["sustain_checks"]["verdict"] == "differs").any()

    def __repr__(self) -> str:
        """Return what it is in a line."""
        rows = {name.removeprefix("sustain_"): len(table) for name, table in self.tables.items() if len(table)}
        return f"<SpareStudy: {self.scenario.settings.title}; rows {rows}>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a study is about: the scenario, its network in the long run, and how it is judged."""

    scenario: Scenario
    network: Network
    labels: NetworkLabels
    method: Method

    def steady(self) -> Network:
        """Return the network without its operations: the long run of the use that is stated for fleets."""
        none = Operations(np.zeros(0, np.int64), np.zeros(0), np.zeros(0))
        return replace(self.network, operations=none)


def find_subject(source: Source, method: Method | str | None) -> Subject:
    """Return what a source names, ready to be judged.

    Raises:
        UsageError: there is no such scenario, it has no fleets, or the method is unknown.
        ScenarioError: it is not sound.
    """
    scenario = find_scenario_of(source)
    chosen = to_method(scenario.settings.sustain.method if method is None else method)
    network, labels = to_network(scenario)
    return Subject(scenario=scenario, network=network, labels=labels, method=chosen)


def to_method(method: Method | str) -> Method:
    """Return a method by its name; one that is given as a value stays.

    Raises:
        UsageError: there is no method of that name.
    """
    if not isinstance(method, str):
        return method
    if method not in METHODS:
        raise UsageError(f"method is {method!r}; use {', '.join(METHODS)}")
    return METHODS[method]


def sustain_evaluate(
    source: Source, *, method: Method | str | None = None, out: Path | str | None = None
) -> SpareStudy:
    """Judge the spares and servers that a scenario has, by formulas, and save what is found.

    Args:
        source: a scenario, its folder, workbook or example, or a saved run.
        method: `Exact()`, `VariMetric()` or `Metric()`, or its name; that of the settings if None.
        out: folder to save in; a new one under `runs/` if None.

    Raises:
        UsageError, ScenarioError: the source cannot be judged.
        SolveError: servers get more work than they can do.
    """
    subject = find_subject(source, method)
    now = judge(subject.steady(), subject.labels, subject.method)
    return finish(subject, source, out, describe(subject, now=now))


def sustain_simulate(
    source: Source, *, method: Method | str | None = None, out: Path | str | None = None, **lengths: Unpack[Simulated]
) -> SpareStudy:
    """Simulate the spares and servers that a scenario has, event by event, beside the formulas, and save that.

    Args:
        source: as `sustain_evaluate`.
        method: likewise.
        out: likewise.
        **lengths: `years`, `warm_up_years`, `histories`, `seed`, `workers`, `progress`, `stop`; see `Simulated`.

    Raises:
        UsageError, ScenarioError, SolveError: as `sustain_evaluate`.
    """
    subject = find_subject(source, method)
    now = judge(subject.steady(), subject.labels, subject.method)
    return finish(subject, source, out, describe(subject, now=now, lengths=to_lengths(subject.scenario, **lengths)))


sustain_check = sustain_simulate


def describe(
    subject: Subject, *, now: Judged | None, chosen: Judged | None = None, lengths: Lengths | None = None,
    more: dict[str, pl.DataFrame] | None = None, said: dict[str, object] | None = None,
) -> dict[str, pl.DataFrame]:  # fmt: skip
    """Return the tables of a study; the optimum is simulated if there is one, else what there is now."""
    labels, shown = subject.labels, chosen or now
    assert shown is not None  # one side is judged at least
    warm_up = None if lengths is None else to_warm_up(shown, lengths)
    seen = None if lengths is None or warm_up is None else simulate(shown, labels, lengths, warm_up.years)
    has_shops = bool(len(shown.servers))
    ample = judge(
        without_queues(shown.network), labels, subject.method, stock=shown.stock, servers=shown.servers
    ) if has_shops else shown  # fmt: skip
    found = {
        "sustain_fleets": tables.fleets(
            subject.scenario, labels, now, chosen, without_queues=ample.availability, seen=seen
        ),
        "sustain_causes": tables.causes(labels, now, chosen),
        "sustain_spares": tables.spares(labels, now, chosen),
        "sustain_servers": tables.servers(labels, now, chosen, find_load(shown.network, to_flows(shown.network))),
        "sustain_surge": surges.to_table(subject.scenario, subject.network, labels, shown.stock),
        **(more or {}),
    }
    told = _about(subject, now, chosen) | (said or {})
    if lengths is not None and warm_up is not None and seen is not None:
        found["sustain_checks"] = checking.compare(shown, seen, labels, warm_up)
        told |= {"years": lengths.years, "warm_up_years": warm_up.years, "histories": seen.histories,
                 "seed": lengths.seed}  # fmt: skip
    found["sustain_about"] = tables.about(
        told, _warnings(subject, found), _approximations(subject, shown)
    )  # fmt: skip
    return {name: found.get(name, schema.to_frame()) for name, schema in SUSTAIN_TABLES.items()}


def finish(subject: Subject, source: Source, out: Path | str | None, found: dict[str, pl.DataFrame]) -> SpareStudy:
    """Save a study and return it.

    Raises:
        UsageError: the folder holds something else.
    """
    folder = Path(out) if out is not None else study_folder(STUDY, short_name(source))
    about = {"input_hash": input_hash(subject.scenario), "title": subject.scenario.settings.title}
    save_study(folder, STUDY, about, found)
    return SpareStudy(scenario=subject.scenario, tables=found, folder=folder)


def read_spare_study(folder: Path | str, scenario: Scenario) -> SpareStudy:
    """Return a saved study of this scenario.

    Raises:
        UsageError: there is none, or it is of another scenario.
    """
    path = Path(folder)
    told = read_about(path)
    if told.get("kind") != STUDY:
        raise UsageError(f"{path}: holds no study of spares; `replenish sustain optimise SCENARIO` makes one")
    if told.get("input_hash") != input_hash(scenario):
        raise UsageError(f"{path}: is a study of another scenario; run it on this one")
    try:
        found = {name: read_table(path / f"{name}.csv", schema) for name, schema in SUSTAIN_TABLES.items()}
    except (OSError, ValueError, pl.exceptions.PolarsError) as error:
        raise UsageError(f"{path}: cannot be read ({error}); run the study again") from error
    return SpareStudy(scenario=scenario, tables=found, folder=path)


def _about(subject: Subject, now: Judged | None, chosen: Judged | None) -> dict[str, object]:
    found: dict[str, object] = {"method": next(name for name, method in METHODS.items() if method == subject.method)}
    for name, side in (("now", now), ("chosen", chosen)):
        if side is not None:
            found |= {
                f"cost_{name}": side.value, f"availability_{name}": side.mean_availability(),
                f"backorders_{name}": float(side.backorders[:, side.network.fleets.site].sum()),
            }  # fmt: skip
    return found


def _approximations(subject: Subject, shown: Judged) -> list[str]:
    reasons: dict[str, list[str]] = {}
    for part, why in enumerate(shown.why_not):
        for reason in why:
            reasons.setdefault(reason, []).append(subject.labels.parts[part])
    told = []
    for reason, parts in reasons.items():
        more = f" and {len(parts) - MOST_NAMED} more" if len(parts) > MOST_NAMED else ""
        told.append(f"{', '.join(parts[:MOST_NAMED])}{more}: {reason}")
    return told


def _warnings(subject: Subject, found: dict[str, pl.DataFrame]) -> list[str]:
    told = [subject.method.warning] if subject.method.warning else []
    if len(found.get("sustain_surge", ())) and (subject.network.repairs.servers != NONE).any():
        told.append(
            "day by day, where use changes, repair is taken as if a server were always free: queues are left out"
        )
    checks = found.get("sustain_checks")
    if checks is not None:
        wrong = checks.filter(pl.col("verdict") == "differs")
        for row in wrong.head(MOST_NAMED).iter_rows(named=True):
            of = " ".join(filter(None, (row[name] for name in ("fleet", "part", "site", "servers"))))
            told.append(
                f"{row['quantity']} of {of}: {row['analytic']:.6g} by formula, {row['simulated']:.6g} simulated,"
                f" {abs(row['errors']):.1f} standard errors apart, more than chance allows"
            )
    return told
