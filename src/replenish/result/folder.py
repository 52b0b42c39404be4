"""A run as a folder: written whole or not at all, read back unchanged."""

from __future__ import annotations

import json
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import numpy as np
import polars as pl

from replenish.errors import UsageError
from replenish.periods import calendar
from replenish.result.model import STUDIES, Provenance, Result
from replenish.scenario import load, write

FORMAT: Final = 2  # of a saved run; raised when older code could misread it
_TABLES = {
    "series": "quantiles.parquet",
    "dates": "dates.parquet",
    "summary": "measures.parquet",
    "scalars": "scalars.parquet",
}
_LONG_TABLES = {"path_values": "paths.parquet", "trajectory_values": "trajectories.parquet"}
"""Left out where they are empty, and read only when they are asked for."""
_STATE = "statistics.npz"
_STUDIES = "studies"


def save_result(result: Result, folder: Path | str) -> Result:
    """Save a run as a folder: `run.json`, Parquet tables, statistics and the scenario; return it with its folder.

    The folder appears whole or not at all.  A run that is already there is replaced; anything else is left alone.

    Raises:
        UsageError: the folder holds something that is not a run.
    """
    folder = Path(folder)
    refuse_other(folder)
    with _replacing(folder) as draft:
        write(result.scenario, draft / "scenario")
        for name, file in _TABLES.items():
            getattr(result, name).write_parquet(draft / file)
        for name, file in _LONG_TABLES.items():
            if len((table := getattr(result, name)).collect_schema()):
                table.sink_parquet(draft / file)
        _write_state(result, draft / _STATE)
        about = {"format": FORMAT, "title": result.scenario.settings.title, **asdict(result.provenance)}
        (draft / "run.json").write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
    return replace(result, folder=folder, state=None, **_long_tables(folder))


def save_studies(result: Result, studies: Mapping[str, pl.DataFrame]) -> Result:
    """Add tables of studies to a saved run and return it; those that it has keep their place unless named again."""
    assert result.folder is not None  # only a saved run has a place for them
    home = result.folder / _STUDIES
    home.mkdir(exist_ok=True)
    for name, table in studies.items():
        partial = home / f".{name}-{uuid4().hex}"
        table.write_parquet(partial)
        partial.replace(home / f"{name}.parquet")
    return replace(result, studies={**result.studies, **studies})


def _read_studies(folder: Path) -> dict[str, pl.DataFrame]:
    files = {name: folder / _STUDIES / f"{name}.parquet" for name in STUDIES}
    return {name: _read_table(file) for name, file in files.items() if file.is_file()}


def _long_tables(folder: Path) -> dict[str, Any]:
    files = {name: folder / file for name, file in _LONG_TABLES.items()}
    return {name: pl.scan_parquet(file) if file.exists() else pl.LazyFrame() for name, file in files.items()}


def _write_state(result: Result, path: Path) -> None:
    """Write what is needed to go on: the fastest compression, as the sums of paths hardly shrink."""
    if result.state is None:
        if result.folder is not None and (result.folder / _STATE).is_file():
            shutil.copy(result.folder / _STATE, path)
        return
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, values in result.state.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as file:
                np.lib.format.write_array(file, np.ascontiguousarray(values), allow_pickle=False)


def read_state(result: Result) -> dict[str, np.ndarray[Any, np.dtype[Any]]]:
    """Return what is needed to go on with a run.

    Raises:
        UsageError: the run does not hold it.
    """
    if result.state is not None:
        return dict(result.state)
    path = (result.folder or Path()) / _STATE
    try:
        with np.load(path, allow_pickle=False) as archive:
            return dict(archive)
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise UsageError(f"{path}: cannot be read ({error}); run the scenario again") from error


def is_run(folder: Path) -> bool:
    """Return whether a folder holds a saved run."""
    return (folder / "run.json").is_file()


def refuse_other(folder: Path) -> None:
    """Raise UsageError if a run saved as `folder` would replace something that is not a run."""
    if folder.exists() and not is_run(folder) and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder}: holds something that is not a run; name another folder with --out")


@contextmanager
def _replacing(folder: Path) -> Iterator[Path]:
    """Give an empty folder beside `folder` that takes its place once all is written."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as scrap:
        draft, old = Path(scrap) / "new", Path(scrap) / "old"
        draft.mkdir()
        yield draft
        if folder.exists():
            folder.rename(old)
        draft.rename(folder)
        shutil.rmtree(old, ignore_errors=True)


def load_result(folder: Path | str) -> Result:
    """Return a saved run.

    Raises:
        UsageError: the folder holds no run, or one that this version cannot read.
    """
    folder = Path(folder)
    if not is_run(folder):
        raise UsageError(f"{folder}: holds no run (no run.json); `replenish run SCENARIO` makes one")
    about = _read_about(folder / "run.json")
    scenario = load(folder / "scenario")
    time = scenario.settings.time
    tables: dict[str, Any] = {name: _read_table(folder / file) for name, file in _TABLES.items()}
    return Result(
        scenario=scenario,
        calendar=calendar(time.start, time.end, time.period),
        provenance=Provenance(**{name: about[name] for name in Provenance.__slots__}),
        folder=folder,
        studies=_read_studies(folder),
        **_long_tables(folder),
        **tables,
    )


def _read_about(path: Path) -> dict[str, Any]:
    try:
        about: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if about["format"] != FORMAT:
            raise UsageError(f"{path}: format {about['format']}, this version reads {FORMAT}; run the scenario again")
        missing = [name for name in Provenance.__slots__ if name not in about]
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{path}: cannot be read ({error}); run the scenario again") from error
    if missing:
        raise UsageError(f"{path}: lacks {', '.join(missing)}; run the scenario again")
    return about


def _read_table(path: Path) -> pl.DataFrame:
    try:
        return pl.read_parquet(path)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise UsageError(f"{path}: cannot be read ({error}); run the scenario again") from error
