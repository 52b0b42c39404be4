"""How a column declares its unit, meaning and references, once, where the field is declared."""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from replenish.units import Per

NAME = re.compile(r"[a-z0-9][a-z0-9_.+-]*")
"""What a name looks like: it becomes part of keys, file names and random streams, so it stays plain."""


def _plain(name: str) -> str:
    if name and not NAME.fullmatch(name):
        raise ValueError("a name holds small letters, digits and _ . + - only")
    return name


Name = Annotated[str, AfterValidator(_plain)]
Reference = Literal["item", "holder", "line", "chain", "expansion", "source", "site", "fleet", "part", "servers"]


class Row(BaseModel):
    """One row of a table.  Immutable; unknown columns and NaN are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, validate_default=True)

    table: ClassVar[str]
    key: ClassVar[tuple[str, ...]]  # columns whose values together occur once

    def key_value(self) -> str:
        """Return the key as written in the `evidence` table: its values joined by `/`."""
        return "/".join(_part(getattr(self, column)) for column in self.key)


def _part(value: object) -> str:
    """Return one value of a key; a whole number is written without decimals, whatever its column holds."""
    if isinstance(value, float):
        return f"{value:.15g}"
    return "" if value is None else str(value)


def text(meaning: str, *, default: Any = ...) -> Any:
    """Declare a free text or a choice."""
    return Field(default, description=meaning)


def name(meaning: str, *, refers_to: Reference | None = None, default: Any = ...) -> Any:
    """Declare a name; `refers_to` says which kind of thing it must name (an empty optional name names nothing)."""
    extra: dict[str, Any] = {"refers_to": refers_to} if refers_to else {}
    return Field(default, description=meaning, json_schema_extra=extra)


def number(
    meaning: str,
    *,
    unit: str,
    default: Any = ...,
    ge: float | None = 0,
    gt: float | None = None,
    le: float | None = None,
    lt: float | None = None,
) -> Any:
    """Declare a number with its unit; not negative unless `ge` says otherwise."""
    return Field(default, description=meaning, ge=ge, gt=gt, le=le, lt=lt, json_schema_extra={"unit": unit})


def share(meaning: str, *, default: Any = ...) -> Any:
    """Declare a part of one, 0 to 1."""
    return number(meaning, unit="share", default=default, le=1)


def day(meaning: str, *, default: Any = ..., may_lie_outside: bool = False) -> Any:
    """Declare a date; it must lie inside the horizon unless `may_lie_outside`."""
    return Field(default, description=meaning, json_schema_extra={"may_lie_outside": may_lie_outside})


def money(meaning: str, *, unit: str, default: Any = 0.0) -> Any:
    """Declare an amount of money in the row's currency."""
    return number(meaning, unit=unit, default=default)


def currency() -> Any:
    """Declare the currency of a row."""
    return Field("", description="currency of the amounts in this row; empty: the scenario's")


def stated_unit() -> Any:
    """Declare the unit in which a row was written, kept only so that a mix-up is found."""
    return Field("", description="unit of the quantities in this row; empty: the item's; any other unit is refused")


__all__ = [
    "NAME", "Name", "Per", "Reference", "Row", "currency", "day", "money", "name", "number", "share",
    "stated_unit", "text",
]  # fmt: skip
