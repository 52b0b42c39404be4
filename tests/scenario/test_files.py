"""Folders, files and headers: what cannot be read is reported with its place, and the rest is read all the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from replenish.errors import Problem, ScenarioError
from replenish.scenario import RULES, check, files, load, table_files
from tests.scenario.small import written

Place = tuple[str, int | None, str | None]


class Case(NamedTuple):
    """A way to spoil a folder, with the place of its only finding."""

    rule: str
    place: Place
    spoil: Callable[[Path], object]


def _swap(name: str, old: str, new: str) -> Callable[[Path], object]:
    def spoil(folder: Path) -> None:
        path = folder / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return spoil


def _overwrite(name: str, text: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_text(text, encoding="utf-8")


def _prefix(name: str, start: bytes) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_bytes(start + (folder / name).read_bytes())


def _move(old: str, new: str) -> Callable[[Path], object]:
    return lambda folder: (folder / old).rename(folder / new)


def _link_out(name: str) -> Callable[[Path], object]:
    def spoil(folder: Path) -> None:
        outside = folder.parent / "outside"
        (folder / name).rename(outside)
        (folder / name).symlink_to(outside)

    return spoil


def _make_folder(folder: Path) -> None:
    (folder / "tables/substitutes.csv").mkdir()


STOCKS, LINES, TOML = "tables/stocks.csv", "tables/lines.csv", "scenario.toml"

CASES = (
    Case("missing-settings", (TOML, None, None), _move(TOML, "scenario.tml")),
    Case("missing-tables", ("tables", None, None), _move("tables", "table")),
    Case("misplaced-table", ("stocks.csv", None, None), _move(STOCKS, "stocks.csv")),
    Case("unknown-table", ("tables/stock.csv", None, None), _move(STOCKS, "tables/stock.csv")),
    Case("unknown-table", ("tables/Stocks.csv", None, None), _move(STOCKS, "tables/Stocks.csv")),
    Case("unknown-table", ("tables/stocks.xlsx", None, None), _move(STOCKS, "tables/stocks.xlsx")),
    Case("outside-folder", (STOCKS, None, None), _link_out(STOCKS)),
    Case("outside-folder", (TOML, None, None), _link_out(TOML)),
    Case("outside-folder", ("tables", None, None), _link_out("tables")),
    Case("unreadable-file", ("tables/substitutes.csv", None, None), _make_folder),
    Case("not-text", (STOCKS, None, None), _prefix(STOCKS, b"PK\x03\x04\0\0")),
    Case("not-text", (STOCKS, 1, None), _prefix(STOCKS, b"\xe9")),
    Case("byte-order-mark", (STOCKS, 1, None), _prefix(STOCKS, b"\xef\xbb\xbf")),
    Case("byte-order-mark", (TOML, 1, None), _prefix(TOML, b"\xef\xbb\xbf")),
    Case("broken-csv", (STOCKS, 2, None), _swap(STOCKS, "donor", '"donor')),
    Case("broken-csv", (STOCKS, 3, None), _swap(STOCKS, "donor,fuze", '"donor"x,fuze')),
    Case("separator", (STOCKS, 1, None), _swap(STOCKS, "holder,item,on_hand,floor,storage_limit,unit", "holder;item")),
    Case("separator", (STOCKS, 1, None), _swap(STOCKS, "holder,item,on_hand,floor,storage_limit,unit", "holder\titem")),
    Case("missing-header", ("tables/substitutes.csv", 1, None), lambda f: (f / "tables/substitutes.csv").touch()),
    Case("unknown-column", (STOCKS, 1, "on_hnd"), _swap(STOCKS, "on_hand", "on_hnd")),
    Case("unknown-column", (STOCKS, 1, "holdr"), _swap(STOCKS, "holder", "holdr")),
    Case("unknown-column", (STOCKS, 1, ""), _swap(STOCKS, "unit", "")),
    Case("duplicate-column", (STOCKS, 1, "floor"), _swap(STOCKS, "storage_limit", "floor")),
    Case("missing-column", (LINES, 1, "max_rate"), _overwrite(LINES, "name,owner\nplant,donor\n")),
    Case("ragged-row", (STOCKS, 3, None), _swap(STOCKS, "donor,fuze,20000", "donor,fuze,1,5")),
    Case("ragged-row", ("tables/holders.csv", 3, None), _swap("tables/holders.csv", "europe,parliament", "europe")),
    Case("broken-toml", (TOML, 3, "9"), _swap(TOML, "[time]", "title2 == 3")),
)  # fmt: skip
ALSO_HERE = {"no-folder", "file-too-large", "too-many-rows"}


def _places(found: list[Problem]) -> list[tuple[str, Place]]:
    return [(problem.rule, (problem.file, problem.row, problem.column)) for problem in found]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule} {case.place[0]}")
def test_a_spoilt_folder_has_one_finding_in_its_place(case: Case, tmp_path: Path) -> None:
    folder = written(tmp_path / "study")
    case.spoil(folder)
    assert _places(check(folder)) == [(case.rule, case.place)]


ERRORS = [case for case in CASES if RULES[case.rule].severity == "error"]


@pytest.mark.parametrize("case", ERRORS, ids=lambda case: f"{case.rule} {case.place[0]}")
def test_a_spoilt_folder_is_not_loaded(case: Case, tmp_path: Path) -> None:
    folder = written(tmp_path / "study")
    case.spoil(folder)
    with pytest.raises(ScenarioError, match=f"\\[{case.rule}\\]"):
        load(folder)


def test_a_byte_order_mark_is_warned_about_and_read_over(tmp_path: Path) -> None:
    folder = written(tmp_path / "study")
    sound = load(folder)
    path = folder / "tables" / "stocks.csv"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert load(folder) == sound


def test_a_missing_folder_and_a_file_are_no_scenarios(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert _places(check(tmp_path / "none")) == [("no-folder", (".", None, None))]
    assert _places(check(str(tmp_path / "file"))) == [("no-folder", (".", None, None))]


def test_a_file_above_the_limit_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = written(tmp_path / "study")
    (folder / STOCKS).write_text("x" * 5000, encoding="utf-8")
    monkeypatch.setattr(files, "MOST_BYTES", 4999)
    assert _places(check(folder)) == [("file-too-large", (STOCKS, None, None))]


def test_a_table_above_the_limit_is_read_up_to_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_files, "MOST_ROWS", 6)
    folder = written(tmp_path / "study", holders="name,parent\n" + "h,\n" * 6 + "donor,\n")
    found = [problem for problem in check(folder) if problem.rule != "duplicate-key"]
    assert ("too-many-rows", ("tables/holders.csv", 8, None)) in _places(found)


def test_several_problems_of_files_are_found_in_one_pass(tmp_path: Path) -> None:
    folder = written(tmp_path / "study")
    _prefix("tables/items.csv", b"\xef\xbb\xbf")(folder)
    _swap("tables/lines.csv", "1000", "1,000")(folder)
    _overwrite("tables/budgets.csv", "holder;year;amount\n")(folder)
    _swap(TOML, "end", "ende")(folder)
    assert _places(check(folder)) == [
        ("unknown-key", (TOML, 5, "time.ende")),
        ("separator", ("tables/budgets.csv", 1, None)),
        ("byte-order-mark", ("tables/items.csv", 1, None)),
        ("ragged-row", ("tables/lines.csv", 2, None)),
    ]


def test_a_link_inside_the_folder_is_followed(tmp_path: Path) -> None:
    folder = written(tmp_path / "study")
    (folder / STOCKS).rename(folder / "kept.csv")
    (folder / STOCKS).symlink_to(folder / "kept.csv")
    assert check(folder) == []


def test_a_link_to_itself_cannot_be_read(tmp_path: Path) -> None:
    folder = written(tmp_path / "study")
    (folder / "tables/substitutes.csv").symlink_to(folder / "tables/substitutes.csv")
    found = check(folder)
    assert [problem.rule for problem in found if problem.file == "tables/substitutes.csv"] == ["unreadable-file"]


def test_files_of_the_system_and_beside_the_tables_are_left_alone(tmp_path: Path) -> None:
    folder = written(tmp_path / "study")
    for name in ("tables/.DS_Store", "tables/~$stocks.csv", "README.md"):
        (folder / name).write_text("x", encoding="utf-8")
    assert check(folder) == []


def test_windows_line_ends_and_blank_rows_are_read(tmp_path: Path) -> None:
    folder = written(tmp_path / "study")
    sound = load(folder)
    text = (folder / STOCKS).read_text(encoding="utf-8").replace("\n", "\r\n") + ",,,,,\r\n\r\n"
    (folder / STOCKS).write_bytes(text.encode())
    assert check(folder) == []
    assert load(folder) == sound


def test_the_nearest_table_and_column_are_offered(tmp_path: Path) -> None:
    folder = written(tmp_path / "study")
    _move(STOCKS, "tables/stock.csv")(folder)
    _swap("tables/lines.csv", "max_rate", "maxrate")(folder)
    remedies = {problem.rule: problem.remedy for problem in check(folder)}
    assert remedies["unknown-table"] == "did you mean `stocks.csv`?"
    assert remedies["unknown-column"] == "did you mean `max_rate`?"
