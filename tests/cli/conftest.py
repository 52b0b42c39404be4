"""What the tests of the command line share."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def wide_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Print as on a wide terminal, so that no word is broken."""
    monkeypatch.setenv("COLUMNS", "200")
