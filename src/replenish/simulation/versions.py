"""What a run depends on."""

from __future__ import annotations

import platform
from importlib.metadata import version


def versions() -> dict[str, str]:
    """Return the versions of what a run depends on."""
    parts = ("replenish", "numpy", "numba", "scipy", "polars", "pydantic")
    return {"python": platform.python_version(), **{part: version(part) for part in parts}}
