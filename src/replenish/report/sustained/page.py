"""A study of spares as one HTML file."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

import polars as pl

from replenish.errors import UsageError
from replenish.report.rendering import render
from replenish.report.sustained import words
from replenish.report.sustained.facts import find_sustained
from replenish.report.sustained.section import to_section
from replenish.scenario.model import Scenario


def write_sustain_report(tables: Mapping[str, pl.DataFrame], scenario: Scenario, path: Path) -> Path:
    """Write the page of a study of spares to `path` and return it; the file opens anywhere, without a network."""
    path.write_text(to_sustain_html(tables, scenario), encoding="utf-8")
    return path


def to_sustain_html(tables: Mapping[str, pl.DataFrame], scenario: Scenario) -> str:
    """Return the page of a study of spares.

    Raises:
        UsageError: the tables hold no such study.
    """
    study = find_sustained(tables, scenario)
    if study is None:
        raise UsageError("there is no study of spares in these tables")
    return render(
        "sustain.html.j2", title=f"Spares: {scenario.settings.title}", settings=scenario.settings,
        headline=words.headline(study), section=to_section(study, has_headline=False), version=version("replenish"),
        origin="a scenario and a seed",
    )  # fmt: skip
