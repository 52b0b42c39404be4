"""Opening the database of a ledger: SQLite in a file, or PostgreSQL by URL; its tables brought to this version."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from replenish.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from alembic.config import Config

WAIT_SECONDS = 60
"""How long a writer waits for another one."""

LOCK = 0x7265_706C
"""Number of the advisory lock by which writers to PostgreSQL come one after the other."""


def open_engine(place: str | Path, *, create: bool) -> Engine:
    """Return an engine for a ledger whose tables are of this version.

    Args:
        place: a file, or a URL beginning with `sqlite:` or `postgresql:`.
        create: make it if it is not there.

    Raises:
        UsageError: it is not there, cannot be opened, or was made by a later version.
    """
    url = _to_url(place)
    if url.startswith("sqlite") and not create and not _file(url).is_file():
        raise UsageError(f"{_file(url)}: there is no ledger; `replenish ledger new` makes one")
    try:
        engine = create_engine(url, connect_args={"timeout": WAIT_SECONDS} if url.startswith("sqlite") else {})
        if engine.dialect.name == "sqlite":
            _prepare_sqlite(engine)
        _migrate(engine)
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        raise UsageError(
            f"{place}: cannot be opened ({error}); name a file, or postgresql://... with the extra postgresql"
        ) from error
    except DBAPIError as error:
        raise UsageError(f"{place}: cannot be opened as a ledger ({error.orig})") from error
    return engine


def _to_url(place: str | Path) -> str:
    given = str(place)
    if "://" not in given:
        return f"sqlite:///{given}"
    url = make_url(given)
    if url.get_backend_name() not in ("sqlite", "postgresql"):
        raise UsageError(f"{url.get_backend_name()}: a ledger lives in SQLite or PostgreSQL")
    if url.get_backend_name() == "postgresql" and url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    return url.render_as_string(hide_password=False)


def _file(url: str) -> Path:
    return Path(make_url(url).database or "")


def _prepare_sqlite(engine: Engine) -> None:
    """Let transactions begin as asked, readers go on beside a writer, and what is committed stay after a power cut."""

    @event.listens_for(engine, "connect")
    def connected(connection: Any, _: object) -> None:
        connection.isolation_level = None  # we begin transactions ourselves
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Give a connection that sees one state of the ledger throughout."""
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            with connection.begin():
                yield connection
        else:
            connection.exec_driver_sql("BEGIN")
            try:
                yield connection
            finally:
                connection.exec_driver_sql("ROLLBACK")


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Give a connection to the only writer; all is kept at the end, or nothing if anything fails."""
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            with connection.begin():
                connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": LOCK})
                yield connection
            return
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        try:
            yield connection
        except BaseException:
            connection.exec_driver_sql("ROLLBACK")
            raise
        connection.exec_driver_sql("COMMIT")


def _migrate(engine: Engine) -> None:
    """Bring the tables to this version.

    Raises:
        UsageError: a later version made them.
    """
    from alembic import command
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    config = _config()
    newest = ScriptDirectory.from_config(config).get_current_head()
    with engine.connect() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    if found == newest:
        return
    with writing(engine) as connection:
        context = MigrationContext.configure(connection)
        found = context.get_current_revision()  # another process may have been first
        if found is not None and found not in {
            step.revision for step in ScriptDirectory.from_config(config).walk_revisions()
        }:
            raise UsageError(
                f"the ledger was made by a later version of replenish (its tables are {found}); update replenish"
            )
        if found != newest:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    return config
