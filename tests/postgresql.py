"""A PostgreSQL server of our own for tests, on a socket in a folder of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import URL, NullPool, create_engine, make_url, text

NO_POSTGRESQL = (
    "no PostgreSQL found; install Debian's package postgresql, or name a server in REPLENISH_TEST_POSTGRESQL"
)
GIVEN = os.environ.get("REPLENISH_TEST_POSTGRESQL", "")
"""URL of a server whose user may create databases."""

SERVER_USER = "postgres"
"""Who runs the server where tests run as root, which PostgreSQL refuses."""

SPEED = "-c fsync=off -c full_page_writes=off -c shared_buffers=32MB -c max_connections=40"


def find_tools() -> Path | None:
    """Return the folder with `initdb` and `pg_ctl` of the newest PostgreSQL; None where there is none."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    installed = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    return max((path.parent for path in installed), key=lambda path: float(path.parent.name), default=None)


@contextmanager
def server(tools: Path) -> Iterator[URL]:
    """Give the address of a server that runs until the end of the block."""
    user = _user()
    with tempfile.TemporaryDirectory(prefix="replenish-pg-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        if user:
            shutil.chown(folder, SERVER_USER, SERVER_USER)
        data = str(folder / "data")
        _run(
            [tools / "initdb", "-D", data, "-U", SERVER_USER, "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"],
            **user,
        )
        options = f"-c listen_addresses='' -c unix_socket_directories='{folder}' {SPEED}"
        _run([tools / "pg_ctl", "start", "-w", "-D", data, "-l", f"{folder}/log", "-o", options], **user)
        try:
            yield URL.create("postgresql+psycopg", SERVER_USER, database="postgres", query={"host": name})
        finally:
            _run([tools / "pg_ctl", "stop", "-w", "-m", "immediate", "-D", data], **user)


def crash(tools: Path, at: URL) -> None:
    """End a server of our own without giving it time for anything, and start it again."""
    data = f"{at.query['host']}/data"
    _run([tools / "pg_ctl", "restart", "-w", "-m", "immediate", "-D", data, "-l", f"{data}/../log"], **_user())


def _user() -> dict[str, Any]:
    return {"user": SERVER_USER, "group": SERVER_USER, "extra_groups": []} if os.geteuid() == 0 else {}


def _run(words: list[Any], **user: Any) -> None:
    # To a file: the server inherits what it prints to, and a pipe would stay open as long as it runs.
    with tempfile.TemporaryFile() as said:
        done = subprocess.run(list(map(str, words)), stdout=said, stderr=said, cwd="/", check=False, **user)
        said.seek(0)
        assert done.returncode == 0, said.read().decode()


@contextmanager
def database(at: URL, options: str = "") -> Iterator[str]:
    """Give the URL of an empty database that is dropped at the end of the block."""
    name = f"replenish_{uuid4().hex}"
    engine = create_engine(at, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    try:
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template0 {options}"))
        yield at.set(database=name).render_as_string(hide_password=False)
        with engine.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    finally:
        engine.dispose()


def given_server() -> URL:
    """Return the address of the server that the environment names."""
    url = make_url(GIVEN)
    return url.set(drivername="postgresql+psycopg") if url.drivername == "postgresql" else url
