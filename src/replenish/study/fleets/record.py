"""What a coupled run writes down of its fleets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from replenish.arrays.groups import Floats
from replenish.arrays.network import NetworkLabels
from replenish.result.fleet_tables import FLEETS
from replenish.simulation.called import Block

KEPT_PATHS: Final = 10_000
"""Paths of which fleets are written down: the first ones."""

_LEVELS = {"p05": 0.05, "p25": 0.25, "p50": 0.5, "p75": 0.75, "p95": 0.95}


class Record:
    """Fleets, parts and limits of the first paths by period; a path that is run again writes the same again."""

    def __init__(
        self, labels: NetworkLabels, keys: Sequence[tuple[str, str]], in_systems: npt.NDArray[np.bool_],
        size: tuple[int, int],
    ) -> None:  # fmt: skip
        """Make room for `size` periods and paths; parts are written down where they are `in_systems`."""
        self._parts = np.flatnonzero(in_systems)
        rows: list[dict[str, str]] = []
        self._places: dict[str, slice] = {}
        things = (
            (("availability", "in_service", "systems"), [{"fleet": name} for name in labels.fleets]),
            (("issue_limit", "held_back", "held_back_by_repair"), [{"holder": h, "item": i} for h, i in keys]),
            (("removals", "parts_backorders"), [{"part": labels.parts[part]} for part in self._parts]),
        )
        for measures, named in things:
            for measure in measures:
                self._places[measure] = slice(len(rows), len(rows) + len(named))
                rows += [{"measure": measure, **names} for names in named]
        self._rows, self._keys = rows, keys
        periods, paths = size
        self.values = np.full((len(rows), periods, min(paths, KEPT_PATHS)), np.nan, np.float32)

    def opened(self, block: Block, systems: Floats, serving: Floats, lacking: Floats) -> None:
        """Write the opening of a period: fleets as (fleet, path), and parts that lack as (part, path)."""
        self._write(block, "systems", systems)
        self._write(block, "in_service", serving)
        self._write(block, "availability", np.divide(serving, systems, out=np.ones_like(serving), where=systems > 0))
        self._write(block, "parts_backorders", lacking[self._parts])

    def limited(self, block: Block, limits: Floats, full: Floats) -> None:
        """Write the limits of a period, and what they hold back of what is asked and there, (key, path)."""
        wanted = np.array([
            np.minimum(
                block.read("demand", holder=holder, item=item) + block.read("backorders", holder=holder, item=item),
                block.read("on_hand", holder=holder, item=item),
            )
            for holder, item in self._keys
        ])  # fmt: skip
        self._write(block, "issue_limit", limits)
        self._write(block, "held_back", np.maximum(0.0, wanted - limits))
        self._write(block, "held_back_by_repair", np.maximum(0.0, np.minimum(wanted, full) - limits))

    def removed(self, block: Block, removed: Floats) -> None:
        """Write the parts taken out in the period before, (part, path)."""
        self._write(block, "removals", removed[self._parts], back=1)

    def _write(self, block: Block, measure: str, values: Floats, *, back: int = 0) -> None:
        first, room = int(block.paths[0]), self.values.shape[2]
        if first < room:
            own = values[:, : room - first]
            self.values[self._places[measure], block.period - back, first : first + own.shape[1]] = own

    def table(self, starts: Sequence[date], paths: int) -> pl.DataFrame:
        """Return the mean and quantiles over the first `paths` paths, with the columns of `FLEETS`."""
        kept = self.values[:, :, :paths].astype(np.float64)
        count = kept.shape[2]
        with np.errstate(invalid="ignore"):
            deviation = kept.std(axis=2, ddof=1) / np.sqrt(count) if count > 1 else np.full(kept.shape[:2], np.nan)
            numbers = {"mean": kept.mean(axis=2), "standard_error": deviation}
            levels = np.quantile(kept, list(_LEVELS.values()), axis=2)
        numbers |= dict(zip(_LEVELS, levels, strict=True))
        names = ("measure", "fleet", "part", "holder", "item")
        columns = {name: [row.get(name, "") for row in self._rows for _ in starts] for name in names}
        table = pl.DataFrame(
            columns
            | {"date": [start for _ in self._rows for start in starts]}
            | {name: values.ravel() for name, values in numbers.items()}
            | {"paths": [count] * (len(self._rows) * len(starts))}
        )
        return table.select(FLEETS.names()).cast(FLEETS).filter(pl.col("mean").is_finite())
