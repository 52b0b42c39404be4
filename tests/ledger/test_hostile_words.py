"""Words that mean harm to a database, a terminal or a file system are words, or are refused in one line."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from replenish.cli import main
from replenish.errors import SIGNS, UsageError
from replenish.ledger.ask.knowing import Which, find_known
from replenish.ledger.store import Ledger
from replenish.ledger.values import Document, Statement
from tests.ledger.statements import said

SQL = "x'); DROP TABLE statements; --"
HALF = "a\udcff"
"""What Python makes of a byte on the command line that is no UTF-8."""

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs a command on a ledger with one statement: exit status, output, errors."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("REPLENISH_LEDGER", raising=False)
    made = Ledger.open("ledger.db", create=True)
    made.record([said(1.0, on="2024-01-01", published="2024-01-02", id="A")], author="me", purpose="a test")
    made.engine.dispose()

    def run_one(*words: str) -> tuple[int, str, str]:
        status = main(["ledger", *words])
        out = capsys.readouterr()
        return status, out.out, out.err

    return run_one


COMMANDS = (
    ("show", "{}"), ("show", "--holder", "{}"), ("show", "--recorded-by", "{}"), ("show", "--ledger", "{}"),
    ("diff", "{}", "--known", "2024-01-01", "2024-02-01"), ("conflicts", "{}"), ("pledges", "--holder", "{}"),
    ("counts", "{}"), ("sources", "{}"), ("passages", "{}"), ("passages", "{}", "--accept", "1"),
    ("correct", "{}", "best=2", "--reason", "x"), ("correct", "A", "{}=2", "--reason", "x"),
    ("correct", "A", "document={}", "--reason", "x"), ("correct", "A", "passage={}", "--reason", "x"),
    ("correct", "A", "item={}", "--reason", "{}", "--author", "{}"), ("add", "{}"), ("add", "a.txt", "--address", "{}"),
    ("add", "{}.txt", "--author", "{}"), ("import", "{}"), ("import", "{}.csv", "--correct", "{}"),
    ("export", "{}.csv", "--item", "{}"), ("statement", "{}"), ("report", "{}", "--out", "{}.html"),
    ("show", "--out", "{}.csv"), ("conflicts", "--out", "{}.xlsx"), ("passages", "{}", "--draft", "{}.csv"),
    ("add", "a.txt", "--title", "{}", "--publisher", "{}", "--published", "{}"),
)  # fmt: skip


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("harm", [SQL, HALF, "\x1b[2J\u202e", "%(x)s ? :y %s", "x" * 100_000], ids=repr)
def test_no_option_harms_the_ledger_or_ends_in_a_traceback(words: tuple[str, ...], harm: str, run: Run) -> None:
    Path("a.txt").write_text("Ten shells are left in the depots of the north.", encoding="utf-8")
    status, out, err = run(*(word.format(harm) for word in words))
    assert status in (0, 2, 3)
    assert "\x1b" not in out + err
    assert run("verify")[0] == 0
    assert "count alpha" in run("show", "--known-at", "2024-01-02")[1]


@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "2024-13-01", "T", ""])
def test_moments_at_the_ends_of_time_are_read_or_refused(moment: str, run: Run) -> None:
    status, _, err = run("show", "--recorded-by", moment)
    assert (status, len(err.splitlines())) in ((0, 0), (2, 1))


def test_a_needed_column_is_not_emptied(run: Run) -> None:
    status, _, err = run("correct", "A", "holder=", "--reason", "x")
    assert (status, err.strip()) == (2, "replenish: holder: may not be empty")


@pytest.mark.parametrize("word", ["a\0b", "a\ud800b"])
def test_a_question_for_what_no_ledger_holds_finds_nothing_or_is_refused(word: str, ledger: Ledger) -> None:
    for ask in (lambda: find_known(ledger, Which(item=word)), lambda: ledger.find(Statement, word)):
        with suppress(UsageError):
            assert not ask()


@pytest.mark.skipif(os.name != "posix", reason="names of files are text there")
def test_files_whose_names_are_no_text_are_recorded_under_names_that_are(run: Run) -> None:
    Path(os.fsdecode(b"t\xff.csv")).write_text("id,kind,holder,item,best,unit\nB,count,a,s,1,r\n", encoding="utf-8")
    Path(os.fsdecode(b"d\xff.txt")).write_text("Ten shells are left in the depots of the north.", encoding="utf-8")
    assert run("import", os.fsdecode(b"t\xff.csv"))[0] == 0
    status, out, _ = run("add", os.fsdecode(b"d\xff.txt"))
    assert status == 0
    out.encode()
    assert [one.purpose for one in Ledger.open("ledger.db").entries()][1:] == ["import of t?.csv", "document d?.txt"]


@pytest.mark.parametrize("sign", ["\x1b", "\x00", "\x85", "\u061c", "\u200b", "\u200f", "\u202e", "\u2066", "\ufeff"])
def test_a_name_that_looks_like_another_one_is_refused(sign: str, run: Run) -> None:
    assert SIGNS.search(sign)
    Path("t.csv").write_bytes(f"id,kind,holder,item,best,unit\nB,count,al{sign}pha,shell,1,r\n".encode())
    status, _, err = run("import", "t.csv")
    assert status == 3
    assert sign not in err
    assert "nothing was recorded" in err


@pytest.mark.parametrize("text", ["\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "\U0001f469\u200d\U0001f680"])
def test_joiners_that_letters_need_are_kept(text: str, run: Run) -> None:
    Path("t.csv").write_text(f"id,kind,holder,item,best,unit\nB,count,{text},shell,1,r\n", encoding="utf-8")
    assert run("import", "t.csv")[0] == 0


def test_titles_that_mean_harm_to_a_terminal_are_not_printed_as_they_are(run: Run) -> None:
    book = Ledger.open("ledger.db")
    document = Document(id="d\u202e", title="a\x1b]0;b\x07\u202e", publisher="\x9b31m", address="\x1b[8m")
    row = said(2.0, on="2024-01-01", published=None, document="d\u202e", unit="\u202e[8m", speaker="\x1b", id="\u202eB")
    book.record([document, row], author="me", purpose="a test")
    for words in (("show",), ("sources",), ("conflicts",), ("counts",)):
        status, out, err = run(*words)
        assert status == 0
        assert not SIGNS.search(out + err)
