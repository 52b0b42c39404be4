"""What can be said about a scenario without running it: its schema, the defaults that it uses, its hash."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from hashlib import sha256
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Literal, Union, cast, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from replenish.scenario.model import TABLES, Scenario, Simulation

if TYPE_CHECKING:
    import polars as pl

_KINDS = {float: "number", int: "whole number", str: "text", bool: "true or false", dt.date: "date"}


def schema() -> dict[str, Any]:
    """Return the JSON Schema of a scenario: `settings` is `scenario.toml`, every other property one table.

    A table carries `file` and `key`; a column its `unit`, or what its names refer to.
    """
    found = Scenario.model_json_schema()
    for name, row_class in TABLES.items():
        found["properties"][name] |= {
            "description": (row_class.__doc__ or "").strip(),
            "file": f"tables/{name}.csv",
            "key": list(row_class.key),
        }
    found["properties"]["settings"] |= {"file": "scenario.toml"}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | found


def defaults_used(scenario: Scenario) -> pl.DataFrame:
    """Return every cell that was left empty: table, row_key, column, default, unit, meaning."""
    import polars as pl

    columns = ("table", "row_key", "column", "default", "unit", "meaning")
    rows = list(_unset_settings(scenario.settings, "")) + list(_unset_cells(scenario))
    return pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")


_Used = tuple[str, str, str, str, str, str]


def _unset_settings(section: BaseModel, prefix: str) -> Iterator[_Used]:
    for name, declared in type(section).model_fields.items():
        value = getattr(section, name)
        if isinstance(value, BaseModel):
            yield from _unset_settings(value, f"{prefix}{name}.")
        elif name not in section.model_fields_set:
            yield "settings", "", f"{prefix}{name}", _shown(value), "", declared.description or ""


def _unset_cells(scenario: Scenario) -> Iterator[_Used]:
    for table, row_class in TABLES.items():
        described = {
            name: (_shown(default_of(declared)), unit_of(declared), declared.description or "")
            for name, declared in row_class.model_fields.items()
        }
        for row in scenario.rows(table):
            key = row.key_value()
            for name in (name for name in described if name not in row.model_fields_set):
                yield table, key, name, *described[name]


def default_of(declared: FieldInfo) -> Any:
    """Return the value that an empty cell stands for; None where there is none."""
    return None if declared.is_required() else declared.get_default(call_default_factory=True)


def unit_of(declared: FieldInfo) -> str:
    """Return the unit of a column; empty where it has none."""
    extra = declared.json_schema_extra
    return str(extra.get("unit", "")) if isinstance(extra, dict) else ""


def holds(declared: FieldInfo) -> str:
    """Return in words what a cell or a setting may hold."""
    extra = declared.json_schema_extra
    if isinstance(extra, dict) and "refers_to" in extra:
        return f"name of a {extra['refers_to']}"
    kind = declared.annotation
    if get_origin(kind) in (UnionType, Union):
        kind = next(part for part in get_args(kind) if part is not NoneType)
    if get_origin(kind) is Literal:
        return ", ".join(f"`{choice}`" for choice in get_args(kind))
    if get_origin(kind) is tuple:
        return "list of text"
    return "name" if kind is str and declared.metadata else _KINDS[cast(type, kind)]


def default_text(declared: FieldInfo) -> str:
    """Return the default of a column in words: `required`, or as it is written; empty where there is none."""
    return "required" if declared.is_required() else _shown(default_of(declared))


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None or value == () else str(value)


def input_hash(scenario: Scenario) -> str:
    """Return the SHA-256 of what a scenario says.

    It depends neither on the order of rows nor on how the files are laid out, nor on whether a default is written down
    or left out.  Of the settings all count but the number of paths, which changes only the error of a study, and until
    when a ledger was read, as what it said stands in the tables; of these all rows count, notes and titles included.
    """
    told = scenario.settings
    read = told.ledger.model_copy(update={"recorded_by": ""})
    told = told.model_copy(update={"simulation": Simulation(seed=told.simulation.seed), "ledger": read})
    settings = told.model_dump(mode="json", exclude_defaults=True)
    digest = sha256(_canonical({"settings": settings}))
    for table in sorted(TABLES):
        rows = [_canonical(row.model_dump(mode="json", exclude_defaults=True)) for row in scenario.rows(table)]
        for row in sorted(rows):
            digest.update(b"\n" + table.encode() + b" " + row)
    return digest.hexdigest()


def _canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
