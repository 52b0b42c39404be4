"""Places for ledgers: a file, and a PostgreSQL database where there is a server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from replenish.ledger.store import Ledger


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return where a ledger can be made."""
    return str(tmp_path / "ledger.db") if request.param == "sqlite" else str(request.getfixturevalue("postgresql"))


@pytest.fixture
def ledger(place: str) -> Iterator[Ledger]:
    """Give an empty ledger."""
    made = Ledger.open(place, create=True)
    yield made
    made.engine.dispose()
