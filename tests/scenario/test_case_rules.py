"""Cases: what each kind of change does, which mistakes are found, and that the order of rows does not matter."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from replenish.errors import ScenarioError, UsageError
from replenish.scenario import Scenario, apply_case, case_names, check, load, write
from replenish.scenario.changes import is_matched
from replenish.scenario.examples import examples, read_scenario
from replenish.scenario.model import Case, Evidence
from tests.scenario.small import day, sound


def change(table_name: str, row_key: str = "", column: str = "", kind: str = "set", value: str = "") -> Case:
    return Case.model_validate(
        {"case": "what_if", "table_name": table_name, "row_key": row_key, "column": column, "change": kind,
         "value": value}
    )  # fmt: skip


def with_case(*rows: Case) -> Scenario:
    return sound().model_copy(update={"cases": rows})


def changed(*rows: Case) -> Scenario:
    return apply_case(with_case(*rows), "what_if")


def row(scenario: Scenario, table: str, key: str) -> Any:
    return next(row for row in scenario.rows(table) if row.key_value() == key)


class Mistake(NamedTuple):
    """A row of a case, the rule that it breaks, the column, and words of the message or the remedy."""

    rule: str
    column: str
    words: str
    case: Case


CASES = (
    Mistake("case-unknown-table", "table_name", "did you mean `stocks`", change("stock", column="on_hand", value="1")),
    Mistake("case-bad-change", "table_name", "cannot change", change("evidence", column="low", value="1")),
    Mistake("case-unknown-column", "column", "did you mean `on_hand`", change("stocks", column="onhand", value="1")),
    Mistake("case-unknown-column", "column", "time.end", change("scenario.toml", "", "time.ende", "add", "5")),
    Mistake("case-unknown-row", "row_key", "donor/shell", change("stocks", "doner/shell", "on_hand", value="1")),
    Mistake("case-unknown-row", "row_key", "no row", change("stocks", "us_*", "on_hand", value="1")),
    Mistake("case-bad-change", "change", "holds a name", change("lines", "plant", "owner", "multiply", "2")),
    Mistake("case-bad-change", "change", "holds a day", change("orders", "first", "due", "multiply", "2")),
    Mistake("case-bad-change", "column", "whole row", change("lines", "plant", "max_rate", "remove_row")),
    Mistake("case-bad-change", "value", "no value", change("lines", "plant", "", "remove_row", "1")),
    Mistake("case-bad-change", "row_key", "has no row", change("scenario.toml", "x", "money.price_year", value="2024")),
    Mistake("case-bad-value", "value", "not a number", change("stocks", "donor/shell", "on_hand", value="many")),
    Mistake("case-bad-value", "value", "`x` is not a number", change("stocks", "", "on_hand", "multiply", "x")),
    Mistake("case-bad-value", "value", "number of days", change("orders", "first", "due", "add", "1.5")),
    Mistake("case-bad-value", "value", "-16000", change("stocks", "donor/shell", "floor", "multiply", "-8")),
    Mistake("case-bad-value", "value", "is empty", change("lines", "plant", "max_rate")),
    Mistake("case-bad-value", "value", "lacks unit", change("items", "", "", "add_row", "name=barrel")),
    Mistake("case-bad-value", "value", "column=value", change("items", "", "", "add_row", "barrel")),
    Mistake("case-bad-value", "row_key", "`barrel`",
            change("items", "tube", "", "add_row", "name=barrel; unit=barrel; unit_cost=1")),
    Mistake("case-bad-value", "value", "has a row", change("holders", "", "", "add_row", "name=donor")),
    Mistake("case-unknown-column", "value", "no column", change("holders", "", "", "add_row", "nam=donor")),
    Mistake("case-without-effect", "value", "already", change("stocks", "donor/shell", "on_hand", value="9000")),
    Mistake("case-unsound", "value", "above-max", change("lines", "plant", "min_sustaining_rate", value="1100")),
)  # fmt: skip


@pytest.mark.parametrize("mistake", CASES, ids=lambda mistake: f"{mistake.rule} {mistake.words}")
def test_a_mistake_is_found_once_and_says_where_and_what_to_do(mistake: Mistake) -> None:
    found = check(with_case(mistake.case))
    assert [(problem.file, problem.row, problem.column) for problem in found] == [("cases", 1, mistake.column)]
    assert mistake.words in f"{found[0].message} {found[0].remedy}"
    assert found[0].rule == mistake.rule
    assert found[0].remedy


TWICE = (change("stocks", "donor/*", "on_hand", value="1"), change("stocks", "donor/shell", "on_hand", value="2"))


def test_a_cell_changed_twice_is_found_with_the_other_row() -> None:
    found = check(with_case(*TWICE))
    assert [(problem.rule, problem.row, problem.message) for problem in found] == [
        ("case-changes-twice", 2, "changes what row 1 changes")
    ]


def test_a_case_that_breaks_a_rule_names_the_row_that_does_it() -> None:
    rows = (
        change("stocks", "front/shell", "on_hand", value="1"),
        change("lines", "plant", "normal_rate", value="1500"),
    )
    with pytest.raises(ScenarioError) as refused:
        changed(*rows)
    problem = next(problem for problem in refused.value.problems if problem.severity == "error")
    assert (problem.rule, problem.file, problem.row) == ("case-unsound", "cases", 2)
    assert "normal-rate-outside" in problem.message


def test_mistakes_in_files_come_with_file_and_line(tmp_path: Path) -> None:
    write(sound(), tmp_path / "study")
    table = "case,table_name,row_key,column,change,value\nw,stocks,donor/shell,on_hand,set,many\nw,stok,,a,set,1\n"
    (tmp_path / "study" / "tables" / "cases.csv").write_text(table)
    found = [(problem.file, problem.row, problem.column, problem.rule) for problem in check(tmp_path / "study")]
    assert found == [
        ("tables/cases.csv", 2, "value", "case-bad-value"),
        ("tables/cases.csv", 3, "table_name", "case-unknown-table"),
    ]


def test_cases_are_written_and_read_back(tmp_path: Path) -> None:
    scenario = with_case(change("stocks", "donor/shell", "on_hand", "multiply", "0.5"))
    write(scenario, tmp_path / "study")
    assert load(tmp_path / "study") == scenario


def test_numbers_are_set_multiplied_and_added_to() -> None:
    found = changed(
        change("stocks", "donor/shell", "on_hand", value="8500"),
        change("lines", "plant", "max_rate", "multiply", "1.5"),
        change("routes", "", "lead_time_days", "add", "10"),
    )
    assert row(found, "stocks", "donor/shell").on_hand == 8500
    assert row(found, "lines", "plant").max_rate == 1500
    assert row(found, "routes", "donor/front").lead_time_days == 30


def test_add_stops_at_the_least_that_the_column_allows() -> None:
    assert (
        row(changed(change("routes", "", "lead_time_days", "add", "-91")), "routes", "donor/front").lead_time_days == 0
    )


def test_an_empty_cell_has_nothing_to_multiply() -> None:
    found = changed(change("stocks", "", "storage_limit", "multiply", "2"))
    assert [stock.storage_limit for stock in found.stocks] == [100_000, None, None]


def test_days_are_added_to_dates() -> None:
    assert row(changed(change("orders", "first", "due", "add", "-30")), "orders", "first").due == dt.date(2022, 8, 31)


def test_set_to_nothing_is_the_default() -> None:
    assert row(changed(change("stocks", "donor/shell", "floor")), "stocks", "donor/shell").floor == 0


def test_rows_are_added_and_removed() -> None:
    found = changed(
        change("lots", "", "", "remove_row"),
        change("stocks", "front/fuze", "", "add_row", "holder=front; item=fuze; on_hand=7"),
    )
    assert found.lots == ()
    assert row(found, "stocks", "front/fuze").on_hand == 7


def test_a_case_can_add_a_bundle() -> None:
    found = changed(change("bundles", "", "", "add_row", "item=shell; bundled_item=fuze; quantity=0.001"))
    assert found.bundles[0].quantity == 0.001


def test_a_setting_is_changed() -> None:
    found = changed(change("scenario.toml", "", "time.end", "set", "2024-11-30"))
    assert found.settings.time.end == day("2024-11-30")
    assert found.settings.title == "Small (what_if)"


def test_evidence_of_a_changed_cell_says_assumed_and_that_of_a_removed_row_is_gone() -> None:
    told = {
        (e.table_name, e.row_key, e.column): e for e in changed(change("stocks", "", "on_hand", "add", "5")).evidence
    }
    assert told["stocks", "donor/shell", "on_hand"] == Evidence(
        table_name="stocks", row_key="donor/shell", column="on_hand", basis="assumed", note="case what_if"
    )
    assert len(told) == 3


def test_evidence_follows_a_row_whose_key_changes() -> None:
    scenario = read_scenario("artillery").model_copy(
        update={"cases": (change("requirements", "united_states/round_155/2023-06-01//", "start", "add", "30"),)}
    )
    key = "united_states/round_155/2023-07-01//"
    found = apply_case(scenario, "what_if")
    assert {e.column for e in found.evidence if e.row_key == key} >= {"start", "days_of_supply"}
    assert not [problem for problem in check(found) if problem.severity == "error"]


def test_the_order_of_rows_of_a_case_does_not_matter() -> None:
    rows = (
        change("stocks", "donor/shell", "on_hand", "multiply", "0.9"),
        change("lines", "plant", "max_rate", "add", "100"),
        change("lots", "", "", "remove_row"),
    )
    assert changed(*rows).model_dump(exclude={"evidence"}) == changed(*reversed(rows)).model_dump(exclude={"evidence"})


def test_an_unknown_case_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(UsageError, match="did you mean `what_if`"):
        apply_case(with_case(change("stocks", "", "on_hand", "add", "1")), "whatif")


@pytest.mark.parametrize(
    ("pattern", "key", "expected"),
    [
        ("a/*", "a/b/c", True), ("*/b", "a/b", True), ("a*", "ab/c", False), ("us_*_20k", "us_body_20k", True),
        ("a.b", "axb", False), ("*", "a/b", False), ("*/*", "a/b/c", True),
    ],
)  # fmt: skip
def test_patterns_match_part_by_part(pattern: str, key: str, expected: bool) -> None:
    assert is_matched(pattern, key) is expected


@pytest.mark.parametrize(
    ("example", "name"), [(name, case) for name in examples() for case in case_names(read_scenario(name))]
)
def test_the_cases_of_the_examples_are_sound_without_warnings(example: str, name: str) -> None:
    scenario = apply_case(read_scenario(example), name)
    assert scenario.cases == ()
    assert check(scenario) == []
