"""A table of statements is recorded whole or not at all, and everything wrong with it is told at once."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
import xlsxwriter

from replenish.errors import TableError, UsageError
from replenish.ledger.ask.picking import show
from replenish.ledger.citing import all_documents
from replenish.ledger.correcting import correct
from replenish.ledger.exporting import all_statements
from replenish.ledger.importing.imports import import_table
from replenish.ledger.importing.rules import LONGEST_TEXT, RULES
from replenish.ledger.store import Ledger
from replenish.ledger.values import Document, Statement
from tests.ledger.statements import day

HEAD = "id,kind,holder,item,best,unit,valid_from,published"


@pytest.fixture
def book(tmp_path: Path) -> Ledger:
    """Return an empty ledger."""
    return Ledger.open(tmp_path / "book.db", create=True)


def _table(folder: Path, *rows: str, head: str = HEAD) -> Path:
    path = folder / "figures.csv"
    path.write_text("\n".join((head, *rows)) + "\n", encoding="utf-8")
    return path


def test_rows_become_statements_and_documents_of_one_entry(book: Ledger, tmp_path: Path) -> None:
    rows = ("A,stock,alpha,shell,10,round,2024-01-31,2024-02-03,Stocks,https://example.org/1",
            "B,pledge,alpha,shell,20,round,2024-12-31,2024-02-03,Stocks,https://example.org/1")  # fmt: skip
    done = import_table(book, _table(tmp_path, *rows, head=f"{HEAD},title,address"), author="me")
    assert done.entry is not None
    assert (done.entry.rows, done.entry.author, done.skipped) == (3, "me", 0)
    first, second = done.statements
    assert (first.kind, first.valid_to, first.grade) == ("count", day("2024-01-31"), "C")
    assert (second.valid_from, second.valid_to) == (day("2024-12-31"), None)  # due, and no day was named
    assert first.document == second.document == done.documents[0].named()
    assert done.documents[0].published == day("2024-02-03")
    assert book.verify() == []


def test_a_document_is_used_again_by_address_and_title(book: Ledger, tmp_path: Path) -> None:
    head = f"{HEAD},title,address"
    for name, title in (("A", "Stocks"), ("B", "Stocks"), ("C", "Others")):
        row = f"{name},count,alpha,shell,10,round,2024-01-31,2024-02-03,{title},https://example.org/1"
        import_table(book, _table(tmp_path, row, head=head))
    assert sorted(one.title for one in all_documents(book).values()) == ["Others", "Stocks"]


MISTAKES = {
    "unknown-kind": ("kind", "A,rumour,alpha,shell,10,round,2024-01-31,,,,,"),
    "empty-name": ("holder", "A,count, ,shell,10,round,2024-01-31,,,,,"),
    "no-unit": ("unit", "A,count,alpha,shell,10,,2024-01-31,,,,,"),
    "range-order": ("best", "A,count,alpha,shell,10,round,2024-01-31,,12,,,"),
    "no-middle": ("is_middle", "A,count,alpha,shell,10,round,2024-01-31,,8,true,,"),
    "events-alone": ("ends_at", "A,lead_time,alpha,shell,10,months,2024-01-31,,,,award,"),
    "not-a-number": ("best", "A,count,alpha,shell,many,round,2024-01-31,,,,,"),
    "ledger-cell": ("best", "A,count,alpha,shell,ledger(kind=count),round,2024-01-31,,,,,"),
    "date-format": ("valid_from", "A,count,alpha,shell,1,round,31.01.2024,,,,,"),
    "no-reason": ("reason", "A,count,alpha,shell,1,round,2024-01-31,,,,,B"),
    "control-sign": ("item", "A,count,alpha,sh\x1b[31mell,1,round,2024-01-31,,,,,"),
    "text-too-long": ("holder", f"A,count,{'a' * 201},shell,1,round,2024-01-31,,,,,"),
}
MORE = "low,is_middle,starts_at,supersedes"


@pytest.mark.parametrize("rule", MISTAKES)
def test_a_mistake_is_told_with_its_place_and_nothing_is_recorded(rule: str, book: Ledger, tmp_path: Path) -> None:
    column, row = MISTAKES[rule]
    with pytest.raises(TableError) as caught:
        import_table(book, _table(tmp_path, row, head=f"{HEAD},{MORE}"))
    (found,) = [one for one in caught.value.problems if one.rule == rule]
    assert (found.file, found.row, found.column) == ("figures.csv", 2, column)
    assert found.remedy
    assert book.entries() == []


def test_all_mistakes_are_told_in_one_pass(book: Ledger, tmp_path: Path) -> None:
    rows = [row for _, row in MISTAKES.values()]
    with pytest.raises(TableError) as caught:
        import_table(book, _table(tmp_path, *rows, head=f"{HEAD},{MORE}"))
    assert {one.rule for one in caught.value.problems} >= set(MISTAKES)
    assert [one.row for one in caught.value.problems] == sorted(one.row or 0 for one in caught.value.problems)


@pytest.mark.parametrize(
    ("rule", "head", "row"),
    [
        ("valid-order", f"{HEAD},valid_to", "A,count,a,s,1,r,2024-01-31,,2024-01-30"),
        ("unknown-record", f"{HEAD},document", "A,count,a,s,1,r,2024-01-31,,d-1"),
        ("unknown-record", f"{HEAD},supersedes,reason", "A,count,a,s,1,r,2024-01-31,,B,misread"),
    ],
)
def test_rows_that_contradict_themselves_or_name_nothing_are_refused(
    rule: str, head: str, row: str, book: Ledger, tmp_path: Path
) -> None:
    with pytest.raises(TableError) as caught:
        import_table(book, _table(tmp_path, row, head=head))
    assert [one.rule for one in caught.value.problems if one.severity == "error"] == [rule]


def test_rows_that_are_recorded_already_are_told_and_skipped(book: Ledger, tmp_path: Path) -> None:
    first = "A,count,alpha,shell,10,round,2024-01-31,2024-02-03"
    import_table(book, _table(tmp_path, first, first))
    done = import_table(book, _table(tmp_path, first, first.replace("A,", "B,", 1)))
    assert (len(done.statements), done.skipped) == (1, 1)
    assert [(one.rule, one.row) for one in done.problems if one.rule != "no-source"] == [("recorded-already", 2)]
    assert import_table(book, tmp_path / "figures.csv").entry is None


def test_a_row_without_id_is_known_by_its_content(book: Ledger, tmp_path: Path) -> None:
    table = _table(tmp_path, ",count,alpha,shell,10,round,2024-01-31,2024-02-03")
    import_table(book, table)
    assert import_table(book, table).skipped == 1


def test_a_changed_row_is_refused_and_with_a_reason_corrects(book: Ledger, tmp_path: Path) -> None:
    import_table(book, _table(tmp_path, "A,count,alpha,shell,10,round,2024-01-31,2024-02-03"))
    changed = _table(tmp_path, "A,count,alpha,shell,12,round,2024-01-31,2024-02-03")
    with pytest.raises(TableError, match=r"differs in best \[changed-row\].*--correct"):
        import_table(book, changed)
    done = import_table(book, changed, correct="misread")
    assert done.corrections == 1
    assert (done.statements[0].supersedes, done.statements[0].reason) == ("A", "misread")
    assert import_table(book, changed).skipped == 1
    assert [one.picked.statement.best for one in show(book) if one.picked] == [12.0]


@pytest.mark.parametrize(
    ("published", "document", "is_told"),
    [("", "", True), ("2024-02-03", "", False), ("2024-05-01", "", False), ("2024-05-01", "d", True), ("", "d", True)],
)
def test_a_correction_that_is_known_later_than_what_it_corrects_is_told(
    published: str, document: str, is_told: bool, book: Ledger, tmp_path: Path
) -> None:
    book.record([Document(id="d", title="Stocks")], author="me", purpose="a test")
    head = f"{HEAD},document,supersedes,reason"
    import_table(book, _table(tmp_path, f"A,count,alpha,shell,10,round,2024-01-31,2024-02-03,{document},,", head=head))
    row = f"count,alpha,shell,12,round,2024-01-31,{published},{document}"
    for line, reason in ((f"B,{row},A,misread", ""), (f"A,{row},,", "misread")):
        other = Ledger.open(tmp_path / f"{bool(reason)}.db", create=True)
        other.record([Document(id="d", title="Stocks"), *all_statements(book)], author="me", purpose="a copy")
        done = import_table(other, _table(tmp_path, line, head=head), correct=reason)
        assert [one.rule for one in done.problems if one.rule != "no-source"] == ["later-correction"] * is_told
        assert len(done.statements) == 1


def test_two_rows_with_one_id_must_say_the_same(book: Ledger, tmp_path: Path) -> None:
    rows = [f"A,count,alpha,shell,{best},round,2024-01-31,2024-02-03" for best in (10, 11)]
    with pytest.raises(TableError, match=r"figures.csv:3:id: differs from line 2 in best \[id-twice\]"):
        import_table(book, _table(tmp_path, *rows))


def test_a_workbook_is_read_like_a_file_and_its_cells_are_named(book: Ledger, tmp_path: Path) -> None:
    path = tmp_path / "figures.xlsx"
    with xlsxwriter.Workbook(str(path)) as made:
        sheet = made.add_worksheet("figures")
        for line, cells in enumerate((HEAD.split(","), ("A", "count", "alpha", "shell", "x", "round", "2024-01-31"))):
            sheet.write_row(line, 0, cells)
    with pytest.raises(TableError, match=r"^figures!E2 best: `x` is not a number"):
        import_table(book, path)


def test_a_statement_is_corrected_by_columns(book: Ledger, tmp_path: Path) -> None:
    import_table(book, _table(tmp_path, "A,count,alpha,shell,10,round,2024-01-31,2024-02-03"))
    first, _ = correct(book, "A", {"best": "12", "grade": "A"}, reason="misread")
    second, _ = correct(book, "A", {"best": "", "low": "11"}, reason="at least")
    assert (first.id, first.best, first.grade, second.supersedes, second.low) == ("A~2", 12.0, "A", "A~2", 11.0)
    assert second.best is None
    for wrong, message in (({"best": "1,5"}, "decimal comma"), ({"low": "20", "best": "1"}, "range-order")):
        with pytest.raises(TableError, match=message):
            correct(book, "A", wrong, reason="a test")
    with pytest.raises(UsageError, match="nothing would change"):
        correct(book, "A", {"low": "11"}, reason="a test")
    with pytest.raises(UsageError, match="did you mean `best`"):
        correct(book, "A", {"bes": "1"}, reason="a test")


def test_a_file_of_a_gigabyte_is_refused_unread(book: Ledger, tmp_path: Path) -> None:
    path = tmp_path / "figures.csv"
    with path.open("wb") as file:
        file.truncate(2**30)
    with pytest.raises(TableError, match="file-too-large"):
        import_table(book, path)


def test_a_link_that_leads_out_of_its_folder_is_refused(book: Ledger, tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "figures.csv").symlink_to(_table(tmp_path, "A,count,alpha,shell,1,round,2024-01-31,"))
    with pytest.raises(TableError, match="outside-folder"):
        import_table(book, tmp_path / "inner" / "figures.csv")


def test_sql_in_a_name_is_a_name(book: Ledger, tmp_path: Path) -> None:
    name = "x'); DROP TABLE statements; --"
    import_table(book, _table(tmp_path, f'{name},count,"{name}",shell,1,round,2024-01-31,2024-02-03'))
    (answer,) = show(book)
    assert answer.series.holder == name
    assert isinstance(book.find(Statement, name), Statement)
    assert book.verify() == []


def test_a_cell_beyond_the_longest_is_refused(book: Ledger, tmp_path: Path) -> None:
    for length, rule in ((LONGEST_TEXT + 1, "text-too-long"), (200_000, "broken-csv")):
        row = f"A,count,alpha,shell,1,round,2024-01-31,,{'x' * length}"
        with pytest.raises(TableError, match=rule):
            import_table(book, _table(tmp_path, row, head=f"{HEAD},note"))
    assert all_statements(book) == []


def test_every_rule_is_found_by_a_test() -> None:
    files = Path(__file__).parent.glob("test_*.py")
    text = "".join(file.read_text(encoding="utf-8") for file in files)
    assert [name for name in RULES if f'"{name}"' not in text and f"[{name}" not in text] == []


def test_the_limit_of_a_cell_is_below_that_of_the_csv_reader() -> None:
    assert csv.field_size_limit() > LONGEST_TEXT
