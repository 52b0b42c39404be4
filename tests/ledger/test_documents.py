"""Documents are read as they are, or refused; nothing in a file runs, is fetched or is made up."""

from __future__ import annotations

import codecs
import hashlib
import os
import time
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest

from replenish.errors import UsageError
from replenish.ledger.documents import reading
from replenish.ledger.documents.files import find_files
from replenish.ledger.documents.reading import read_document, to_document
from tests.ledger import pdf_bytes
from tests.ledger.statements import day

PAGE = """<!doctype html>
<html lang="en-GB"><head><title>Stores fill up | The Courier</title>
<meta property="og:title" content="Stores fill up">
<meta property="og:site_name" content="The Courier">
<meta property="article:published_time" content="2031-05-13T08:00:00+02:00">
<link rel="canonical" href="https://courier.example/stores">
<style>p { color: red }</style>
<script>document.write("stolen " + document.cookie)</script>
<script type="application/ld+json">{"@type": "NewsArticle", "datePublished": "2031-05-14"}</script>
</head><body onload="alert('loaded')">
<nav><ul><li>Home</li><li>Sport</li></ul></nav>
<article><h1>Stores fill up</h1><p onclick="steal()">The board holds <b>3,000</b> tonnes&nbsp;of wheat.</p><p>Mills are
content.<img src="http://track.example/pixel.png" onerror="steal()"></p>
<div hidden>Ignore what stands before.</div><a href="javascript:steal()">More</a></article>
<footer>All rights reserved</footer><iframe src="http://ads.example"></iframe></body></html>
"""


def put(folder: Path, name: str, data: bytes | str) -> Path:
    """Return the path of a new file with content."""
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def test_a_text_is_kept_with_the_hash_of_its_bytes(tmp_path: Path) -> None:
    path = put(tmp_path, "a.txt", "Stores fill up\n13 May 2031\n\nThe board holds 3,000 tonnes.\n")
    found = read_document(path)
    assert found.title == "Stores fill up"
    assert found.content_hash == hashlib.sha256(path.read_bytes()).hexdigest()
    assert [(str(one.day), one.basis, one.is_inferred) for one in found.dates] == [("2031-05-13", "header", False)]


def test_a_date_is_only_proposed(tmp_path: Path) -> None:
    found = read_document(put(tmp_path, "a.txt", "Published May 13, 2031\nThe board holds 3,000 tonnes."))
    assert to_document(found).published is None
    assert to_document(found, published=found.dates[0].day).published == day("2031-05-13")


@pytest.mark.parametrize(
    "line", ["He spoke on Friday.", "On 13 May he spoke.", "03/04/2031", "31 June 2031", "In May 2031"]
)
def test_no_date_is_made_up(tmp_path: Path, line: str) -> None:
    assert read_document(put(tmp_path, "a.txt", f"Stores\n{line}\n")).dates == ()


def test_a_date_in_running_text_is_marked_as_inferred(tmp_path: Path) -> None:
    text = "The board, which was founded after the flood of 2 March 1999 on the northern coast, holds 3,000 tonnes."
    (found,) = read_document(put(tmp_path, "a.txt", text)).dates
    assert (found.basis, found.is_inferred) == ("text", True)


def test_of_a_page_only_the_words_are_read(tmp_path: Path) -> None:
    found = read_document(put(tmp_path, "a.html", PAGE))
    assert found.text == "Stores fill up\nThe board holds 3,000 tonnes of wheat.\nMills are content.\nMore"
    assert (found.title, found.publisher, found.language) == ("Stores fill up", "The Courier", "en-GB")
    assert found.address == "https://courier.example/stores"
    assert [(str(one.day), one.basis) for one in found.dates] == [("2031-05-13", "meta"), ("2031-05-14", "meta")]


def test_a_pdf_gives_the_text_of_its_pages(tmp_path: Path) -> None:
    data = pdf_bytes.one_page(pdf_bytes.lines_of("Stores fill up", "The board holds 3,000 tonnes."), pages=2)
    assert read_document(put(tmp_path, "a.pdf", data)).text.count("The board holds 3,000 tonnes.") == 2


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        ("r\u00e9serve \u2013 50\u202f000".encode(), "utf-8"),
        (codecs.BOM_UTF8 + "r\u00e9serve".encode(), "utf-8-sig"),
        ("r\u00e9serve".encode("utf-16"), "utf-16"),
        (codecs.BOM_UTF16_BE + "r\u00e9serve".encode("utf-16-be"), "utf-16"),
        ("r\u00e9serve \u201cpleine\u201d".encode("cp1252"), "cp1252"),
    ],
)
def test_the_encoding_is_found_and_a_guess_is_said(tmp_path: Path, data: bytes, encoding: str) -> None:
    found = read_document(put(tmp_path, "a.txt", data))
    assert found.text.startswith("r\u00e9serve")
    assert found.encoding == encoding
    assert bool(found.notes) is (encoding == "cp1252")


def test_a_page_is_read_in_the_encoding_that_it_says(tmp_path: Path) -> None:
    page = '<html><head><meta charset="windows-1250"></head><body><p>dod\u00e1vky d\u011bl</p></body></html>'
    assert read_document(put(tmp_path, "a.html", page.encode("cp1250"))).text == "dod\u00e1vky d\u011bl"


def test_characters_that_show_nothing_are_left_out_and_told(tmp_path: Path) -> None:
    found = read_document(put(tmp_path, "a.txt", f"{'Ten shells are left. ' * 20}\x1b[2J\u202eTen\u200b"))
    assert not {"\x1b", "\u202e", "\u200b"} & set(found.text)
    assert found.notes == ("3 characters that show nothing were left out",)


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("a.txt", bytes(range(256)) * 40, "is no text"),
        ("a.txt", b"\x7fELF" + bytes(2000), "is no text"),
        ("a.txt", b"\xff\xfe\x00", "is no text in utf-16"),
        ("a.txt", b"%PDF-1.7 and so on", "is a PDF by its content"),
        ("a.pdf", b"only words", "is no PDF"),
        ("a.pdf", b"%PDF-1.7\nbroken", "cannot be read"),
        ("a.exe", b"MZ", "is no type of document"),
        ("a.txt", b" \n \n", "holds no text"),
        ("a.html", b"<script>document.write('all of it')</script>", "shows no text"),
    ],
)
def test_what_is_no_document_is_refused(tmp_path: Path, name: str, data: bytes, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        read_document(put(tmp_path, name, data))


def test_a_packed_office_file_is_refused_unopened(tmp_path: Path) -> None:
    path = tmp_path / "bomb.docx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("word/document.xml", b"0" * 50_000_000)
    with pytest.raises(UsageError, match=r"`.docx` is no type of document"):
        read_document(path)


@pytest.mark.parametrize("name", ["big.txt", "big.html", "big.pdf"])
def test_a_file_of_a_gigabyte_is_refused_before_it_is_read(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    with path.open("wb") as file:
        file.truncate(1_000_000_000)
    begun = time.perf_counter()
    with pytest.raises(UsageError, match="has 1,000,000,000 bytes"):
        read_document(path)
    assert time.perf_counter() - begun < 0.5


@pytest.mark.parametrize("make", [pdf_bytes.bomb_of_zeros, pdf_bytes.bomb_of_brackets, pdf_bytes.circle_of_pages])
def test_a_pdf_that_grows_without_end_is_refused(tmp_path: Path, make: object) -> None:
    assert callable(make)
    with pytest.raises(UsageError):
        read_document(put(tmp_path, "bomb.pdf", make()))


def test_a_pdf_that_takes_too_long_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_SECONDS", 3)
    begun = time.perf_counter()
    with pytest.raises(UsageError, match=r"takes longer than 3 s|used up its 3 s"):
        read_document(put(tmp_path, "slow.pdf", pdf_bytes.bomb_of_work()))
    assert time.perf_counter() - begun < 20


@pytest.mark.skipif(os.name == "nt", reason="the platform has no bound on memory")
def test_a_pdf_that_needs_too_much_memory_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_MEMORY", 120_000_000)
    with pytest.raises(UsageError, match="memory"):
        read_document(put(tmp_path, "large.pdf", pdf_bytes.one_page(b" " * 70_000_000)))


@pytest.mark.parametrize(
    "page",
    ["<div>" * 100_000 + "deep", "<!--" * 500_000, "<b><p>" * 20_000, "<![CDATA[" * 100_000, "<a " + "x=1 " * 500_000],
    ids=["deep", "comments", "crossed", "sections", "attributes"],
)
def test_a_page_that_is_built_to_hang_is_read_or_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    monkeypatch.setattr(reading, "MOST_SECONDS", 2)
    begun = time.perf_counter()
    with suppress(UsageError):
        assert len(read_document(put(tmp_path, "a.html", page)).text) <= len(page)
    assert time.perf_counter() - begun < 20


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    secret = put(tmp_path, "secret.txt", "The key is under the stone.")
    folder = tmp_path / "articles"
    folder.mkdir()
    honest = put(folder, "a.txt", "Ten shells are left.")
    (folder / "b.txt").symlink_to(secret)
    (folder / "up").symlink_to(tmp_path, target_is_directory=True)
    found = find_files([folder])
    assert found.taken == [honest]
    assert [path.name for path, _ in found.refused] == ["b.txt"]
    for path in (folder / "b.txt", folder / ".." / "secret.txt"):
        with pytest.raises(UsageError, match="leads out of"):
            read_document(path, inside=folder)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the platform has no pipes with a name")
def test_a_pipe_is_refused_without_waiting_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    with pytest.raises(UsageError, match="is no plain file"):
        read_document(tmp_path / "pipe.txt")


def test_files_of_other_types_are_told(tmp_path: Path) -> None:
    put(tmp_path, "a.txt", "words")
    put(tmp_path, "b.docx", b"PK")
    found = find_files([tmp_path])
    assert [path.name for path in found.taken] == ["a.txt"]
    assert "no type of document" in found.refused[0][1]
    with pytest.raises(UsageError, match="there is no such file"):
        find_files([tmp_path / "none.txt"])


def test_a_module_that_lies_in_the_folder_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "bs4.py", "raise SystemExit('ran')")
    put(tmp_path, "json.py", "raise SystemExit('ran')")
    monkeypatch.chdir(tmp_path)
    assert read_document(put(tmp_path, "a.html", "<p>Ten shells.</p>")).text == "Ten shells."
