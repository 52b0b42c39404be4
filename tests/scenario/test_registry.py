"""Every rule is documented, and some test finds it."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from replenish.scenario import RULES, RuleDoc
from replenish.scenario.rules import POLICY_PARAMETERS, ROLE_PLACES, reference_page
from replenish.scenario.rules.policy_table import PARAMETER_COLUMNS, PLACE_COLUMNS
from replenish.scenario.rules.registry import declare
from tests.scenario import (
    test_case_rules,
    test_cells,
    test_files,
    test_ledger_cells,
    test_rules,
    test_settings,
    test_sustainment_rules,
    test_workbook_files,
    test_worth_rules,
)

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "reference" / "rules.md"


def _tested() -> set[str]:
    with (Path(__file__).parent / "mistakes_expected.csv").open(encoding="utf-8", newline="") as file:
        planted = {row["rule"] for row in csv.DictReader(file)}
    pages = (test_rules, test_files, test_case_rules, test_worth_rules, test_sustainment_rules)
    listed = {case.rule for page in pages for case in page.CASES}
    keys = {rule for _, _, rule, _, _ in test_settings.MISTAKES}
    twice = {"case-changes-twice"}  # takes two rows, in tests/scenario/test_case_rules.py
    return (
        test_workbook_files.BOOK_RULES
        | twice
        | planted
        | listed
        | keys
        | test_files.ALSO_HERE
        | test_cells.CELL_RULES
        | test_ledger_cells.LEDGER_RULES
    )


def test_every_rule_is_found_by_some_test_and_no_test_names_another() -> None:
    assert _tested() == set(RULES)


def test_the_reference_page_is_that_of_the_code() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference_page(), "write reference_page() to docs/reference/rules.md"


@pytest.mark.parametrize("doc", RULES.values(), ids=RULES)
def test_a_rule_says_what_it_means_with_an_example_and_a_remedy(doc: RuleDoc) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", doc.id)
    assert doc.meaning.endswith(".")
    assert doc.example.endswith(".")
    assert doc.remedy
    assert not doc.remedy.endswith(".")


def test_an_id_is_declared_once() -> None:
    with pytest.raises(ValueError, match="declared twice"):
        declare("duplicate-key", meaning="", example="", remedy="")


def test_policy_rules_take_columns_that_exist() -> None:
    for parameters in POLICY_PARAMETERS.values():
        assert {*parameters.required, *parameters.optional} <= set(PARAMETER_COLUMNS)
    for places in ROLE_PLACES.values():
        assert {*places.required, *places.optional} <= set(PLACE_COLUMNS)
