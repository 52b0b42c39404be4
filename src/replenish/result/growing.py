"""Tables that grow by a few rows at a time and may be larger than memory."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import polars as pl

ROWS: Final = 2**16  # held in memory before a file is written


class GrowingTable:
    """A table that is added to at its end: in memory, or in files of `folder` if there is one."""

    def __init__(self, start: pl.LazyFrame | None = None, folder: Path | None = None, name: str = "part") -> None:
        """Begin with the rows of `start`; a table without columns has none."""
        self._parts = [start] if start is not None and start.collect_schema() else []
        self._folder, self._name = folder, name
        self._files: list[Path] = []
        self._new: list[pl.DataFrame] = []

    def add(self, rows: pl.DataFrame) -> None:
        """Add rows at the end."""
        self._new.append(rows)
        if sum(map(len, self._new)) >= ROWS:
            self._put_away()

    def read(self) -> pl.LazyFrame:
        """Return the whole table, to be read while the folder is there."""
        self._put_away()
        parts = [*self._parts, *map(pl.scan_parquet, self._files)]
        return pl.concat(parts) if parts else pl.LazyFrame()

    def _put_away(self) -> None:
        if not self._new:
            return
        rows, self._new = pl.concat(self._new), []
        if self._folder is None:
            self._parts.append(rows.lazy())
            return
        self._files.append(self._folder / f"{self._name}-{len(self._files):06d}.parquet")
        rows.write_parquet(self._files[-1])
