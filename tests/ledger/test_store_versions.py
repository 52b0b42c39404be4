"""A ledger is opened where it is one, brought to this version where it is older, and anything else is refused."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, create_engine, inspect, text

from replenish.errors import UsageError
from replenish.ledger import database, migrate, tables
from replenish.ledger.store import Ledger
from tests.ledger.statements import said
from tests.postgresql import database as database_of

LATER = """
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade():
    op.add_column("statements", sa.Column("colour", sa.Text, nullable=False, server_default=""))
"""


@pytest.fixture
def later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Give a version of replenish with one more step, until the patch is undone."""
    steps = tmp_path / "migrations"
    shutil.copytree(migrate.STEPS, steps, ignore=shutil.ignore_patterns("__pycache__"))
    (steps / "versions" / "v0002_colour.py").write_text(LATER)
    monkeypatch.setattr(migrate, "STEPS", str(steps))
    for module in (migrate, database):
        monkeypatch.setattr(module, "NEWEST", "0002")
    return monkeypatch


def test_the_newest_step_is_the_one_that_is_named() -> None:
    config = Config()
    config.set_main_option("script_location", migrate.STEPS)
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_heads() == [migrate.NEWEST]


def test_steps_make_the_tables_that_the_code_declares(ledger: Ledger) -> None:
    with ledger.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, tables.metadata) == []
        keys = {name: inspect(connection).get_pk_constraint(name)["constrained_columns"] for name in tables.RECORDED}
    assert keys == {name: ["id"] for name in tables.RECORDED}


def test_a_ledger_of_an_earlier_version_is_brought_to_this_one(
    ledger: Ledger, place: str, later: pytest.MonkeyPatch
) -> None:
    before = ledger.record([said(1.0, on="2024-01-01", published=None, id="A")], author="me", purpose="a test")
    ledger.engine.dispose()
    newer = Ledger.open(place)
    assert "colour" in {column["name"] for column in inspect(newer.engine).get_columns("statements")}
    assert newer.entries() == [before]
    assert newer.verify() == []
    newer.engine.dispose()


def test_a_ledger_of_a_later_version_is_refused(place: str, later: pytest.MonkeyPatch) -> None:
    Ledger.open(place, create=True).engine.dispose()
    later.undo()
    with pytest.raises(UsageError, match="made by a later version of replenish"):
        Ledger.open(place)


def test_a_step_that_fails_changes_nothing(ledger: Ledger, place: str, later: pytest.MonkeyPatch) -> None:
    ledger.record([said(1.0, on="2024-01-01", published=None)], author="me", purpose="a test")
    ledger.engine.dispose()
    step = Path(migrate.STEPS) / "versions" / "v0002_colour.py"
    step.write_text(LATER + '    op.execute("SELECT 1 FROM nowhere")\n')
    with pytest.raises(UsageError, match="nowhere"):
        Ledger.open(place)
    later.undo()
    same = Ledger.open(place)
    assert "colour" not in {column["name"] for column in inspect(same.engine).get_columns("statements")}
    assert same.verify() == []
    same.engine.dispose()


def test_a_ledger_that_is_there_is_opened_without_alembic(tmp_path: Path) -> None:
    Ledger.open(tmp_path / "ledger.db", create=True).engine.dispose()
    code = "import sys; from replenish.ledger.store import Ledger; Ledger.open(sys.argv[1]); print(*sys.modules)"
    words = [sys.executable, "-c", code, str(tmp_path / "ledger.db")]
    assert "alembic" not in subprocess.check_output(words, text=True).split()


def test_a_ledger_is_not_made_by_looking_for_it(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no ledger"):
        Ledger.open(tmp_path / "none.db")
    assert not (tmp_path / "none.db").exists()


def test_a_file_that_is_no_ledger_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear reader, this is not a database at all." * 200)
    with pytest.raises(UsageError, match="cannot be opened"):
        Ledger.open(path)


def test_a_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "places.db"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE bookmarks (address TEXT)")
    other.close()
    before = path.read_bytes()
    with pytest.raises(UsageError, match=r"tables of another program \(bookmarks\)"):
        Ledger.open(path, create=True)
    assert path.read_bytes() == before


def test_tables_of_another_program_beside_those_of_a_ledger_are_left_alone(postgresql: str) -> None:
    engine = create_engine(postgresql)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE bookmarks (address TEXT)"))
    engine.dispose()
    ledger = Ledger.open(postgresql, create=True)
    ledger.record([said(1.0, on="2024-01-01", published=None)], author="me", purpose="a test")
    assert ledger.verify() == []
    ledger.engine.dispose()


@pytest.mark.parametrize("name", ["a b.db", "50%.db", "what?.db", "#1.db", "été.db"])
def test_a_file_may_have_any_name(tmp_path: Path, name: str) -> None:
    Ledger.open(tmp_path / name, create=True).engine.dispose()
    assert (tmp_path / name).is_file()


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="unable to open database file"):
        Ledger.open(tmp_path / "none" / "ledger.db", create=True)


@pytest.mark.parametrize("url", ["mysql://me@localhost/x", "postgresql+nonsense://me@localhost/x", "://", "http://"])
def test_addresses_of_no_ledger_are_refused(url: str) -> None:
    with pytest.raises(UsageError):
        Ledger.open(url, create=True)


def test_a_password_is_not_shown(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        Ledger.open(f"postgresql://me:geheim@/x?host={tmp_path}")
    assert "geheim" not in str(caught.value)
    assert "cannot be opened" in str(caught.value)


def test_a_database_that_cannot_hold_every_letter_is_refused(postgresql_server: URL) -> None:
    encoding = "ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'"
    with database_of(postgresql_server, encoding) as url, pytest.raises(UsageError, match="its encoding is LATIN1"):
        Ledger.open(url, create=True)
