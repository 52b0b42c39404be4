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
import math
from collections.abc import Mapping, Sequence
from typing import Any

ID_DIGITS = 16
"""Hexadecimal digits of an id that is made from the content."""

_quote = json.JSONEncoder(ensure_ascii=False).encode


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
    members = (_members(name, columns[name]) for name in names)
    bodies = ["{" + ",".join(filter(None, row)) + "}" for row in zip(*members, strict=True)]
    return bodies or ["{}"] * count


def _members(name: str, values: Sequence[Any]) -> list[str]:
    """Return the member of each row's object for one column; no text where it is empty.

    Each different value is written once, since most columns repeat a few: that halves the time.
    """
    start = f"{_quote(name)}:"
    known = {value: start + _write(value) if value or _is_zero(value) else "" for value in set(values)}
    return [known[value] for value in values]


def _write(value: Any) -> str:
    if isinstance(value, str):
        return _quote(value)
    if value is True:
        return "true"
    if not isinstance(value, int | float):
        raise TypeError(f"{value!r} is neither text, number nor flag")
    if not math.isfinite(value):
        raise ValueError(f"{value!r} is not finite")
    return repr(value)


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
