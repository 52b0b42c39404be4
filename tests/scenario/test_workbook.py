"""A scenario written as a workbook and read again is the same, to 15 digits; the workbook guides who fills it."""

from __future__ import annotations

import datetime as dt
import math
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from pydantic import BaseModel

from replenish.errors import UsageError
from replenish.scenario import Scenario, check, input_hash, load
from replenish.scenario.examples import copy_example, examples, read_scenario
from replenish.scenario.io import write
from replenish.scenario.model import TABLES, Holder, Item, Stock
from replenish.scenario.workbook.layout import heads
from replenish.scenario.workbook.read import read_workbook
from replenish.scenario.workbook.write import write_template, write_workbook
from tests.scenario.books import Formula, make, part_of, sheets_of, values
from tests.scenario.small import added, sound
from tests.scenario.test_round_trip import scenarios


def _again(scenario: Scenario) -> Scenario:
    """Write a scenario and read it without judging it."""
    with tempfile.TemporaryDirectory() as folder:
        draft = read_workbook(write_workbook(scenario, Path(folder) / "study.xlsx"))
    assert draft.problems == []
    assert draft.settings is not None
    tables = {name: tuple(entry.row for entry in table.entries) for name, table in draft.tables.items()}
    return Scenario(settings=draft.settings).model_copy(update=tables)


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, BaseModel):
        return type(one) is type(other) and all(
            _equal(getattr(one, name), getattr(other, name)) for name in type(one).model_fields
        )
    if isinstance(one, float):
        return isinstance(other, float) and math.isclose(one, other, rel_tol=5e-16 * 10, abs_tol=0)
    return type(one) is type(other) and one == other


@settings(max_examples=25)
@given(scenarios())
def test_what_is_written_is_read_back_to_15_digits_and_empty_cells_stay_unset(scenario: Scenario) -> None:
    text = str(scenario.model_dump())
    assume("\\ufffe" not in text and "\\uffff" not in text)  # no characters: refused, as the test below says
    again = _again(scenario)
    told = scenario.settings  # a cell of blanks is an empty one
    notes, description = tuple(note for note in told.notes if note.strip()), told.description
    update = {"notes": notes, "description": description if description.strip() else ""}
    assert _equal(again.settings, told.model_copy(update=update))
    for name in TABLES:
        for before, after in zip(scenario.rows(name), again.rows(name), strict=True):
            assert _equal(before, after)
            silent = {column for column in before.model_fields_set if getattr(before, column) in (None, "")}
            assert after.model_fields_set == before.model_fields_set - silent


@pytest.mark.parametrize("example", examples())
def test_an_example_survives_with_the_hash_of_its_input(example: str, tmp_path: Path) -> None:
    scenario = read_scenario(example)
    book = copy_example(example, tmp_path / "study.xlsx")
    assert load(book) == scenario
    assert input_hash(load(book)) == input_hash(scenario)


def test_folder_and_workbook_of_a_study_are_read_equal(tmp_path: Path) -> None:
    write(sound(), tmp_path / "study")
    write_workbook(sound(), tmp_path / "study.xlsx")
    assert check(tmp_path / "study") == check(tmp_path / "study.xlsx") == []
    assert load(tmp_path / "study") == load(tmp_path / "study.xlsx")


def test_what_programs_and_people_write_is_read_as_csv_cells_are(tmp_path: Path) -> None:
    """Results of formulas, numbers and dates as text, other units in the head, blank rows, moved columns."""
    sheets = sheets_of(sound())
    stocks = sheets["stocks"]
    stocks[0][2] = "on_hand [round]"
    stocks[1][2] = Formula("=4500*2", 9000)
    stocks[2][2] = "20000"
    stocks.insert(2, ["", " ", ""])
    for row in sheets["requirements"]:
        row.reverse()
    orders = sheets["orders"]
    due = orders[0].index("due")
    assert orders[1][due] == dt.date(2022, 9, 30)
    orders[1][due] = "2022-09-30"
    assert load(make(tmp_path / "study.xlsx", sheets)) == sound()


def test_flags_are_read_as_a_spreadsheet_and_as_a_text_file_keep_them(tmp_path: Path) -> None:
    sheets = sheets_of(sound())
    place = sheets["expansions"][0].index("divisible")
    for cell in (True, "TRUE", "true"):
        sheets["expansions"][1][place] = cell
        assert load(make(tmp_path / "study.xlsx", sheets)).expansions[0].divisible is True


def test_only_the_settings_need_a_sheet_and_own_sheets_are_left_alone(tmp_path: Path) -> None:
    sheets = {name: rows for name, rows in sheets_of(sound()).items() if len(rows) > 1 and name != "start"}
    sheets |= {"notes": [["mine", "=not read"]], "_scratch": [[1, 2]], "# ideas": [["holder"]], "Remarks": [["x"]]}
    assert load(make(tmp_path / "study.xlsx", sheets)) == sound()


def test_a_number_that_no_spreadsheet_holds_comes_back_all_the_same() -> None:
    odd = [5e-324, 1.7976931348623157e308, 1e307, 0.1, 1 / 3]
    scenario = added(
        sound(), *(Item(name=f"item{place}", unit="piece", weight=value) for place, value in enumerate(odd))
    )
    assert [row.weight for row in _again(scenario).items[-len(odd) :]] == odd


def test_text_that_a_cell_cannot_hold_is_refused_with_its_place_and_leaves_no_file(tmp_path: Path) -> None:
    for title, what in (
        ("x" * 40_000, "a text of 40,000 characters, a cell holds 32,767"),
        ("a\uffff", "no character"),
    ):
        with pytest.raises(UsageError, match=rf"holders, row 5: .*{what}"):
            write_workbook(added(sound(), Holder(name="other", title=title)), tmp_path / "study.xlsx")
        assert list(tmp_path.iterdir()) == []


def test_a_file_is_not_overwritten_and_another_ending_is_refused(tmp_path: Path) -> None:
    (tmp_path / "study.xlsx").write_text("mine")
    with pytest.raises(UsageError, match=r"study\.xlsx exists"):
        write_workbook(sound(), tmp_path / "study.xlsx")
    with pytest.raises(UsageError, match=r"name it study\.xlsx"):
        write_workbook(sound(), tmp_path / "study.xls")
    assert [path.read_text() for path in tmp_path.iterdir()] == ["mine"]


def test_a_template_has_every_sheet_and_head_and_no_row(tmp_path: Path) -> None:
    found = values(write_template(read_scenario("blank"), tmp_path / "template.xlsx"))
    assert list(found) == ["start", "settings", *TABLES, "_lists"]
    for name, row_class in TABLES.items():
        assert found[name] == [heads(row_class)]


@pytest.fixture(scope="module")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_workbook(read_scenario("blank"), tmp_path_factory.mktemp("books") / "blank.xlsx")


def test_names_are_chosen_from_the_sheet_that_defines_them_so_that_new_ones_appear_at_once(blank: Path) -> None:
    stocks = part_of(blank, "stocks")
    assert "<formula1>'holders'!$A$2:$A$1001</formula1>" in stocks
    assert "<formula1>'items'!$A$2:$A$1001</formula1>" in stocks
    assert 'sqref="A2:A1001"' in stocks


def test_choices_and_flags_come_from_the_hidden_sheet_of_lists(blank: Path) -> None:
    lists = values(blank)["_lists"]
    columns = [[cell for cell in column if cell != ""] for column in zip(*lists, strict=True)]
    assert ["day", "week", "month", "year"] in columns
    assert [True, False] in columns
    assert list(TABLES) in columns
    assert part_of(blank, "demand").count("'_lists'!") == 4  # purpose, per, distribution, when_unmet
    # time.period, report.reviewed; method and one more of plan and of sustain
    assert part_of(blank, "settings").count("'_lists'!") == 6
    with zipfile.ZipFile(blank) as archive:
        place = len(TABLES) + 3  # after the agenda, the settings and the tables
        assert f'<sheet name="_lists" sheetId="{place}" state="hidden"' in archive.read("xl/workbook.xml").decode()


def test_heads_carry_unit_and_a_note_with_meaning_default_and_whether_they_must_be_filled(blank: Path) -> None:
    assert values(blank)["stocks"][0][:4] == ["holder", "item", "on_hand [unit]", "floor [unit]"]
    with zipfile.ZipFile(blank) as archive:
        texts = [archive.read(name).decode() for name in archive.namelist() if "comments" in name]
    assert len(texts) == len(TABLES)
    stocks = next(text for text in texts if "stock at the start of the first period" in text)
    for told in ("who holds it", "Required.", "Part of the key.", "name of a holder", "Optional; empty: 0.0."):
        assert told in stocks


def test_heads_stay_in_view_and_dates_are_dates(blank: Path) -> None:
    for name in TABLES:
        assert 'state="frozen"' in part_of(blank, name)
    settings_rows = {row[0]: row[1] for row in values(blank)["settings"][1:]}
    assert settings_rows["time.start"] == dt.date(2026, 1, 1)


def test_the_first_sheet_tells_what_to_do_and_links_to_every_other(blank: Path) -> None:
    rows = values(blank)["start"]
    assert rows[0][0] == "Blank scenario"
    told = " ".join(str(cell) for row in rows for cell in row)
    for words in ("replenish check STUDY.xlsx", "replenish run STUDY.xlsx", "Required", "starts with _ or #"):
        assert words in told
    links = part_of(blank, "start")
    for name in ("settings", *TABLES):
        assert f"location=\"'{name}'!A1\"" in links


def test_every_setting_stands_in_its_sheet_with_unit_and_meaning(blank: Path) -> None:
    rows = values(blank)["settings"]
    assert rows[0] == ["setting", "value", "unit", "meaning"]
    assert {"title", "notes", "time.end", "money.discount_rate", "report.reviewed"} <= {row[0] for row in rows}
    review = next(row for row in rows if row[0] == "time.review_interval")
    assert review[1:3] == [1.0, "period"]
    assert review[3].startswith("decisions are taken every so many periods")


def test_an_empty_stock_takes_the_default(tmp_path: Path) -> None:
    sheets = sheets_of(sound())
    sheets["stocks"][2][2] = None
    assert load(make(tmp_path / "study.xlsx", sheets)).rows("stocks")[1] == Stock(holder="donor", item="fuze")


def test_text_that_may_mean_thousands_is_a_finding_in_numbers_and_stays_text_elsewhere(tmp_path: Path) -> None:
    sheets = sheets_of(sound())
    title = sheets["items"][0].index(next(head for head in sheets["items"][0] if str(head).startswith("title")))
    sheets["items"][1][title] = "9.000"
    fine = make(tmp_path / "fine.xlsx", sheets)
    assert load(fine).items[0].title == "9.000"
    sheets["stocks"][1][2] = "9.000"
    (found,) = check(make(tmp_path / "study.xlsx", sheets))
    assert (found.rule, found.file, found.row, found.cell) == ("thousands-separator", "stocks", 2, "stocks!C2")
    assert found.remedy == "type 9000 or 9 as a number"
