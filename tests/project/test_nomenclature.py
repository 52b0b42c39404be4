"""One word, one meaning: `docs/nomenclature.md` defines every public word of the data, once and with its unit."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest
from pydantic import BaseModel

from replenish.api import simulate
from replenish.errors import Problem
from replenish.ledger.ask.knowing import AsOf
from replenish.ledger.importing.rows import COLUMNS
from replenish.ledger.kinds import KINDS
from replenish.ledger.tables import metadata
from replenish.measures import DATE_MEASURES, LABELS, MEASURES
from replenish.result import QUANTILES as LEVELS
from replenish.result import Provenance, Result, quantile_column
from replenish.scenario.describe import unit_of
from replenish.scenario.model import TABLES, Settings

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "nomenclature.md").read_text(encoding="utf-8")
ROWS = [[cell.strip() for cell in line.split("|")[1:-1]] for line in PAGE.splitlines() if line.startswith("| `")]
SOURCES = {*re.findall(r"^(\S+)\n: ", PAGE, flags=re.MULTILINE), "own"}
TERMS = Counter(term for row in ROWS for term in re.findall(r"`([^`]+)`", row[0]))
UNITS = {row[0].strip("`"): row[2].split(", ") for row in ROWS}
QUANTILES = {quantile_column(level) for level in LEVELS}  # one line of the page stands for all

WORDS = (
    "scenario", "case", "path", "period", "review_interval", "stage", "node", "requirement", "floor", "demand",
    "issues", "unmet", "backorders", "lost", "on_hand", "on_order", "in_transit", "inventory_position",
    "days_of_supply", "fill_rate", "bottleneck", "decision_delay_days", "absorption_delay_days", "pledge", "order",
    "delivery", "count", "holder", "line", "route", "donor", "recipient", "lru", "sru", "repair_turnaround_time",
    "pipeline", "expected_backorders", "availability",
)  # fmt: skip
"""Words of the field that must be defined whether or not a column bears them."""


def _settings(section: type[BaseModel]) -> Iterator[str]:
    for name, field in section.model_fields.items():
        yield name
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _settings(field.annotation)


def _public_words() -> set[str]:
    columns = {name for row_class in TABLES.values() for name in row_class.model_fields}
    results = {field.name for kind in (Result, Provenance) for field in fields(kind)}
    recorded = {column.name for table in metadata.tables.values() for column in table.columns}
    return {
        *recorded,
        *COLUMNS,
        *(field.name for field in fields(AsOf)),
        *metadata.tables,
        *KINDS,
        *columns,
        *_settings(Settings),
        *MEASURES,
        *DATE_MEASURES,
        *LABELS,
        *results,
        *Problem._fields,
        *WORDS,
    }


def test_every_public_word_is_defined() -> None:
    assert sorted(_public_words() - set(TERMS)) == []


def test_every_column_and_headline_of_a_result_is_defined(tmp_path: Path) -> None:
    result = simulate("blank", paths=1, out=tmp_path / "run")
    columns = {name for table in (result.series, result.dates, result.summary) for name in table.columns}
    headlines = set(result.summary["measure"])
    assert sorted((columns | headlines) - set(TERMS) - QUANTILES) == []


def test_no_word_is_defined_twice() -> None:
    assert [term for term, times in TERMS.items() if times > 1] == []


def test_every_definition_is_complete_and_names_its_source() -> None:
    incomplete = [row[0] for row in ROWS if len(row) != 5 or not row[3] or row[4] not in SOURCES]
    assert incomplete == []


@pytest.mark.parametrize("table", TABLES)
def test_units_of_columns_are_those_of_the_page(table: str) -> None:
    declared = {name: unit_of(field) for name, field in TABLES[table].model_fields.items()}
    wrong = {name: unit for name, unit in declared.items() if unit and unit not in UNITS[name]}
    assert wrong == {}


def test_units_of_measures_are_those_of_the_page() -> None:
    assert {name: m.unit for name, m in MEASURES.items() if m.unit not in UNITS[name]} == {}
