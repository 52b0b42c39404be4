"""Policies on disk: cuts, log and what model they belong to, as plain arrays in one file."""

from __future__ import annotations

import json
import os
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

import numpy as np

from replenish.errors import UsageError
from replenish.multistage.modelling.expression import Floats
from replenish.multistage.modelling.model import Model
from replenish.multistage.modelling.program import Program, Slopes
from replenish.multistage.tables.cuts import Pool
from replenish.multistage.tables.prepare import Prepared
from replenish.multistage.training.trainer import Trainer

FORMAT = 1
MOST_BYTES = 8 * 2**30
"""A file that would unpack to more is refused."""
File: TypeAlias = Path | BinaryIO
DAMAGED = (
    OSError, EOFError, MemoryError, RuntimeError, KeyError, ValueError, TypeError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip
"""What reading a damaged file can raise."""
ROW = 7  # entries of a row of the log
POOL = ("level", "of", "is_sure", "iteration", "trial")


def write_policy(trainer: Trainer, rows: Sequence[Any], first: Sequence[Floats], file: Path) -> None:
    """Write what was learned; the file appears whole or not at all."""
    part = file.with_name(f".{file.name}.part")
    with part.open("wb") as stream:
        write_learned(trainer, rows, first, stream)
    os.replace(part, file)


def write_learned(trainer: Trainer, rows: Sequence[Any], first: Sequence[Floats], stream: BinaryIO) -> None:
    """Write what was learned to a stream."""
    prepared = trainer.prepared
    about = {
        "format": FORMAT, "model": signature(prepared.model), "cuts": prepared.cuts, "seed": trainer.seed,
        "iteration": trainer.iteration, "lanes": trainer.work.lanes, "is_lazy": trainer.work.is_lazy,
        "rows": [list(row) for row in rows],
    }  # fmt: skip
    arrays: dict[str, Any] = {"about": np.frombuffer(json.dumps(about).encode(), np.uint8)}
    for node, pool in enumerate(prepared.tables.pools):
        arrays |= {f"{node}/{name}": getattr(pool, name)[: pool.count] for name in POOL}
        arrays |= {f"{node}/slope": pool.slope[:, : pool.count], f"{node}/state": pool.state[: pool.count]}
        arrays[f"{node}/upper"] = prepared.tables.future_upper[node]
    if first:
        arrays["first"] = np.stack(first)
    np.savez_compressed(stream, **arrays)


def read_about(file: File) -> dict[str, Any]:
    """Return what a file says about itself: model, cuts, seed, iterations.

    Raises:
        UsageError: it is not a saved policy, or unpacks to too much.
    """
    with _opened(file) as arrays:
        about: dict[str, Any] = json.loads(arrays["about"].tobytes())
        if about["format"] != FORMAT or about["cuts"] not in ("single", "multi", "grouped"):
            raise ValueError(f"format {about['format']} with {about['cuts']} cuts is not known")
        whole = {name: about[name] for name in ("seed", "iteration", "lanes")}
        if not all(type(value) is int and value >= 0 for value in whole.values()) or not about["lanes"]:
            raise ValueError(f"seed, iteration and lanes are {whole}")
        if not all(len(row) == ROW for row in about["rows"]):
            raise ValueError("rows of the log have a wrong length")
        return about


def read_cuts(prepared: Prepared, file: File) -> list[Floats]:
    """Fill the pools of a model from a file; return the first decisions.

    Raises:
        UsageError: it is not a saved policy, or belongs to another model.
    """
    saved, own = read_about(file)["model"], signature(prepared.model)
    if saved != own:
        raise UsageError(f"{file}: belongs to another model (signature {saved}, here {own}); train anew")
    with _opened(file) as arrays:
        for node in range(len(prepared.tables.pools)):
            _fill(prepared, node, arrays)
        return list(arrays["first"]) if "first" in arrays else []


@contextmanager
def _opened(file: File) -> Iterator[Any]:
    """Open the arrays of a file; whatever is wrong with them becomes a UsageError."""
    try:
        with zipfile.ZipFile(file) as packed:
            if sum(part.file_size for part in packed.infolist()) > MOST_BYTES:
                raise UsageError(f"{file}: unpacks to more than {MOST_BYTES // 2**30} GiB; it is not read")
        if not isinstance(file, Path):
            file.seek(0)
        with np.load(file, allow_pickle=False) as arrays:
            yield arrays
    except FileNotFoundError as error:
        raise UsageError(f"{file}: no such file; give one that `Policy.save` has written") from error
    except DAMAGED as error:
        raise UsageError(f"{file}: not a saved policy ({error}); give a file that `Policy.save` has written") from error


def signature(model: Model) -> str:
    """Return a hash of all that a model says: nodes, stages, outcomes, edges and risk."""
    digest = sha256()
    for node in model.nodes.values():
        digest.update(repr((node.name, node.program.sense, node.program.states)).encode())
        for part in _arrays(node.program):
            digest.update(np.ascontiguousarray(part).tobytes() + b"|")
        digest.update(node.parameter_values().tobytes())
        digest.update(b"" if node.outcomes is None else node.outcomes.probability.tobytes())
    risks = {name: repr(model.risk_of(name)) for name in sorted({edge.parent for edge in model.edges})}
    digest.update(repr((model.edges, risks, sorted(model.bounds.items()))).encode())
    return digest.hexdigest()[:32]


def _arrays(program: Program) -> list[Any]:
    found: list[Any] = []
    for name in Program.__dataclass_fields__:
        part = getattr(program, name)
        if isinstance(part, np.ndarray):
            found.append(part)
        elif isinstance(part, Slopes):
            found += [part.entry, part.parameter, part.factor]
    return found


def _fill(prepared: Prepared, node: int, arrays: Any) -> None:
    tables = prepared.tables
    width, count = tables.pools[node].width, len(arrays[f"{node}/level"])
    pool = tables.pools[node] = Pool(width)
    slope, state = arrays[f"{node}/slope"], arrays[f"{node}/state"]
    level, of, is_sure, iteration, trial = (arrays[f"{node}/{name}"] for name in POOL)
    futures = len(tables.future_lower[node])
    is_sound = slope.shape == (width, count) and state.shape == (count, width) and level.ndim == 1
    if not is_sound or (count and not 0 <= of.min() <= of.max() < futures) or not _are_finite(level, slope):
        raise ValueError(f"cuts of node {node} do not fit")
    pool.add(level, slope.T, of, is_sure=is_sure, iteration=0, trial=trial, state=state)
    pool.iteration[:count] = iteration
    tables.raise_future(node, np.arange(futures), arrays[f"{node}/upper"])
    tables.update_cuts(node)


def _are_finite(*arrays: Floats) -> bool:
    return all(bool(np.isfinite(array).all()) for array in arrays)
