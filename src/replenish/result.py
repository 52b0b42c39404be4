"""A finished run: tables with labels, the scenario it came from, and what is needed to repeat it."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import polars as pl

from replenish.errors import UsageError
from replenish.periods import Calendar, calendar
from replenish.scenario import Scenario, load, write

QUANTILES = (0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95)
"""Levels that are kept of every series; their columns are p05, p10, ..."""

FORMAT: Final = 1  # of a saved run; raised when older code could misread it
_TABLES = {"series": "quantiles.parquet", "dates": "dates.parquet", "summary": "measures.parquet"}


def quantile_column(level: float) -> str:
    """Return the column of a level.

    >>> quantile_column(0.05)
    'p05'
    """
    return f"p{round(level * 100):02d}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """What makes a run repeatable, and what it ran on."""

    seed: int
    paths: int
    input_hash: str
    array_hash: str
    versions: dict[str, str]
    seconds: float
    started: str  # ISO time, UTC


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A finished run.

    series: one row per measure, thing and period: `measure`, `unit`, the label columns of `measures.LABELS`, `period`,
        `date` (first day), `mean`, `standard_error`, the quantile columns, `minimum`, `maximum`, `positive_share`
        (share of paths in which it is above zero).
    dates: one row per date measure, holder, item and period with the number of `paths`; `period` is null for paths in
        which it never comes, and `applies` says among how many paths.
    summary: one row per headline number: `measure`, labels, `value`, `standard_error`, `unit`, `formula`.
    folder: where the run is saved; None if it is not.
    """

    scenario: Scenario
    calendar: Calendar
    series: pl.DataFrame
    dates: pl.DataFrame
    summary: pl.DataFrame
    provenance: Provenance
    folder: Path | None = None

    def __repr__(self) -> str:
        """Return what the run is about in one line."""
        title, provenance = self.scenario.settings.title, self.provenance
        where = f", saved in {self.folder}" if self.folder else ""
        return f"<Result: {title}; {provenance.paths} paths, seed {provenance.seed}{where}>"


def save_result(result: Result, folder: Path | str) -> Result:
    """Save a run as a folder: `run.json`, three Parquet tables and the scenario; return it with its folder.

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
        about = {"format": FORMAT, "title": result.scenario.settings.title, **asdict(result.provenance)}
        (draft / "run.json").write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
    return replace(result, folder=folder)


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
    return Result(
        scenario=scenario,
        calendar=calendar(time.start, time.end, time.period),
        provenance=Provenance(**{name: about[name] for name in Provenance.__slots__}),
        folder=folder,
        **{name: _read_table(folder / file) for name, file in _TABLES.items()},
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
