"""Whatever lies where a ledger should be is refused in one line, stays as it is, and no password is shown."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect

from replenish.cli import main
from replenish.errors import TableError, UsageError
from replenish.ledger.importing.imports import import_table
from replenish.ledger.store import Ledger
from tests.ledger.statements import said

Run = Callable[..., tuple[int, str]]
SECRETS = (
    "postgresql://me:geheim@host:port/x", "postgresql://me:ge@heim@127.0.0.1:1/x", "postgresql://me:geheim@[::1/x",
    "postgresql://me@127.0.0.1:1/x?password=geheim", "postgresql://me:geheim@127.0.0.1:1/x?nonsense=1",
    "postgresql+psycopg2://me:geheim@127.0.0.1:1/x", "postgresql://127.0.0.1:1/x?sslkey=/k&sslpassword=geheim",
    "sqlite:///x.db?password=geheim", "mysql://me:geheim@host/x",
)  # fmt: skip


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs a command on a ledger in an empty folder: exit status, and all that it said."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("REPLENISH_LEDGER", raising=False)

    def run_one(*words: str) -> tuple[int, str]:
        status = main(["ledger", *words])
        out = capsys.readouterr()
        return status, out.out + out.err

    return run_one


def a_ledger(path: Path) -> bytes:
    """Return the bytes of a ledger with some rows."""
    made = Ledger.open(path, create=True)
    made.record([said(n, on="2024-01-01", published=None) for n in range(200)], author="me", purpose="a test")
    made.engine.dispose()
    return path.read_bytes()


@pytest.mark.parametrize("share", [0.0, 0.0005, 0.1, 0.5])
def test_a_ledger_that_was_cut_off_is_refused_and_left_as_it_is(share: float, run: Run, tmp_path: Path) -> None:
    whole = a_ledger(tmp_path / "whole.db")
    left = whole[: int(share * len(whole))]
    (tmp_path / "cut.db").write_bytes(left)
    for words in (("show",), ("verify",), ("sources",), ("correct", "A", "best=1", "--reason", "x")):
        status, told = run(*words, "--ledger", "cut.db")
        assert (status, len(told.splitlines())) == (2, 1)
    assert (tmp_path / "cut.db").read_bytes() == left


def test_a_ledger_that_lost_its_last_pages_does_not_pass_as_whole(run: Run, tmp_path: Path) -> None:
    whole = a_ledger(tmp_path / "ledger.db")
    (tmp_path / "ledger.db").write_bytes(whole[:-4096])
    assert run("verify")[0] != 0


def test_a_page_in_the_middle_that_is_damaged_is_told_in_one_line(run: Run, tmp_path: Path) -> None:
    whole = bytearray(a_ledger(tmp_path / "ledger.db"))
    whole[8192:] = os.urandom(len(whole) - 8192)
    (tmp_path / "ledger.db").write_bytes(whole)
    for words in (("show",), ("sources",), ("correct", "A", "best=1", "--reason", "x")):
        status, told = run(*words)
        assert (status, len(told.splitlines())) == (2, 1)


def test_an_empty_database_is_no_ledger_until_one_is_made_there(postgresql: str) -> None:
    with pytest.raises(UsageError, match="holds no ledger"):
        Ledger.open(postgresql)
    engine = create_engine(postgresql)
    assert inspect(engine).get_table_names() == []
    engine.dispose()


@pytest.mark.parametrize("made", [
    ["CREATE TABLE alembic_version (version_num TEXT)", "CREATE TABLE users (name TEXT)"],
    ["CREATE TABLE alembic_version (version_num TEXT)", "INSERT INTO alembic_version VALUES ('0001')"],
    ["CREATE TABLE entries (number INTEGER)"],
])  # fmt: skip
def test_a_file_that_another_program_keeps_by_the_same_means_is_left_alone(made: list[str], tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as other:
        for command in made:
            other.execute(command)
    other.close()
    before = path.read_bytes()
    for create in (False, True):
        with pytest.raises(UsageError, match="tables of another program"):
            Ledger.open(path, create=create)
    assert path.read_bytes() == before


def test_a_folder_is_no_ledger(run: Run, tmp_path: Path) -> None:
    (tmp_path / "folder.db").mkdir()
    assert run("show", "--ledger", "folder.db")[0] == 2
    assert run("new", "folder.db")[0] == 2


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is closed to this user")
def test_a_ledger_that_may_not_be_written_says_so(run: Run, tmp_path: Path) -> None:
    a_ledger(tmp_path / "ledger.db")
    (tmp_path / "ledger.db").chmod(0o444)
    status, told = run("correct", "A", "best=1", "--reason", "x")
    assert (status, len(told.splitlines())) == (2, 1)


@pytest.mark.parametrize("url", SECRETS)
@pytest.mark.parametrize("words", [("show", "--ledger"), ("new",)])
def test_no_part_of_a_password_is_shown(url: str, words: tuple[str, ...], run: Run) -> None:
    status, told = run(*words, url)
    assert (status, len(told.splitlines())) == (2, 1)
    assert "heim" not in told


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the platform has no pipes with a name")
@pytest.mark.parametrize("name", ["pipe.csv", "pipe.xlsx", "/dev/zero"])
def test_a_table_that_never_ends_is_refused_unread(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    if not path.exists():
        os.mkfifo(path)
    with pytest.raises(TableError, match="is no plain file"):
        import_table(Ledger.open(tmp_path / "ledger.db", create=True), path)
