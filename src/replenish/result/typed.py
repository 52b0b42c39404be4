"""Tables whose columns are stated: read with those columns and no others, whatever a run carries."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import polars as pl


def with_schema(table: pl.DataFrame | None, schema: pl.Schema) -> pl.DataFrame:
    """Return a table with the columns of a schema and no others; no rows where there is none.

    Texts that are missing are empty; numbers, flags and days are null.
    """
    if table is None or table.is_empty():
        return schema.to_frame()
    columns = [
        (pl.col(column) if column in table.columns else pl.lit(None)).cast(kind).alias(column)
        for column, kind in schema.items()
    ]
    texts = [column for column, kind in schema.items() if kind == pl.String]
    return table.select(columns).with_columns(pl.col(texts).fill_null(""))


def numbers(*names: str) -> dict[str, Any]:
    """Return columns of numbers."""
    return dict.fromkeys(names, pl.Float64)


def texts(*names: str) -> dict[str, Any]:
    """Return columns of text."""
    return dict.fromkeys(names, pl.String)


def days(*names: str) -> dict[str, Any]:
    """Return columns of dates."""
    return dict.fromkeys(names, pl.Date)


@dataclass(frozen=True)
class StatedTables:
    """Tables of a kind of study that a run carries, one of which says of the whole what is no table.

    studies: tables of a run by name.
    """

    schemas: ClassVar[Mapping[str, pl.Schema]]
    about_name: ClassVar[str]

    studies: Mapping[str, pl.DataFrame]

    @cached_property
    def about(self) -> dict[str, list[str]]:
        """Return what is said of the whole, by key; empty where a run has no such study."""
        found: dict[str, list[str]] = {}
        for key, value in self.table(self.about_name).iter_rows():
            found.setdefault(key, []).append(value)
        return found

    def table(self, name: str) -> pl.DataFrame:
        """Return a table; without rows where the run has none."""
        return with_schema(self.studies.get(name), self.schemas[name])

    def text(self, key: str) -> str:
        """Return the first value of a key; empty for none."""
        return next(iter(self.about.get(key, [])), "")

    def number(self, key: str) -> float | None:
        """Return the value of a key as a number; None where there is none that is finite."""
        try:
            value = float(self.text(key))
        except ValueError:
            return None
        return value if math.isfinite(value) else None
