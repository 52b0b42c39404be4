"""Data flow one way through the rooms of the engine: each imports only from those before it."""

from __future__ import annotations

import re
from pathlib import Path

import replenish.multistage

ROOT = Path(replenish.multistage.__file__).parent
ROOMS = (
    "modelling", "records", "linear_program", "solver", "tables", "solving", "training", "policy", "numerics", "train",
    "coarse", "extensive", "taught", "smps", "problems",
)  # fmt: skip
ENDS = {"extensive": {"linear_program", "modelling", "solver"}, "smps": {"modelling"}, "problems": {"modelling"}}
"""Rooms that nothing in the engine needs: what they may import."""


def _imports(room: str) -> set[str]:
    files = [ROOT / f"{room}.py"] if (ROOT / f"{room}.py").exists() else sorted((ROOT / room).rglob("*.py"))
    statement = re.compile(r"^\s*from replenish\.multistage\.([a-z_]+)", re.MULTILINE)
    return {found for file in files for found in statement.findall(file.read_text(encoding="utf-8"))} - {room}


def test_rooms_import_only_from_rooms_before_them() -> None:
    wrong = {room: sorted(_imports(room) - (ENDS.get(room) or set(ROOMS[:place]))) for place, room in enumerate(ROOMS)}
    assert {room: found for room, found in wrong.items() if found} == {}


def test_every_room_has_its_place() -> None:
    here = {path.stem for path in ROOT.iterdir() if path.name not in ("__init__.py", "__pycache__")}
    assert here == set(ROOMS)
