"""What the tables of a study of spares say, and how its things are named."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from replenish.report.numbers import DASH, NBSP, significant
from replenish.result import SustainTables
from replenish.scenario.model import Scenario


@dataclass(frozen=True)
class Sustained(SustainTables):
    """A study of spares, and the scenario it belongs to."""

    scenario: Scenario

    @cached_property
    def _titles(self) -> dict[tuple[str, str], str]:
        rows = self.scenario
        named = [("site", row.name, row.title) for row in rows.sites]
        named += [("fleet", row.name, row.title) for row in rows.fleets]
        named += [("part", row.name, row.title) for row in rows.parts]
        named += [("servers", row.name, row.title) for row in rows.servers]
        return {(kind, name): title for kind, name, title in named if title}

    def title(self, kind: str, name: str) -> str:
        """Return the name of a site, fleet, part or group of servers for people."""
        return self._titles.get((kind, name), name.replace("_", " "))

    @property
    def currency(self) -> str:
        """Return the currency of all costs."""
        return self.scenario.settings.money.currency

    @property
    def has_choice(self) -> bool:
        """Return whether an optimum was sought."""
        return self.number("cost_chosen") is not None

    @property
    def side(self) -> str:
        """Return the column of what was chosen, or of what there is now where nothing was."""
        return "chosen" if self.has_choice else "now"

    @property
    def warnings(self) -> list[str]:
        """Return what must be known before anybody acts on it."""
        return [text for text in self.about.get("warning", []) if text]

    @property
    def approximations(self) -> list[str]:
        """Return parts whose law is an approximation, and why, a line for each reason."""
        return [text for text in self.about.get("approximation", []) if text]


def find_sustained(studies: Mapping[str, pl.DataFrame], scenario: Scenario) -> Sustained | None:
    """Return the study of spares that a run carries; None where it has none."""
    found = Sustained(studies, scenario)
    return found if found.about else None


def availability(share: float | None) -> str:
    r"""Return the availability of a fleet; near one, with as many digits as tell it from one.

    >>> availability(0.8437), availability(0.99947), availability(1.0)
    ('84.4\xa0%', '99.947\xa0%', '100\xa0%')
    """
    if share is None or math.isnan(share):
        return DASH
    down = 100 * (1.0 - share)
    if down <= 0:
        return f"100{NBSP}%"
    shown = significant(down, 2) if down < 1 else round(down, 1)
    return f"{100 - shown:.{_digits(shown)}f}{NBSP}%"


def _digits(shown: float) -> int:
    """Return the decimals of a number that is written with as few as it has."""
    return len(f"{shown:.6f}".rstrip("0").partition(".")[2])
