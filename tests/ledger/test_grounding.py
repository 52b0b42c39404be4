"""What rows say of their source is completed from the ledger, held against it, and what looks wrong is told."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from replenish.errors import TableError
from replenish.ledger.ask.knowing import AsOf, find_known
from replenish.ledger.exporting import export_table
from replenish.ledger.importing.imports import Imported, import_table
from replenish.ledger.store import Ledger
from replenish.ledger.values import Document, Passage, Statement
from tests.ledger.statements import day

HEAD = "id,kind,holder,item,best,unit,valid_from,published,document,passage,title,address"


@pytest.fixture
def book(tmp_path: Path) -> Ledger:
    """Return a ledger with a dated document, a passage of it, and one without a date."""
    found = Ledger.open(tmp_path / "book.db", create=True)
    rows = [
        Document(id="d-dated", title="Dated", published=day("2024-02-10"), published_precision="month"),
        Document(id="d-open", title="Open", content_hash="ff"),
        Passage(id="p-1", document="d-dated", words="ten shells"),
    ]
    found.record(rows, author="me", purpose="a test")
    return found


def imported(book: Ledger, folder: Path, *rows: str, correct: str = "") -> Imported:
    table = folder / "figures.csv"
    table.write_text("\n".join((HEAD, *rows)) + "\n", encoding="utf-8")
    return import_table(book, table, correct=correct)


def row(*, name: str = "A", kind: str = "count", best: str = "10", valid: str = "2024-01-31", **more: str) -> str:
    cells = [more.get(column, "") for column in ("published", "document", "passage", "title", "address")]
    return ",".join((name, kind, "alpha", "shell", best, "round", valid, *cells))


def told(done: Imported) -> list[tuple[str, int | None]]:
    return [(one.rule, one.row) for one in done.problems]


def test_a_row_has_the_day_of_the_recorded_document_that_it_names(book: Ledger, tmp_path: Path) -> None:
    done = imported(book, tmp_path, row(document="d-dated"))
    [one] = done.statements
    assert (one.published, one.published_precision, one.known_from) == (day("2024-02-10"), "month", day("2024-02-29"))
    assert [known.statement.id for known in find_known(book, as_of=AsOf(known_at=dt.date(2024, 2, 29)))] == ["A"]
    assert told(done) == []


def test_a_row_that_names_a_passage_is_said_in_its_document(book: Ledger, tmp_path: Path) -> None:
    [one] = imported(book, tmp_path, row(passage="p-1")).statements
    assert (one.document, one.published) == ("d-dated", day("2024-02-10"))


def test_a_document_that_was_dated_later_gives_its_day(book: Ledger, tmp_path: Path) -> None:
    later = Document(id="d-now", title="Open", published=day("2024-03-01"), supersedes="d-open", reason="dated")
    book.record([later], author="me", purpose="a test")
    [one] = imported(book, tmp_path, row(document="d-open")).statements
    assert (one.document, one.published) == ("d-open", day("2024-03-01"))


def test_a_row_that_names_a_page_by_its_title_has_no_day_but_its_own(book: Ledger, tmp_path: Path) -> None:
    [one] = imported(book, tmp_path, row(title="Dated")).statements
    assert (one.document, one.published) == ("d-dated", None)


def test_a_passage_of_another_document_is_refused(book: Ledger, tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"passage-elsewhere"):
        imported(book, tmp_path, row(document="d-open", passage="p-1"))


@pytest.mark.parametrize(
    ("rule", "cells"),
    [
        ("before-document", row(document="d-dated", published="2024-01-31")),
        ("no-source", row(published="2024-02-10")),
        ("published-in-future", row(document="d-open", published="2994-02-10")),
        ("published-too-early", row(document="d-open", published="2024-01-30")),
        ("negative-figure", row(document="d-dated", best="-6")),
        ("thousands-point", row(document="d-dated", best="20.000")),
        ("document-by-title", row(document="d-elsewhere", title="Dated", passage="p-elsewhere")),
    ],
)
def test_what_looks_wrong_is_told_and_recorded(rule: str, cells: str, book: Ledger, tmp_path: Path) -> None:
    done = imported(book, tmp_path, cells)
    assert told(done) == [(rule, 2)]
    assert len(done.statements) == 1


@pytest.mark.parametrize(
    "cells",
    [
        row(document="d-open", published="2024-01-31"),
        row(document="d-open", published="2024-01-02", kind="capacity_target"),
        row(document="d-dated", best="-6", kind="other"),
        row(document="d-dated", best="0.125"),
    ],
)
def test_what_may_well_be_right_is_not_told(cells: str, book: Ledger, tmp_path: Path) -> None:
    assert told(imported(book, tmp_path, cells)) == []


def test_rows_without_a_source_are_told_once(book: Ledger, tmp_path: Path) -> None:
    done = imported(book, tmp_path, *(row(name=name, published="2024-02-10") for name in "ABC"))
    [problem] = done.problems
    assert "so in 3 rows" in problem.message


def test_the_other_rows_are_judged_beside_one_that_is_wrong(book: Ledger, tmp_path: Path) -> None:
    rows = (row(best="many"), row(name="B", document="d-none"), row(name="C", document="d-dated"),
            row(name="C", document="d-dated", best="11"))  # fmt: skip
    with pytest.raises(TableError) as caught:
        imported(book, tmp_path, *rows)
    errors = [(one.rule, one.row) for one in caught.value.problems if one.severity == "error"]
    assert errors == [("not-a-number", 2), ("unknown-record", 3), ("id-twice", 5)]


def test_an_old_table_says_that_its_row_was_corrected_since_and_may_be_recorded_anew(
    book: Ledger, tmp_path: Path
) -> None:
    imported(book, tmp_path, row(document="d-dated"))
    imported(book, tmp_path, row(document="d-dated", best="12"), correct="misread")
    [problem] = imported(book, tmp_path, row(document="d-dated")).problems
    assert problem.message == "is recorded already, and was corrected since by A~2"
    again = imported(book, tmp_path, row(document="d-dated"), correct="right at first")
    assert (again.corrections, again.statements[0].best, again.statements[0].supersedes) == (1, 10.0, "A~2")


def test_a_table_of_one_ledger_is_read_by_another(book: Ledger, tmp_path: Path) -> None:
    held = Document(id="d-file", title="File", address="https://example.org/file", content_hash="aa", text="ten shells")
    quoted = Passage(id="p-2", document="d-file", words="ten shells")
    one = Statement(id="A", kind="count", holder="alpha", item="shell", best=10.0, unit="round", document="d-file",
                    passage="p-2", published=day("2024-02-10"), valid_from=day("2024-01-31"),
                    valid_to=day("2024-01-31"))  # fmt: skip
    book.record([held, quoted, one], author="me", purpose="a test")
    path = export_table(book, tmp_path / "all.csv")
    assert import_table(book, path).entry is None  # nothing new where it came from
    other = Ledger.open(tmp_path / "other.db", create=True)
    done = import_table(other, path)
    assert [(each.title, each.address) for each in done.documents] == [("File", "https://example.org/file")]
    [known] = find_known(other)
    assert (known.statement.best, known.statement.passage) == (10.0, "")
