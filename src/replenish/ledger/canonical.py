"""The one form in which a recorded row is hashed, whatever database it lies in.

The body of a row is a JSON object of its columns, without those that recording adds (entry, digest) and without its id:
names in alphabetical order, no white space, no escapes but those that JSON asks for, numbers as the shortest decimal
that reads back the same, days as text.  Columns that are empty (null, false or no text) are left out, so that a column
that a later version adds changes no digest.  The digest of a row is the SHA-256 of its id, a line feed and its body in
UTF-8; an id that nobody gave is the first letter of the table, a hyphen and the first 16 digits of the SHA-256 of the
body.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

ID_DIGITS = 16
"""Hexadecimal digits of an id that is made from the content."""

_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, check_circular=False, separators=(",", ":")).encode


def to_bodies(columns: Mapping[str, Sequence[Any]]) -> list[str]:
    """Return the body of each row of some columns; `id`, `entry` and `digest` are passed over.

    >>> to_bodies({"id": ["A"], "unit": ["round"], "best": [0.0], "note": [""], "is_middle": [False]})
    ['{"best":0.0,"unit":"round"}']

    Raises:
        TypeError: a value is neither text, number nor flag.
        ValueError: a number is not finite.
    """
    count = len(next(iter(columns.values())))
    names = [name for name in sorted(columns) if name not in ("id", "entry", "digest") and _is_used(columns[name])]
    if not names:
        return ["{}"] * count
    rows = zip(*(columns[name] for name in names), strict=True)
    return [
        _encode({name: value for name, value in zip(names, row, strict=True) if value or _is_zero(value)})
        for row in rows
    ]


def to_id(table: str, body: str) -> str:
    """Return the id of a row to which nobody gave one."""
    return f"{table[0]}-{hashlib.sha256(body.encode()).hexdigest()[:ID_DIGITS]}"


def to_digest(id_: str, body: str) -> str:
    """Return the hash of a row, in hexadecimal digits; any change of its id or content changes it."""
    return hashlib.sha256(f"{id_}\n{body}".encode()).hexdigest()


def _is_used(column: Sequence[Any]) -> bool:
    return any(column) or any(map(_is_zero, set(column)))


def _is_zero(value: Any) -> bool:
    return value == 0 and value is not False
