"""The tables of a ledger brought to this version, step by step, or refused."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, column, inspect, select, table, text

from replenish.errors import UsageError
from replenish.ledger import tables

if TYPE_CHECKING:
    from alembic.config import Config

NEWEST = "0001"
"""The last step in `migrations/versions`; a ledger that is at it is opened without loading Alembic."""

STEPS = str(Path(__file__).parent / "migrations")


def find_version(connection: Connection) -> str | None:
    """Return the step that the tables of a database are at; None where they are not made yet.

    Raises:
        UsageError: it is the database of another program, or not in UTF-8.
    """
    if connection.dialect.name == "postgresql":
        _refuse_encoding(connection)
    names = set(inspect(connection).get_table_names())
    if "alembic_version" in names:
        version: str | None = connection.scalar(select(column("version_num")).select_from(table("alembic_version")))
        if version is None or (version == NEWEST and not names.issuperset(tables.metadata.tables)):
            raise UsageError("it holds tables of another program, or a ledger that lost some; name another place")
        return version
    if names and (connection.dialect.name == "sqlite" or "entries" in names):
        raise UsageError(f"it holds tables of another program ({', '.join(sorted(names)[:3])}); name another place")
    return None


def _refuse_encoding(connection: Connection) -> None:
    encoding = connection.scalar(text("SHOW server_encoding"))
    if encoding != "UTF8":
        raise UsageError(f"its encoding is {encoding}; make a database with ENCODING 'UTF8'")


def upgrade(connection: Connection) -> None:
    """Bring the tables to this version; the only writer may ask.

    Raises:
        UsageError: a later version made them.
    """
    from alembic import command
    from alembic.script import ScriptDirectory

    found = find_version(connection)  # another process may have been first
    if found == NEWEST:
        return
    config = _config(connection)
    if found is not None and found not in {
        step.revision for step in ScriptDirectory.from_config(config).walk_revisions()
    }:
        raise UsageError(
            f"it was made by a later version of replenish (its tables are {found}, here {NEWEST}); update replenish"
        )
    command.upgrade(config, NEWEST)


def _config(connection: Connection) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", STEPS.replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
