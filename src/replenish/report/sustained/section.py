"""The section on fleets, spares and repair."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from replenish.report.drawing import Key
from replenish.report.figure import Figure
from replenish.report.sections import Part, Section
from replenish.report.sustained import pictures, tables, words
from replenish.report.sustained.facts import Sustained, find_sustained
from replenish.report.tables import Cell, Table
from replenish.scenario.model import Scenario

HEADING = "Fleets, spares and repair"

LEAD = (
    "A system is down while a part of it is missing and no spare is at hand. Each number is a mean over the long run:"
    " by formulas, and simulated event by event on the same model."
)


def sustain_section(studies: Mapping[str, pl.DataFrame], scenario: Scenario) -> Section | None:
    """Return what spares and repair do for the fleets; None where the run carries no such study."""
    study = find_sustained(studies, scenario)
    return None if study is None else to_section(study)


def to_section(study: Sustained, *, has_headline: bool = True) -> Section:
    """Return the section of a study of spares; the headline may stand above it."""
    told = [Cell(text, "bad") for text in study.warnings]
    first = [words.headline(study) + "."] if has_headline else []
    told += [Cell(text) for text in (*first, *words.sentences(study))]
    return Section("sustain", HEADING, LEAD, list(_parts(study)), told)


def _parts(study: Sustained) -> Iterator[Part]:
    """Yield the parts that have something to show."""
    yield from _part("What money buys", pictures.CURVE_KEYS, pictures.curve(study), tables.purchases(study))
    yield from _part("Systems in service", pictures.FLEET_KEYS, pictures.fleets(study), tables.fleets(study))
    yield from _part("Why systems are down", pictures.CAUSE_KEYS, pictures.causes(study), tables.causes(study))
    yield from _part("In a surge", (), pictures.surge(study))
    yield from _part("Repair", (), [], tables.servers(study))
    yield from _part("Spares by part and site", (), [], tables.spares(study), tables.approximations(study))
    yield from _part("Formulas beside simulation", (), [], tables.checks(study), tables.about(study))


def _part(heading: str, keys: Sequence[Key], figures: Sequence[Figure], *found: Table | None) -> Iterator[Part]:
    shown = [table for table in found if table]
    if figures or shown:
        yield Part("", keys if figures else (), figures, shown, heading)
