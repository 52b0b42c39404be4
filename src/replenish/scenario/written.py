"""What a scenario says, cell by cell, as it is written to files and sheets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel

from replenish.scenario.describe import default_of
from replenish.scenario.model import Row


def stated_columns(rows: Sequence[Row]) -> list[str]:
    """Return the columns of a table that are required, stated or not at their default anywhere."""
    declared = type(rows[0]).model_fields
    defaults = {name: default_of(column) for name, column in declared.items()}
    return [
        name
        for name, column in declared.items()
        if column.is_required() or any(is_stated(row, name, defaults[name]) for row in rows)
    ]


def is_stated(row: BaseModel, column: str, default: Any) -> bool:
    """Return whether a cell says something: an empty one would not stand for the same."""
    value = getattr(row, column)
    return value not in (None, "") and (value != default or column in row.model_fields_set)


def number_text(value: float) -> str:
    """Return the shortest text that is read back as the same number, -0.0 included.

    >>> number_text(1500.0), number_text(0.1), number_text(1e300)
    ('1500', '0.1', '1e+300')
    """
    return float.__repr__(value).removesuffix(".0")
