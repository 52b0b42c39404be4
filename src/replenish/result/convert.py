"""Tables of a run as pandas and xarray know them."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from replenish.errors import UsageError
from replenish.measures import LABELS, MEASURES

if TYPE_CHECKING:
    import pandas as pd  # type: ignore[import-untyped]
    import xarray as xr

MOST_CELLS: Final = 2**25
"""Largest data set [number]: 256 MiB."""

_COLUMNS: Final = ("measure", "holder", "item")


def narrow(table: pl.DataFrame, measures: Iterable[str], holders: Iterable[str], items: Iterable[str]) -> pl.DataFrame:
    """Return the rows of these measures, holders and items; all where nothing is named.

    Raises:
        UsageError: the table has none of a name.
    """
    for column, wanted in zip(_COLUMNS, (measures, holders, items), strict=True):
        names = [wanted] if isinstance(wanted, str) else list(wanted)
        if not names:
            continue
        there = table[column].unique().to_list() if column in table.columns else []
        unknown = [name for name in names if name not in there]
        if unknown:
            raise UsageError(
                f"{column} {unknown[0]}: the table has none; it has {', '.join(sorted(filter(None, there)))}"
            )
        table = table.filter(pl.col(column).is_in(names))
    return table


def to_pandas(table: pl.DataFrame) -> pd.DataFrame:
    """Return a table for pandas: days as datetime64, missing numbers as NaN, missing texts as None.

    Raises:
        UsageError: pandas is not installed.
    """
    pandas: Any = _extra("pandas")
    found: pd.DataFrame = pandas.DataFrame({column.name: _values(column) for column in table})
    return found


def _values(column: pl.Series) -> Any:
    if column.dtype.is_numeric() or column.dtype == pl.Boolean:
        return column.to_numpy()
    if column.dtype == pl.Date:
        return column.to_numpy().astype("datetime64[s]")
    return np.array(column.to_list(), dtype=object)


def to_xarray(series: pl.DataFrame, attributes: Mapping[str, Any]) -> xr.Dataset:
    """Return series as one data set: a variable for each measure, with a dimension for each label that it has.

    Raises:
        UsageError: xarray is not installed, or the data set would be too large.
    """
    xarray: Any = _extra("xarray")
    parts = {str(name): rows for (name,), rows in series.group_by("measure", maintain_order=True)}
    used = {name: [label for label in LABELS if (rows[label] != "").any()] for name, rows in parts.items()}
    coordinates = {label: _names(parts, used, label) for label in LABELS if any(label in own for own in used.values())}
    periods, statistics = series["period"].unique().sort(), _statistics(series)
    _check_size([[len(coordinates[label]) for label in own] for own in used.values()], len(periods) * len(statistics))
    places = {label: {name: place for place, name in enumerate(names)} for label, names in coordinates.items()}
    variables = {
        name: (
            [*used[name], "period", "statistic"],
            _cube(rows, [places[label] for label in used[name]], periods.to_list(), statistics),
            _about(name, rows),
        )
        for name, rows in parts.items()
    }
    dates = series.select("period", "date").unique().sort("period")["date"].to_numpy().astype("datetime64[ns]")
    axes = {**coordinates, "period": periods.to_list(), "statistic": statistics, "date": ("period", dates)}
    found: xr.Dataset = xarray.Dataset(variables, coords=axes, attrs=dict(attributes))
    return found


def _names(parts: Mapping[str, pl.DataFrame], used: Mapping[str, list[str]], label: str) -> list[str]:
    """Return all names under a label, of the measures that have it; the empty name stands for the sum over all."""
    return sorted({name for measure, rows in parts.items() if label in used[measure] for name in rows[label]})


def _statistics(series: pl.DataFrame) -> list[str]:
    known = {"measure", "unit", *LABELS, "period", "date"}
    return [name for name in series.columns if name not in known]


def _check_size(sizes: Iterable[Sequence[int]], numbers: int) -> None:
    cells = sum(int(np.prod(own)) * numbers for own in sizes)
    if cells > MOST_CELLS:
        raise UsageError(
            f"the data set would have {cells:,} numbers, most of them missing; the limit is {MOST_CELLS:,}: name fewer"
            " by measures=, holders= or items=, or use to_polars, which holds only what there is"
        )


def _cube(rows: pl.DataFrame, places: list[dict[str, int]], periods: list[int], statistics: list[str]) -> Any:
    """Return the statistics of a measure by labels and period; NaN where there is no such thing."""
    place_of = {period: place for place, period in enumerate(periods)}
    shape = [len(own) for own in places] + [len(periods), len(statistics)]
    labels = [label for label in LABELS if (rows[label] != "").any()]
    index = [np.array([own[name] for name in rows[label]], np.int64) for label, own in zip(labels, places, strict=True)]
    cube = np.full(shape, np.nan)
    cube[(*index, np.array([place_of[period] for period in rows["period"]], np.int64))] = rows.select(
        statistics
    ).to_numpy()
    return cube


def _about(name: str, rows: pl.DataFrame) -> dict[str, str]:
    measure = MEASURES[name]
    units = ", ".join(rows["unit"].unique(maintain_order=True))
    return {"long_name": measure.title, "units": units, "formula": measure.formula}


def _extra(package: str) -> Any:
    """Import an optional package.

    Raises:
        UsageError: it is not installed.
    """
    try:
        return importlib.import_module(package)
    except ImportError as error:
        raise UsageError(f"{package} is not installed; pip install 'replenish[{package}]' adds it") from error
