"""A plan as a folder: written whole or not at all, read back unchanged, applied to other data."""

from __future__ import annotations

import json
import tempfile
from dataclasses import asdict, replace
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from replenish.errors import UsageError
from replenish.multistage import load_policy
from replenish.planning.course import Course
from replenish.planning.frame import to_frame
from replenish.planning.methods import to_model
from replenish.planning.plan import Plan, PlanOptions
from replenish.planning.prices import PriceUsed
from replenish.planning.problem import to_problem
from replenish.planning.steps import First, Held
from replenish.planning.trying import Tried
from replenish.scenario import input_hash, load, write

FORMAT: Final = 1
_ABOUT, _CUTS, _SCENARIO, _TABLES = "plan.json", "policy.npz", "scenario", "tables"
_COURSE, _FIRST = "course.npz", "first.npz"


def save_plan(plan: Plan, folder: Path | str) -> Plan:
    """Save a plan and return it with its folder; a plan that is there is replaced, anything else is left alone.

    Raises:
        UsageError: the folder holds something that is not a plan.
    """
    folder = Path(folder)
    refuse_other_than_plan(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as scrap:
        draft = Path(scrap) / "new"
        (draft / _TABLES).mkdir(parents=True)
        write(plan.problem.scenario, draft / _SCENARIO)
        plan.policy.save(draft / _CUTS)
        if plan.course is not None:
            _write_course(plan.course, draft / _COURSE)
        if plan.first is not None:
            _write_first(plan.first, draft / _FIRST)
        for name, table in plan.tables.items():
            table.write_parquet(draft / _TABLES / f"{name}.parquet")
        (draft / _ABOUT).write_text(json.dumps(_about(plan), indent=2, default=str) + "\n", encoding="utf-8")
        if folder.exists():
            folder.rename(Path(scrap) / "old")
        draft.rename(folder)
    return replace(plan, folder=folder)


def _about(plan: Plan) -> dict[str, object]:
    return {
        "format": FORMAT, "title": plan.problem.scenario.settings.title, "options": asdict(plan.options),
        "why": list(plan.why), "simplifications": list(plan.simplifications),
        "optimum": plan.optimum, "bound": plan.bound, "ended": plan.policy.ended,
        "seconds": plan.seconds, "input_hash": input_hash(plan.problem.scenario),
        "prices": [asdict(price) for price in plan.problem.prices], "fixed": _fixed(plan),
        "tried": None if plan.tried is None else plan.tried._asdict(),
    }  # fmt: skip


def _fixed(plan: Plan) -> dict[str, dict[str, list[float]]]:
    """Return what a whole plan has fixed, by node."""
    if not plan.options.whole:
        return {}
    names = ("must_start", "may_start", "may_open")
    nodes = plan.model.model.nodes
    return {
        key: {name: np.asarray(node.data[name], float).tolist() for name in names if name in node.data}
        for key, node in nodes.items()
    }


def _write_course(course: Course, file: Path) -> None:
    blocks = {f"variable {name}": values for name, values in course.variables.items()}
    np.savez_compressed(file, allow_pickle=False, states=course.states, demand=course.demand, **blocks)


def _read_course(file: Path) -> Course | None:
    if not file.is_file():
        return None
    with np.load(file, allow_pickle=False) as archive:
        blocks = {name.removeprefix("variable "): archive[name] for name in archive.files if " " in name}
        return Course(archive["states"], archive["demand"], blocks)


def _write_first(first: First, file: Path) -> None:
    held = first.held._asdict()
    np.savez_compressed(file, allow_pickle=False, node=np.array(first.node), incoming=first.incoming, **held)


def _read_first(file: Path) -> First | None:
    if not file.is_file():
        return None
    with np.load(file, allow_pickle=False) as archive:
        held = Held(*(archive[name] for name in Held._fields))
        return First(str(archive["node"]), archive["incoming"], held)


def is_plan(folder: Path) -> bool:
    """Return whether a folder holds a saved plan."""
    return (folder / _ABOUT).is_file()


def refuse_other_than_plan(folder: Path) -> None:
    """Raise UsageError if a plan saved as `folder` would replace something that is not a plan."""
    if folder.exists() and not is_plan(folder) and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder}: holds something that is not a plan; name another folder with --out")


def load_plan(folder: Path | str) -> Plan:
    """Return a saved plan; it decides as it did.

    Raises:
        UsageError: the folder holds no plan, or one that this version cannot read.
    """
    folder = Path(folder)
    try:
        about = json.loads((folder / _ABOUT).read_text(encoding="utf-8"))
        if about["format"] != FORMAT:
            raise UsageError(f"{folder}: a plan of format {about['format']}; this version reads {FORMAT}; plan again")
        options = PlanOptions(**about["options"] | {"chains": tuple(about["options"]["chains"])})
        prices = tuple(PriceUsed(**price) for price in about["prices"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{folder}: holds no plan that can be read ({error}); make one with replenish plan") from error
    problem = to_problem(load(folder / _SCENARIO), length=options.stage_periods, prices=prices)
    model = to_model(to_frame(problem), options)
    for name, fixed in about["fixed"].items():
        node = model.model.nodes[name]
        model.model.nodes[name] = replace(node, data={**node.data, **fixed})
    policy = load_policy(model.model, folder / _CUTS)
    policy.ended = about["ended"]
    tables = {file.stem: pl.read_parquet(file) for file in sorted((folder / _TABLES).glob("*.parquet"))}
    return Plan(
        model=model, policy=policy, options=options, why=tuple(about["why"]), optimum=about["optimum"],
        seconds=about["seconds"], simplifications=tuple(about.get("simplifications", ())),
        course=_read_course(folder / _COURSE), first=_read_first(folder / _FIRST), tables=tables, folder=folder,
        tried=Tried(**about["tried"]) if about.get("tried") else None,
    )  # fmt: skip
