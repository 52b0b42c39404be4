"""Tables of a study as a folder: one CSV for each, and `study.json` with what makes them repeatable."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from replenish.errors import UsageError

ABOUT = "study.json"

_FORMULA = r"^'*[=+\-@\t\r\n]"
"""Starts of a text that a spreadsheet may take for a formula, and of those that were escaped before."""

_ESCAPED = r"^'('*[=+\-@\t\r\n])"


def study_folder(kind: str, name: str) -> Path:
    """Return a folder under `runs/` named after the kind of study, what it is about, and the time."""
    return Path("runs") / f"{kind}-{name}-{datetime.now(UTC):%Y%m%d-%H%M%S}"


def refuse_foreign(folder: Path, kind: str) -> None:
    """Raise UsageError if `folder` holds anything but a study of this kind."""
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    if read_about(folder).get("kind") != kind:
        raise UsageError(f"{folder}: holds something that is not a {kind} study; name another folder with --out")


def read_about(folder: Path) -> dict[str, Any]:
    """Return what `study.json` says; nothing where there is none that can be read."""
    try:
        found = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def save_study(folder: Path, kind: str, about: Mapping[str, Any], tables: Mapping[str, pl.DataFrame]) -> None:
    """Write the tables and what they come from into `folder`.

    Raises:
        UsageError: the folder holds something else.
    """
    refuse_foreign(folder, kind)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ABOUT).write_text(json.dumps({"kind": kind, **about}, indent=2) + "\n", encoding="utf-8")
    for name, table in tables.items():
        shown = table.with_columns(pl.col(pl.Enum, pl.Categorical).cast(pl.String))
        shown.with_columns(pl.col(pl.String).str.replace(_FORMULA, "'$0")).write_csv(folder / f"{name}.csv")


def read_table(file: Path, schema: Any) -> pl.DataFrame:
    """Return a table that was saved; text that is missing is empty."""
    text = pl.col(pl.String)
    return pl.read_csv(file, schema=schema).with_columns(text.fill_null("").str.replace(_ESCAPED, "$1"))


def escaped(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula.

    >>> escaped("=A1"), escaped("A1")
    ("'=A1", 'A1')
    """
    return f"'{text}" if re.match(_FORMULA, text) else text
