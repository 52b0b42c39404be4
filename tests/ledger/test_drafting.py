"""A draft holds what was found in a document, records nothing, and is imported once a person has filled it."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from replenish import ledger
from replenish.cli import main
from replenish.errors import TableError, UsageError
from replenish.ledger.drafting import COLUMNS
from replenish.ledger.exporting import all_statements
from replenish.ledger.importing.quoting import MOST_QUOTED
from replenish.ledger.importing.rows import COLUMNS as READ

NEWS = tomllib.loads((Path(__file__).parent / "news" / "01-shells.toml").read_text(encoding="utf-8"))["text"]
HOSTILE = (
    '=HYPERLINK("https://example.org") in store: 40,000 shells.\n'
    "@SUM shows 30,000 shells left.\n"
    "-2+3 of the 20,000 shells were held\tin store.\n"
    "The \x1b[31mred\x1b[0m depot \u202eholds 10,000 shells.\n"
)


@pytest.fixture
def book(tmp_path: Path) -> ledger.Ledger:
    """Return a ledger with one article."""
    made = ledger.new_ledger(tmp_path / "book.db", author="me")
    (tmp_path / "article.txt").write_text(NEWS, encoding="utf-8")
    ledger.add_files(made, [tmp_path / "article.txt"], author="me")
    return made


def _document(book: ledger.Ledger) -> str:
    from replenish.ledger.citing import all_documents

    return list(all_documents(book))[-1]


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _rewrite(path: Path, change: Callable[[dict[str, str]], dict[str, str]]) -> None:
    rows = [change(row) for row in _rows(path)]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def test_a_draft_holds_what_the_rules_found_and_is_empty_elsewhere(book: ledger.Ledger, tmp_path: Path) -> None:
    made = ledger.draft_statements(book, _document(book), tmp_path / "draft.csv", item="155mm_round")
    rows = _rows(made.path)
    assert (made.rows, made.without_figures) == (len(rows), (3,))
    first = {name: cell for name, cell in rows[0].items() if cell and name != "id"}
    assert first == {
        "words": NEWS.strip().splitlines()[4], "kind": "capacity_target", "item": "155mm_round", "best": "36000",
        "unit": "/month", "valid_from": "2032-01-01", "valid_to": "2032-01-01", "valid_precision": "year",
        "speaker": "Ada Holm", "published": "2031-03-14", "document": _document(book),
    }  # fmt: skip
    assert {row["holder"] + row["grade"] + row["note"] for row in rows} == {""}
    assert (rows[-1]["low"], rows[-1]["best"], rows[-1]["high"], rows[-1]["valid_from"]) == ("14", "", "18", "")


def test_a_draft_has_no_column_that_import_does_not_read() -> None:
    assert set(COLUMNS) <= set(READ)


@pytest.mark.parametrize("name", ["draft.csv", "draft.xlsx"])
def test_a_draft_records_nothing(name: str, book: ledger.Ledger, tmp_path: Path) -> None:
    before = book.entries()
    ledger.draft_statements(book, _document(book), tmp_path / name)
    assert book.entries() == before


@pytest.mark.parametrize("name", ["draft.csv", "draft.xlsx"])
def test_a_filled_draft_is_imported_with_its_words_as_passages(name: str, book: ledger.Ledger, tmp_path: Path) -> None:
    made = ledger.draft_statements(book, _document(book), tmp_path / name, item="155mm_round", holder="Norland")
    done = ledger.import_table(book, made.path, author="me")
    proposed = ledger.passages(book, _document(book))
    assert [one.words for one in done.passages] == [one.passage.words for one in proposed if one.figures]
    for one in done.statements:
        passage = book.find(ledger.Passage, one.passage)
        assert isinstance(passage, ledger.Passage)
        assert passage.speaker == one.speaker
        assert passage in done.passages or passage.named() in {other.named() for other in done.passages}
    again = ledger.import_table(book, made.path, author="me")
    assert (again.entry, again.skipped) == (None, made.rows)
    assert book.verify() == []


def test_a_passage_that_was_accepted_before_is_the_one_that_an_import_links(
    book: ledger.Ledger, tmp_path: Path
) -> None:
    (accepted,) = ledger.accept_passages(book, _document(book), [2], author="me")
    made = ledger.draft_statements(
        book, _document(book), tmp_path / "d.csv", numbers=[2], item="155mm_round", holder="Norland"
    )
    done = ledger.import_table(book, made.path, author="me")
    assert (done.passages, [one.passage for one in done.statements]) == ((), [accepted.named()])


def test_everything_that_a_draft_lacks_is_told_at_once_with_what_to_do(book: ledger.Ledger, tmp_path: Path) -> None:
    made = ledger.draft_statements(book, _document(book), tmp_path / "draft.csv")
    _rewrite(made.path, lambda row: row | {"kind": "", "words": row["words"].replace("36,000", "63,000")})
    with pytest.raises(TableError) as caught:
        ledger.import_table(book, made.path)
    found = {(one.rule, one.row, one.column) for one in caught.value.problems}
    empty = {("empty-required", row, name) for row in range(2, 7) for name in ("kind", "holder", "item")}
    assert found == {("words-not-found", 2, "words"), *empty}
    assert {one.remedy.rsplit(", ", 1)[1] for one in caught.value.problems if one.rule == "empty-required"} == {
        "or delete the row"
    }
    assert len(book.entries()) == 1


def test_a_row_that_was_imported_and_then_changed_is_told_and_not_recorded_beside_it(
    book: ledger.Ledger, tmp_path: Path
) -> None:
    made = ledger.draft_statements(book, _document(book), tmp_path / "d.csv", item="155mm_round", holder="Norland")
    ledger.import_table(book, made.path)
    _rewrite(made.path, lambda row: row | {"grade": "B"})
    with pytest.raises(TableError, match=r"differs in grade \[changed-row\]"):
        ledger.import_table(book, made.path)
    assert ledger.import_table(book, made.path, correct="graded").corrections == made.rows


@pytest.mark.parametrize("name", ["draft.csv", "draft.xlsx"])
def test_hostile_words_are_no_formula_and_come_back_as_they_stand(name: str, tmp_path: Path) -> None:
    book = ledger.new_ledger(tmp_path / "book.db", author="me")
    book.record([ledger.Document(id="D", title="=1", text=HOSTILE)], author="me", purpose="a test")
    made = ledger.draft_statements(book, "D", tmp_path / name, item="=item", holder="@holder")
    if name.endswith(".csv"):
        cells = [cell for row in _rows(made.path) for cell in row.values()]
    else:
        sheet = CalamineWorkbook.from_path(str(made.path)).get_sheet_by_name("statements")
        cells = [cell for row in sheet.to_python() for cell in row if isinstance(cell, str)]
    assert [cell for cell in cells if cell[:1] in {*"=+-@\t\r\n"} - {""}] == []
    assert [cell for cell in cells if "\x1b" in cell or "\u202e" in cell] == []
    done = ledger.import_table(book, made.path, author="me")
    assert {one.words for one in done.passages} == set(HOSTILE.splitlines())
    assert {(one.item, one.holder) for one in done.statements} == {("=item", "@holder")}
    assert book.verify() == []


def test_of_very_long_words_a_draft_quotes_those_around_each_figure(tmp_path: Path) -> None:
    book = ledger.new_ledger(tmp_path / "book.db", author="me")
    words = "and so " * MOST_QUOTED
    text = f'"{words}there were 40,000 shells left {words}in store," said Ada Holm.'
    book.record([ledger.Document(id="D", title="Long", text=text)], author="me", purpose="a test")
    made = ledger.draft_statements(book, "D", tmp_path / "draft.csv", item="shell", holder="Norland")
    assert all(len(row["words"]) <= MOST_QUOTED + 100 for row in _rows(made.path))
    done = ledger.import_table(book, made.path)
    assert any("40,000 shells" in one.words for one in done.passages)


def test_a_draft_that_cannot_be_written_is_refused(book: ledger.Ledger, tmp_path: Path) -> None:
    name = _document(book)
    with pytest.raises(UsageError, match="no figure is found in these passages"):
        ledger.draft_statements(book, name, tmp_path / "a.csv", numbers=[3])
    with pytest.raises(UsageError, match="there is no passage 9"):
        ledger.draft_statements(book, name, tmp_path / "a.csv", numbers=[9])
    ledger.draft_statements(book, name, tmp_path / "a.csv")
    with pytest.raises(UsageError, match="exists"):
        ledger.draft_statements(book, name, tmp_path / "a.csv")


def test_no_draft_is_made_of_a_document_that_was_corrected(tmp_path: Path) -> None:
    book = ledger.new_ledger(tmp_path / "book.db", author="me")
    (tmp_path / "a.txt").write_text("The depots hold 40,000 shells on Friday.", encoding="utf-8")
    (first,) = ledger.add_files(book, [tmp_path / "a.txt"])
    (second,) = ledger.add_files(book, [tmp_path / "a.txt"], published="2024-02")
    assert first.document is not None
    assert second.document is not None
    with pytest.raises(UsageError, match=f"was corrected; take {second.document.named()}"):
        ledger.draft_statements(book, first.document.named(), tmp_path / "d.csv")
    made = ledger.draft_statements(book, second.document.named(), tmp_path / "d.csv", item="shell", holder="Norland")
    assert _rows(made.path)[0]["valid_from"] == ""  # no Friday is worked out from a month
    (one,) = ledger.import_table(book, made.path).statements
    assert str(one.known_from) == "2024-02-29"


def test_the_way_from_a_file_to_an_answer_by_commands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.delenv("REPLENISH_LEDGER", raising=False)
    Path("article.txt").write_text(NEWS, encoding="utf-8")
    assert main(["ledger", "new"]) == 0
    assert main(["ledger", "add", "article.txt"]) == 0
    name = capsys.readouterr().out.split("article.txt: ", 1)[1].split(" ", 1)[0]
    words = ["ledger", "passages", name[:8], "--draft", "draft.csv", "--number", "1", "--number", "2"]
    assert main([*words, "--item", "155mm_round"]) == 0
    assert "2 rows; nothing is recorded" in capsys.readouterr().out
    _rewrite(Path("draft.csv"), lambda row: row | {"holder": "Norland"})
    assert main(["ledger", "import", "draft.csv"]) == 0
    assert "2 statements, 0 of them corrections, 0 documents, 2 passages" in capsys.readouterr().out
    assert main(["ledger", "show", "155mm_round", "--known-at", "2031-12-31"]) == 0
    assert "production_rate Norland 155mm_round [shells/month]" in capsys.readouterr().out
    assert len(all_statements(ledger.Ledger.open("ledger.db"))) == 2
