"""What the tests of the engines share."""

from __future__ import annotations

import pytest

from tests.simulation.by_hand import Run
from tests.simulation.engines import ENGINES


@pytest.fixture(params=ENGINES)
def each_engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the cases of a test on the compiled kernel, and once more on the reference."""
    monkeypatch.setattr(Run, "engine", request.param)
