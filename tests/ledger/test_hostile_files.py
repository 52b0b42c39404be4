"""Tables, workbooks, pages and PDFs that are built to harm are refused or read as words; nothing runs or is fetched."""

from __future__ import annotations

import csv
import socket
import time
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
import xlsxwriter

from replenish.errors import TableError, UsageError
from replenish.ledger.citing import all_documents
from replenish.ledger.documents import reading
from replenish.ledger.documents.reading import read_document
from replenish.ledger.exporting import all_statements, export_table
from replenish.ledger.importing.imports import import_table
from replenish.ledger.store import Ledger
from tests.ledger.pdf_bytes import lines_of, one_page, to_pdf

HEAD = "id,kind,holder,item,best,unit,note,title,address"
SECONDS = 30.0
"""Time within which a hostile file is done with on a busy machine."""


@pytest.fixture
def book(tmp_path: Path) -> Ledger:
    """Return an empty ledger."""
    return Ledger.open(tmp_path / "book.db", create=True)


def put(folder: Path, name: str, data: bytes | str) -> Path:
    """Return the path of a new file with content."""
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


BOMBS: dict[str, Callable[[], str]] = {
    "a quoted cell without end": lambda: f'{HEAD}\nA,count,a,s,1,r,"' + "x" * 20_000_000,
    "quoted lines without end": lambda: f'{HEAD}\nA,count,a,s,1,r,"' + "x\n" * 10_000_000,
    "a million columns": lambda: ",".join(map(str, range(1_000_000))) + "\n" + "1," * 999_999 + "1\n",
    "a million cells in a row": lambda: f"{HEAD}\nA,count,a,s,1,r" + "," * 1_000_000 + "\n",
    "a head of quotes": lambda: '"' * 10_000_001,
    "a number of a million digits": lambda: f"{HEAD}\nA,count,a,s,{'9' * 1_000_000},r,,,\n",
    "a line without end": lambda: "x" * 40_000_000,
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_table_that_is_built_to_hang_is_refused(bomb: str, book: Ledger, tmp_path: Path) -> None:
    path, begun = put(tmp_path, "bomb.csv", BOMBS[bomb]()), time.perf_counter()
    with pytest.raises(TableError) as caught:
        import_table(book, path)
    assert time.perf_counter() - begun < SECONDS
    assert max(len(str(problem)) for problem in caught.value.problems) < 2_000
    assert book.entries() == []


def workbook(path: Path, part: str, content: str) -> Path:
    """Return a workbook in which one part has other content."""
    whole = path.with_name("whole.xlsx")
    with xlsxwriter.Workbook(str(whole)) as made:
        made.add_worksheet("statements").write_row(0, 0, HEAD.split(","))
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, content if name == part else old.read(name))
        if part not in old.namelist():
            new.writestr(part, content)
    return path


ENTITIES = '<!DOCTYPE a [<!ENTITY a "{}">]>'.format("b" * 1000)
SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'
)
PARTS = {
    "entities": ("xl/sharedStrings.xml", f"<?xml version='1.0'?>{ENTITIES}<sst>&a;</sst>"),
    "entities behind a comment": ("xl/sharedStrings.xml", f"<!--{'x' * 5000}-->{ENTITIES}<sst>&a;</sst>"),
    "outer entity": ("xl/workbook.xml", "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><workbook>&x;</workbook>"),
    "a gigabyte of nothing": ("xl/worksheets/sheet1.xml", " " * 400_000_000),
    "a cell at the far end": ("xl/worksheets/sheet1.xml", SHEET.format(
        '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')),
    "nested": ("xl/worksheets/sheet1.xml", "<a>" * 1_000_000),
}  # fmt: skip


@pytest.mark.parametrize("part", PARTS)
def test_a_workbook_that_is_built_to_grow_is_refused(part: str, book: Ledger, tmp_path: Path) -> None:
    path, begun = workbook(tmp_path / "bomb.xlsx", *PARTS[part]), time.perf_counter()
    with suppress(TableError) if part == "nested" else pytest.raises(TableError):  # of that no row is found
        import_table(book, path)
    assert time.perf_counter() - begun < SECONDS
    assert book.entries() == []


def test_formulas_and_links_of_a_workbook_are_neither_run_nor_followed(book: Ledger, tmp_path: Path) -> None:
    path = tmp_path / "links.xlsx"
    with xlsxwriter.Workbook(str(path)) as made:
        sheet = made.add_worksheet("statements")
        sheet.write_row(0, 0, HEAD.split(","))
        sheet.write_row(1, 0, ["A", "count", "a", "s"])
        sheet.write_formula(1, 4, "='[http://127.0.0.1:1/other.xlsx]x'!A1", None, 7)
        sheet.write_row(1, 5, ["r"])
        sheet.write_formula(1, 6, "=cmd|'/c calc'!A0", None, "told")
        sheet.write_string(1, 7, "=WEBSERVICE(1)")
        sheet.write_url(1, 8, "external:c:\\other.xlsx", string="@x")
    with suppress(TableError):  # refused or taken by the values that were saved with them
        import_table(book, path)
    for one in all_statements(book):
        assert (one.best, one.note) == (7.0, "told")
    text = export_table(book, tmp_path / "back.csv").read_text(encoding="utf-8")
    assert not any(cell[:1] in set("=+-@") - {""} for line in text.split("\n") for cell in line.split(","))


def test_a_title_that_is_a_formula_or_a_script_is_kept_as_words_and_exported_escaped(
    book: Ledger, tmp_path: Path
) -> None:
    title, address = '=HYPERLINK("https://evil.example","x")', "javascript:alert(1)"
    cells = f'A,count,"+a","-s",1,@r,"\t=1","{title.replace(chr(34), chr(34) * 2)}",{address}'
    import_table(book, put(tmp_path, "figures.csv", f"{HEAD}\n{cells}\n"))
    (document,) = all_documents(book).values()
    assert (document.title, document.address) == (title, address)
    with export_table(book, tmp_path / "back.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    told = {name: row[name] for name in ("holder", "item", "unit", "note", "title", "address")}
    assert list(told.values()) == ["'+a", "'-s", "'@r", "'\t=1", f"'{title}", address]


PAGES = {
    "refresh": '<meta http-equiv="refresh" content="0;url=http://127.0.0.1:{0}/"><p>Ten shells.</p>',
    "frames": '<iframe src="http://127.0.0.1:{0}/"></iframe><frameset><frame src="file:///etc/passwd"></frameset><p>Ten</p>',
    "images": '<img src="file:///etc/passwd"><img src="http://127.0.0.1:{0}/a.png" srcset="http://127.0.0.1:{0}/b"><p>Ten</p>',
    "sheets": '<link rel="stylesheet" href="http://127.0.0.1:{0}/a.css"><style>@import "http://127.0.0.1:{0}/"</style><p>Ten</p>',
    "base": '<base href="http://127.0.0.1:{0}/"><link rel="canonical" href="file:///etc/passwd"><p>Ten</p>',
    "scripts": '<script src="http://127.0.0.1:{0}/a.js"></script><svg onload="x()"><script>y</script></svg><p>Ten</p>',
    "document type": '<!DOCTYPE a SYSTEM "http://127.0.0.1:{0}/a" [<!ENTITY x SYSTEM "file:///etc/passwd">]>T &x;',
    "included": '<p>Ten <xi:include href="file:///etc/passwd"/><object data="file:///etc/passwd"></object></p>',
}


@pytest.mark.parametrize("page", PAGES)
def test_a_page_has_nothing_fetched_and_none_of_it_run(page: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as lines:
        lines.settimeout(0.2)
        found = read_document(put(tmp_path, "a.html", PAGES[page].format(lines.getsockname()[1])))
        with pytest.raises(TimeoutError):
            lines.accept()
    assert "T" in found.text
    assert "root:" not in found.text
    assert found.address == ""


@pytest.mark.parametrize(
    "page",
    [
        "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12)) + "<p>&a11;</p>",
        "<p>" + "&amp" * 1_000_000,
        "<table>" * 100_000 + "<td>x",
        "<p>" + "&#x" + "f" * 1_000_000 + ";",
        "<a href='" + "x" * 4_000_000,
        "<ul><li>" * 100_000 + "x",
        "<svg><desc>" * 50_000 + "x",
    ],
    ids=["entities", "ampersands", "tables", "a long sign", "an open attribute", "lists", "drawings"],
)
def test_a_page_that_grows_without_end_is_read_or_refused_in_time(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MOST_SECONDS", 5)
    begun = time.perf_counter()
    with suppress(UsageError):
        assert len(read_document(put(tmp_path, "a.html", page)).text) <= len(page)
    assert time.perf_counter() - begun < SECONDS


ACTION = {
    "script": b"/OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >>",
    "program": b"/OpenAction << /S /Launch /F (/bin/true) >>",
    "address": b"/OpenAction << /S /URI /URI (http://127.0.0.1:1/) >>",
    "form": b"/AcroForm << /XFA (<xdp/>) >>",
    "files": b"/Names << /EmbeddedFiles << /Names [(a.exe) 6 0 R] >> >>",
}


@pytest.mark.parametrize("action", ACTION)
def test_actions_of_a_pdf_are_left_alone(action: str, tmp_path: Path) -> None:
    data = one_page(lines_of("Ten shells are left."))
    own = data.replace(b"/Type /Catalog", b"/Type /Catalog " + ACTION[action])
    assert read_document(put(tmp_path, "a.pdf", own)).text == "Ten shells are left."


def _looped(resources: bytes, content: bytes) -> bytes:
    stream = b"<< /Length %d /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources %s >>\nstream\n%s\nendstream"
    form = stream % (len(content), resources, content)
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 3 0 R /Resources %s >>" % resources
    return to_pdf({
        1: b"<< /Type /Catalog /Pages 2 0 R >>", 2: b"<< /Type /Pages /Kids [4 0 R] /Count 1 >>", 3: form, 4: page,
    })  # fmt: skip


def _filters(name: bytes, times: int) -> bytes:
    stream = b"<< /Length 4 /Filter [%s] >>\nstream\nabcd\nendstream" % (name * times)
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 3 0 R >>"
    pages = b"<< /Type /Pages /Kids [4 0 R] /Count 2000000000 >>"
    return to_pdf({1: b"<< /Type /Catalog /Pages 2 0 R >>", 2: pages, 3: stream, 4: page})


PDFS = {
    "a drawing that draws itself twice": _looped(b"<< /XObject << /A 3 0 R >> >>", b"/A Do /A Do"),
    "two thousand million pages": _filters(b"/FlateDecode ", 1),
    "filters without end": _filters(b"/FlateDecode ", 10_000),
    "a picture format": _filters(b"/JBIG2Decode ", 1),
    "packed letters": _filters(b"/ASCII85Decode /RunLengthDecode /LZWDecode ", 500),
    "an object that is itself": to_pdf({1: b"1 0 R", 2: b"2 0 R"}),
    "a length that is not there": to_pdf(
        {1: b"<< /Type /Catalog /Pages 3 0 R >>", 2: b"<< /Length 2 0 R >>\nstream\n"}
    ),
}


@pytest.mark.parametrize("bomb", PDFS)
def test_a_pdf_that_turns_in_circles_is_refused_in_time(
    bomb: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MOST_SECONDS", 5)
    begun = time.perf_counter()
    with pytest.raises(UsageError) as caught:
        read_document(put(tmp_path, "a.pdf", PDFS[bomb]))
    assert time.perf_counter() - begun < SECONDS
    assert len(str(caught.value)) < 1_000
