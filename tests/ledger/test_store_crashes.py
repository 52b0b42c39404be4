"""Killed, crowded or without space, a ledger loses nothing that was recorded and holds nothing half."""

from __future__ import annotations

import resource
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from replenish.errors import UsageError
from replenish.ledger import database
from replenish.ledger.database import reading, writing
from replenish.ledger.store import Ledger, count
from replenish.ledger.values import Statement
from tests.ledger.importer import start
from tests.ledger.statements import said
from tests.postgresql import NO_POSTGRESQL, crash, find_tools, server
from tests.postgresql import database as database_of

ROWS = 3_000


@contextmanager
def started(place: str, name: str, *, entries: int, rows: int, halt: int = 0) -> Iterator[subprocess.Popen[str]]:
    process = start(place, name, entries=entries, rows=rows, halt=halt)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def kill(process: subprocess.Popen[str]) -> list[str]:
    """Return the entries that a process said it had recorded before it was killed."""
    process.send_signal(signal.SIGKILL)
    said_so, _ = process.communicate()
    return [line for line in said_so.split("\n")[:-1] if line != "halted"]


def row(name: str, value: float = 1.0) -> Statement:
    return said(value, on="2024-01-01", published=None, id=name)


def rows_of(ledger: Ledger) -> int:
    with reading(ledger.engine) as connection:
        return count(connection, "statements")


@pytest.mark.parametrize("halt", [1, 2])
def test_an_import_that_is_killed_in_the_middle_leaves_nothing(ledger: Ledger, place: str, halt: int) -> None:
    ledger.record([row("before")], author="me", purpose="a test")
    with started(place, "importer", entries=1, rows=ROWS, halt=halt) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "halted\n"
        if place.endswith(".db"):
            assert Path(f"{place}-wal").stat().st_size > 500_000
        assert kill(process) == []
    assert (len(ledger.entries()), rows_of(ledger)) == (1, 1)
    ledger.record([row("importer-0-0"), row("after")], author="me", purpose="a test")
    assert ledger.verify() == []


def test_what_was_said_to_be_recorded_outlives_any_kill(ledger: Ledger, place: str) -> None:
    recorded = []
    for number in range(4):
        with started(place, f"k{number}", entries=10_000, rows=20) as process:
            assert process.stdout is not None
            recorded.append(process.stdout.readline().strip())
            time.sleep(0.013 * (number + 1))
            recorded += kill(process)
    assert all(ledger.find(Statement, name) for name in recorded)
    assert ledger.verify() == []
    assert rows_of(ledger) == 20 * len(ledger.entries())
    assert len(recorded) <= len(ledger.entries()) <= len(recorded) + 4


def test_two_writers_come_one_after_the_other(ledger: Ledger, place: str) -> None:
    with started(place, "a", entries=15, rows=40) as one, started(place, "b", entries=15, rows=40) as other:
        assert [process.communicate(timeout=120)[1] for process in (one, other)] == ["", ""]
    assert [entry.number for entry in ledger.entries()] == list(range(1, 31))
    assert {entry.author for entry in ledger.entries()} == {"a", "b"}
    assert rows_of(ledger) == 1_200
    assert ledger.verify() == []


def test_one_of_two_writers_that_is_killed_takes_nothing_along(ledger: Ledger, place: str) -> None:
    with started(place, "a", entries=1, rows=ROWS, halt=2) as killed, started(place, "b", entries=10, rows=40) as other:
        assert killed.stdout is not None
        assert killed.stdout.readline() == "halted\n"
        time.sleep(0.2)
        kill(killed)
        out, error = other.communicate(timeout=120)
    assert (len(out.split()), error) == (10, "")
    assert {entry.author for entry in ledger.entries()} == {"b"}
    assert rows_of(ledger) == 400
    assert ledger.verify() == []


def test_a_ledger_that_several_make_at_once_is_made_once(place: str) -> None:
    with (
        started(place, "a", entries=2, rows=2) as one,
        started(place, "b", entries=2, rows=2) as two,
        started(place, "c", entries=2, rows=2) as three,
    ):
        assert [process.communicate(timeout=120)[1] for process in (one, two, three)] == [""] * 3
    ledger = Ledger.open(place)
    assert len(ledger.entries()) == 6
    assert ledger.verify() == []
    ledger.engine.dispose()


def test_a_reader_sees_one_state_while_a_writer_goes_on(ledger: Ledger, place: str) -> None:
    ledger.record([row("before")], author="me", purpose="a test")
    with reading(ledger.engine) as connection:
        assert count(connection, "statements") == 1
        with started(place, "writer", entries=3, rows=10) as process:
            assert process.communicate(timeout=120)[1] == ""
        assert count(connection, "statements") == 1
    assert rows_of(ledger) == 31


def test_a_reader_is_not_kept_waiting_by_a_writer(ledger: Ledger) -> None:
    with writing(ledger.engine):
        assert ledger.entries() == []


def test_a_writer_that_waits_too_long_says_so(ledger: Ledger, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "WAIT_SECONDS", 1)
    impatient = Ledger.open(place)
    with writing(ledger.engine), pytest.raises(UsageError, match="another process writes"):
        impatient.record([row("a")], author="me", purpose="a test")
    impatient.engine.dispose()


def test_a_file_at_its_page_limit_takes_nothing_half(tmp_path: Path) -> None:
    ledger = Ledger.open(tmp_path / "ledger.db", create=True)
    ledger.record([row("before")], author="me", purpose="a test")
    with ledger.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 20}")
    with pytest.raises(UsageError, match="nothing was recorded: there is no space left"):
        ledger.record([row(f"n{n}") for n in range(ROWS)], author="me", purpose="a test")
    assert rows_of(ledger) == 1
    ledger.record([row("after")], author="me", purpose="a test")
    assert ledger.verify() == []


def test_a_disk_that_does_not_take_more_is_told(tmp_path: Path) -> None:
    ledger = Ledger.open(tmp_path / "ledger.db", create=True)
    ledger.record([row("before")], author="me", purpose="a test")
    before, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, hard))
    try:
        with pytest.raises(UsageError, match="nothing was recorded: "):
            ledger.record([row(f"n{n}") for n in range(ROWS)], author="me", purpose="a test")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (before, hard))
        signal.signal(signal.SIGXFSZ, handler)
    assert rows_of(ledger) == 1
    assert ledger.verify() == []


def test_a_server_without_space_is_told(postgresql: str) -> None:
    ledger = Ledger.open(postgresql, create=True)
    full = "DO $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$"
    with pytest.raises(UsageError, match="there is no space left"), writing(ledger.engine) as connection:
        connection.execute(text(full))
    ledger.engine.dispose()


def lose_connection(ledger: Ledger) -> None:
    with writing(ledger.engine) as connection:
        own = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        with ledger.engine.begin() as other:
            other.execute(text("SELECT pg_terminate_backend(:own)"), {"own": own})
        connection.exec_driver_sql("SELECT 1")


def test_a_server_that_ends_the_connection_is_told(postgresql: str) -> None:
    ledger = Ledger.open(postgresql, create=True)
    with pytest.raises(UsageError, match="the connection to the database was lost"):
        lose_connection(ledger)
    ledger.record([row("after")], author="me", purpose="a test")
    assert ledger.verify() == []
    ledger.engine.dispose()


@pytest.mark.usefixtures("postgresql_server")
def test_a_server_that_crashes_in_the_middle_of_an_import_keeps_what_was_recorded_before() -> None:
    tools = find_tools()
    if tools is None:
        pytest.skip(NO_POSTGRESQL)  # the server is elsewhere: it is not ours to crash
    with server(tools) as at, database_of(at) as url:
        ledger = Ledger.open(url, create=True)
        ledger.record([row("before")], author="me", purpose="a test")
        ledger.engine.dispose()
        with started(url, "importer", entries=1, rows=ROWS, halt=2) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "halted\n"
            crash(tools, at)
        assert (len(ledger.entries()), rows_of(ledger)) == (1, 1)
        ledger.record([row("importer-0-0")], author="me", purpose="a test")
        assert ledger.verify() == []
        ledger.engine.dispose()
