"""Opening the database of a ledger: SQLite in a file, or PostgreSQL by URL; reading and writing in transactions."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, NoSuchModuleError, OperationalError

from replenish.errors import UsageError
from replenish.ledger.migrate import NEWEST, find_version, upgrade

logging.getLogger("psycopg").addHandler(logging.NullHandler())  # what goes wrong is raised; it would print it too

WAIT_SECONDS = 60
"""How long a writer waits for another one."""

CACHE = 65_536
"""Memory for pages of an SQLite file [KiB]; its default of 2 MiB has indexes written many times in a long import."""

LOCK = 0x7265_706C
"""Number of the advisory lock by which writers to PostgreSQL come one after the other."""

POSTGRESQL_PORT = 5432

PRAGMAS = ("synchronous=FULL", "foreign_keys=ON", "trusted_schema=OFF", f"cache_size=-{CACHE}")

REASONS = {
    "SQLITE_FULL": "there is no space left for it; make space",
    "SQLITE_BUSY": f"another process writes to it for longer than {WAIT_SECONDS} s; try again",
    "SQLITE_READONLY": "it may not be written; ask for the right to, or copy it",
    "SQLITE_CORRUPT": "it is damaged; look at it with `replenish ledger verify`, and go back to a copy",
    "SQLITE_NOTADB": "it is damaged, or no ledger; go back to a copy",
    "SQLITE_IOERR": "the disk does not read or write; look at the disk",
    "53100": "there is no space left for it; make space",
    "55P03": f"another process writes to it for longer than {WAIT_SECONDS} s; try again",
    "25006": "it may not be written; name a server that takes writers",
}
"""What codes of SQLite (longer ones begin so) and PostgreSQL mean, and what to do."""


def open_engine(place: str | Path, *, create: bool) -> Engine:
    """Return an engine for a ledger whose tables are of this version.

    Args:
        place: a file, or a URL beginning with `sqlite:` or `postgresql:`.
        create: make it if it is not there.

    Raises:
        UsageError: it is not there, cannot be opened, holds something else, or was made by a later version.
    """
    url = _to_url(place)
    shown = to_shown(place)
    if url.get_backend_name() == "sqlite" and not create and not Path(url.database or "").is_file():
        raise UsageError(f"{url.database}: there is no ledger; `replenish ledger new` makes one")
    try:
        return _prepared(url, create=create)
    except UsageError as error:
        raise UsageError(f"{shown}: {error}") from error
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        raise UsageError(
            f"{shown}: cannot be opened ({error}); name a file, or postgresql://... with the extra postgresql"
        ) from error
    except DBAPIError as error:
        raise UsageError(f"{shown}: cannot be opened as a ledger ({_said(error)})") from error


def to_server(place: str) -> tuple[str | None, int, str | None]:
    """Return host, or folder of its socket, port and name of the database at a URL."""
    url = _to_url(place)
    host = url.host or ",".join(url.normalized_query.get("host", ())) or None
    return host, url.port or POSTGRESQL_PORT, url.database


def to_shown(place: str | Path) -> str:
    """Return where a ledger is without what a URL says of passwords, keys and other options."""
    return _to_url(place).set(query={}).render_as_string() if "://" in str(place) else str(place)


def _prepared(url: URL, *, create: bool) -> Engine:
    engine = create_engine(url, connect_args={"timeout": WAIT_SECONDS} if url.get_backend_name() == "sqlite" else {})
    try:
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", _prepare_sqlite)
        else:
            event.listen(engine, "do_executemany", _copy)
        with engine.connect() as connection:
            found = find_version(connection)
            if found is None and not create:
                raise UsageError("it is empty and holds no ledger; `replenish ledger new` makes one elsewhere")
            if engine.dialect.name == "sqlite":  # not earlier: the file may be another program's
                connection.exec_driver_sql("PRAGMA journal_mode=WAL")  # readers go on beside a writer
        if found != NEWEST:
            with writing(engine) as connection:
                upgrade(connection)
    except BaseException:
        engine.dispose()
        raise
    return engine


def _to_url(place: str | Path) -> URL:
    given = str(place)
    if "://" not in given:
        return URL.create("sqlite", database=given)
    try:
        url = make_url(given)
    except (ArgumentError, ValueError) as error:
        raise UsageError("the address of a ledger cannot be read; write postgresql://user@host/database") from error
    if url.get_backend_name() not in ("sqlite", "postgresql"):
        raise UsageError(f"{url.get_backend_name()}: a ledger lives in SQLite or PostgreSQL")
    if url.get_backend_name() == "sqlite" and url.query:
        raise UsageError("the address of an SQLite ledger takes no options; write the name of the file")
    if "@" in (url.host or ""):
        raise UsageError("the address of a ledger has several @; in a password write %40 for it")
    if url.get_backend_name() == "postgresql" and url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    return url


def _prepare_sqlite(connection: Any, _: object) -> None:
    """Let transactions begin as asked, and what is committed stay after a power cut."""
    connection.isolation_level = None  # we begin transactions ourselves
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _copy(cursor: Any, statement: str, rows: Iterable[Sequence[Any]], _: object) -> bool:
    """Copy rows into PostgreSQL, which takes an eighth of the time of inserting them; return whether it was asked."""
    if not statement.startswith("COPY "):
        return False
    with cursor.copy(statement) as sent:
        for row in rows:
            sent.write_row(row)
    return True


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Give a connection that sees one state of the ledger throughout.

    Raises:
        UsageError: the database cannot be read, is asked for a text that it cannot hold, or holds what no ledger
            records.
    """
    try:
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
                    _roll_back(connection)
    except (DataError, UnicodeEncodeError) as error:
        raise UsageError("no text of a ledger holds NUL or half a character; mend what is asked for") from error
    except ValueError as error:
        raise UsageError(
            f"the ledger holds what no ledger records ({error}); look at it with `replenish ledger verify`"
        ) from error
    except DBAPIError as error:
        why = _reason(error) or "the database refuses the question"
        raise UsageError(f"the ledger cannot be read: {why} ({_said(error)})") from error


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Give a connection to the only writer; all is kept at the end, or nothing if anything fails.

    Raises:
        UsageError: the database cannot write: no space, no right, or another writer for too long.
    """
    try:
        with engine.connect() as connection:
            if engine.dialect.name == "postgresql":
                with connection.begin():
                    wait = f"{WAIT_SECONDS}s"
                    connection.execute(text("SELECT set_config('lock_timeout', :wait, true)"), {"wait": wait})
                    connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": LOCK})
                    yield connection
            else:
                with _sole_writer(connection):
                    yield connection
    except DBAPIError as error:
        if why := _reason(error):
            raise UsageError(f"nothing was recorded: {why} ({_said(error)})") from error
        raise


@contextmanager
def _sole_writer(connection: Connection) -> Iterator[None]:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
    try:
        yield
        connection.exec_driver_sql("COMMIT")
    except BaseException:
        _roll_back(connection)
        raise


def _roll_back(connection: Connection) -> None:
    """Roll back, unless SQLite has done so itself, as it does on a full disk."""
    raw: Any = connection.connection.dbapi_connection
    if raw.in_transaction:
        connection.exec_driver_sql("ROLLBACK")


def _said(error: DBAPIError) -> str:
    """Return the words of the database in one line."""
    return " ".join(str(error.orig).split())


def _reason(error: DBAPIError) -> str | None:
    code = getattr(error.orig, "sqlite_errorname", None) or getattr(error.orig, "sqlstate", None) or ""
    found = next((REASONS[start] for start in REASONS if code.startswith(start)), None)
    if found is None and isinstance(error, OperationalError) and error.connection_invalidated:
        return "the connection to the database was lost; try again"
    return found
