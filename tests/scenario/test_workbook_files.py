"""Files and sheets of workbooks: what cannot be read is named, and nothing in a file can take the machine down."""

from __future__ import annotations

import re
import struct
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from replenish.errors import Problem, ScenarioError
from replenish.scenario import check, load
from replenish.scenario.workbook import archive, scan
from replenish.scenario.workbook.annotate import write_annotated
from replenish.scenario.workbook.write import write_workbook
from tests.scenario.books import Sheets, edit, make, sheets_of, values
from tests.scenario.small import sound

BOOK_RULES = {"not-a-workbook", "formula-without-value", "repeated-setting"}


def _places(found: list[Problem]) -> list[tuple[str, str, str]]:
    return [(problem.rule, problem.file, problem.cell) for problem in found]


def _spoilt(path: Path, spoil: Callable[[Sheets], Any]) -> list[tuple[str, str, str]]:
    sheets = sheets_of(sound())
    spoil(sheets)
    return _places(check(make(path / "study.xlsx", sheets)))


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return write_workbook(sound(), tmp_path / "study.xlsx")


def _rename(old: str, new: str) -> Callable[[Sheets], Any]:
    return lambda sheets: sheets.update({new: sheets.pop(old)})


def _set(sheet: str, row: int, column: int, value: Any) -> Callable[[Sheets], Any]:
    def spoil(sheets: Sheets) -> None:
        sheets[sheet][row][column] = value

    return spoil


def _insert_setting(key: str, value: str) -> Callable[[Sheets], Any]:
    return lambda sheets: sheets["settings"].insert(3, [key, value])


class Case(NamedTuple):
    """A way to spoil a workbook, with its only finding."""

    rule: str
    sheet: str
    cell: str
    spoil: Callable[[Sheets], Any]


CASES = (
    Case("unknown-table", "stock", "", _rename("stocks", "stock")),
    Case("unknown-table", "Stocks", "", _rename("stocks", "Stocks")),
    Case("unknown-table", "Sheet1", "", lambda sheets: sheets.update({"Sheet1": []})),
    Case("unknown-table", "setings", "", _rename("settings", "setings")),
    Case("missing-settings", "settings", "", lambda sheets: sheets.pop("settings")),
    Case("missing-header", "settings", "", _set("settings", 0, 1, "values")),
    Case("missing-header", "stocks", "", lambda sheets: sheets["stocks"].insert(0, ["Our stocks"])),
    Case("unknown-column", "stocks", "stocks!C1", _set("stocks", 0, 2, "on_hnd [unit]")),
    Case("unknown-column", "lots", "lots!H1", lambda sheets: sheets["lots"][1].extend(["", "see mail"])),
    Case("duplicate-column", "stocks", "stocks!D1", _set("stocks", 0, 4, "floor")),
    Case("missing-column", "lines", "", lambda sheets: [row.pop(2) for row in sheets["lines"]]),
    Case("repeated-setting", "settings", "settings!B4", _insert_setting("title", "Twice")),
    Case("unknown-key", "settings", "settings!A4", _insert_setting("title.long", "x")),
    Case("unknown-key", "settings", "settings!A4", _insert_setting("time", "x")),
    Case("unknown-key", "settings", "settings!A5", _set("settings", 4, 0, "time.strat")),
    Case("spreadsheet-date", "settings", "settings!B5", _set("settings", 4, 1, 44621)),
)  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule} {case.sheet}{case.cell}")
def test_a_spoilt_workbook_has_one_finding_in_its_place(case: Case, tmp_path: Path) -> None:
    assert _spoilt(tmp_path, case.spoil) == [(case.rule, case.sheet, case.cell)]


def test_an_unknown_sheet_is_told_the_nearest_name_and_how_to_keep_it(tmp_path: Path) -> None:
    sheets = sheets_of(sound())
    _rename("stocks", "Stock")(sheets)
    remedy = check(make(tmp_path / "study.xlsx", sheets))[0].remedy
    assert remedy == "did you mean `stocks`?; a sheet of your own is named `notes` or starts with _ or #"


def test_errors_of_a_spreadsheet_are_found_in_cells_of_every_kind(book: Path) -> None:
    """A reader of values alone would take them for empty cells, which stand for defaults."""
    for sheet, cell in (("stocks", "C2"), ("holders", "A4"), ("sources", "B2"), ("settings", "B2")):
        part = _part(book, sheet)
        edit(book, part, _replaced(cell, '<c r="{}" t="e"><v>#REF!</v></c>'))
    found = [problem for problem in check(book) if problem.rule == "spreadsheet-error"]
    assert [(one.cell, one.value) for one in found] == [
        ("holders!A4", "#REF!"), ("settings!B2", "#REF!"), ("sources!B2", "#REF!"), ("stocks!C2", "#REF!"),
    ]  # fmt: skip


FORMULAS = (
    '<c r="C2"><f>B2*12</f></c>',
    '<c r="C2" s="1"><f>B2*12</f><v></v></c>',
    '<c r="C2"><f>B2*12</f><v/></c>',
)


@pytest.mark.parametrize("cell", FORMULAS)
def test_a_formula_whose_result_was_never_saved_is_not_read_as_an_empty_cell(cell: str, book: Path) -> None:
    edit(book, _part(book, "stocks"), _replaced("C2", cell))
    found = check(book)
    assert _places(found) == [("formula-without-value", "stocks", "stocks!C2")]
    assert found[0].value == "=B2*12"


def test_a_formula_with_empty_text_as_its_result_is_an_empty_cell(book: Path) -> None:
    edit(book, _part(book, "holders"), _replaced("B2", '<c r="B2" t="str"><f>""</f><v></v></c>'))
    assert check(book) == []


def _part(book: Path, sheet: str) -> str:
    with zipfile.ZipFile(book) as file:
        text = file.read("xl/workbook.xml").decode()
    names = [part.split('"')[1] for part in text.split("<sheet ")[1:]]
    return f"xl/worksheets/sheet{names.index(sheet) + 1}.xml"


def _replaced(cell: str, new: str) -> Callable[[str], str]:
    """Return a change of a sheet's text that puts one cell in place of another, or of none in its row."""
    number = cell.lstrip("ABCDEFGH")
    old = re.compile(rf'<c r="{cell}"[^>]*?(?:/>|>.*?</c>)')
    after = re.compile(rf'(<row r="{number}"[^>]*>(?:<c r="[A-{chr(max(65, ord(cell[0]) - 1))}]{number}".*?</c>)*)')

    def change(text: str) -> str:
        made = new.format(cell)
        return old.sub(made, text, count=1) if old.search(text) else after.sub(rf"\1{made}", text, count=1)

    return change


OTHER_FILES = {
    "broken.xlsx": b"PK\x03\x04 and no more",
    "text.xlsx": b"holder,item\n",
    "empty.xlsx": b"",
    "locked.xlsx": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
    "old.xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
    "study.ods": b"PK\x03\x04",
    "study.xlsb": b"PK\x03\x04",
}


@pytest.mark.parametrize("name", OTHER_FILES)
def test_a_file_of_another_kind_is_named_with_what_to_do(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(OTHER_FILES[name])
    found = check(tmp_path / name)
    assert _places(found) == [("not-a-workbook", name, "")]
    assert "save it as .xlsx" in found[0].remedy
    with pytest.raises(ScenarioError, match=name):
        load(tmp_path / name)


@pytest.mark.parametrize("length", [200, 1000, 5000, 20_000, -30, -2000])
def test_a_workbook_that_was_cut_off_is_broken(length: int, book: Path) -> None:
    book.write_bytes(book.read_bytes()[:length])
    assert _places(check(book)) == [("not-a-workbook", "study.xlsx", "")]


def test_bytes_changed_anywhere_give_findings_and_never_a_crash(book: Path) -> None:
    data = book.read_bytes()
    for place in range(0, len(data), len(data) // 60):
        book.write_bytes(data[:place] + bytes([data[place] ^ 0x55]) + data[place + 1 :])
        assert all(isinstance(problem, Problem) for problem in check(book))


def test_a_workbook_without_its_parts_is_broken(book: Path) -> None:
    for part in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/worksheets/sheet4.xml"):
        with zipfile.ZipFile(book) as old:
            parts = {name: old.read(name) for name in old.namelist() if name != part}
        other = book.with_name("other.xlsx")
        with zipfile.ZipFile(other, "w") as new:
            for name, data in parts.items():
                new.writestr(name, data)
        assert _places(check(other)) == [("not-a-workbook", "other.xlsx", "")]


def test_a_document_type_is_refused_as_it_could_grow_without_end(book: Path) -> None:
    edit(
        book, "xl/workbook.xml", lambda text: text.replace("<workbook ", '<!DOCTYPE a [<!ENTITY b "c">]><workbook ', 1)
    )
    assert _places(check(book)) == [("not-a-workbook", "study.xlsx", "")]


def test_a_file_above_the_limit_is_not_opened(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MOST_BYTES", 5000)
    assert _places(check(book)) == [("file-too-large", "study.xlsx", "")]


def test_a_file_that_unpacks_to_too_much_is_not_unpacked(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MOST_UNPACKED", 9_000_000)
    with zipfile.ZipFile(book, "a", zipfile.ZIP_DEFLATED) as file:
        file.writestr("xl/media/picture.bin", b"\0" * 10_000_000)
    assert book.stat().st_size < 200_000
    found = check(book)
    assert _places(found) == [("file-too-large", "study.xlsx", "")]
    assert "may unpack to 9,000,000" in found[0].message


def test_a_directory_that_lies_about_sizes_is_found_out(book: Path) -> None:
    data = bytearray(book.read_bytes())
    entry = data.index(b"PK\x01\x02")
    struct.pack_into("<I", data, entry + 24, 10)
    book.write_bytes(bytes(data))
    assert _places(check(book)) == [("not-a-workbook", "study.xlsx", "")]


def _with_cell(book: Path, cell: str) -> Path:
    """Put one text into a cell below all others."""
    number = "".join(filter(str.isdigit, cell))
    row = f'<row r="{number}"><c r="{cell}" t="inlineStr"><is><t>x</t></is></c></row></sheetData>'
    return edit(book, _part(book, "stocks"), lambda text: text.replace("</sheetData>", row))


@pytest.mark.parametrize("cell", ["XFD200", "SZZ900000", "Z1048576"])
def test_one_cell_in_a_far_corner_cannot_fill_the_memory(cell: str, book: Path) -> None:
    assert _places(check(_with_cell(book, cell))) == [("file-too-large", "stocks", "")]


def test_a_cell_far_below_is_found_in_its_place(book: Path) -> None:
    assert {problem.cell for problem in check(_with_cell(book, "A9000"))} == {"stocks!A9000", "stocks!B9000"}


def test_cells_without_an_address_are_counted_from_the_one_before() -> None:
    cells = b"<c><v>1</v></c>" * 700
    sheet = scan.scan(b"<sheetData><row>" + cells + b'</row><row r="9"><c r="B9"/><c><v>1</v></c></row></sheetData>')
    assert (sheet.rows, sheet.columns) == (9, 700)
    assert "700 columns" in sheet.problem()


def test_formats_without_a_value_do_not_count() -> None:
    sheet = scan.scan(b'<sheetData><row r="1"><c r="A1"><v>1</v></c><c r="XFD1" s="3"/></row></sheetData>')
    assert (sheet.rows, sheet.columns) == (1, 1)


def test_one_long_text_in_many_cells_cannot_fill_the_memory(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan, "MOST_TEXT", 500_000)
    edit(book, "xl/sharedStrings.xml", lambda text: text.replace("<t>donor<", f"<t>{'x' * 200_000}<", 1))
    found = [problem.file for problem in check(book) if problem.rule == "file-too-large"]
    assert found == ["budgets"]  # three cells; other sheets have it twice


def test_macros_are_neither_run_nor_in_the_way(book: Path) -> None:
    other = book.with_suffix(".xlsm")
    book.rename(other)
    with zipfile.ZipFile(other, "a") as file:
        file.writestr("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0" * 100)
    assert load(other) == sound()


ODD_NAMES = ["Findings", "findings", "a" * 31, "A" * 31, "'quoted'"]


def test_a_copy_is_made_whatever_the_sheets_of_a_file_are_called(book: Path) -> None:
    def rename(text: str) -> str:
        for old, new in zip(("lots", "bundles", "prices", "cases", "budgets"), ODD_NAMES, strict=True):
            text = text.replace(f'name="{old}"', f'name="{new}"')
        return text.replace('name="influences"', 'name="a/b:[c]"')

    edit(book, "xl/workbook.xml", rename)
    found = check(book)
    copy = values(write_annotated(book, found, book.with_name("copy.xlsx")))
    assert {"findings", "a" * 31, "A" * 25 + "~2", "quoted", "a_b__c_", "stocks"} <= set(copy)


HOSTILE = (
    b"<c " * 200_000, b'<c "' * 200_000, b"<c r='" * 200_000, b'<c t="e"><f>' * 100_000, b'<c t="e">' * 200_000,
    b"<c><f " * 100_000, b"<" * 1_000_000, b'<row r="1">' * 100_000, b"<c><v>" * 200_000, b"/" * 1_000_000,
)  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:12].decode())
def test_no_text_makes_the_look_into_a_sheet_slow(text: bytes) -> None:
    started = time.process_time()
    scan.scan(text)
    scan.text_lengths(text.replace(b"<c", b"<si"))
    assert time.process_time() - started < 10  # a second on a busy machine; quadratic work would take hours
