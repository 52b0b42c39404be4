"""Text of one cell -> value, or the rule that it breaks.  What could be meant is named, never guessed."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

from pydantic import AfterValidator, BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from replenish.scenario.rules import reading
from replenish.scenario.rules.registry import RuleDoc
from replenish.scenario.suggest import advice

Kind = Literal["number", "whole", "flag", "day", "choice", "name", "text", "other"]

MOST_REMEMBERED = 100_000
"""Different texts of a column whose values are kept for the next row."""

_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_THOUSANDS = re.compile(
    r"[+-]?([1-9][0-9]{0,2}([ ,'_\u00a0\u2009\u202f\u2019][0-9]{3})+(\.[0-9]+)?|[1-9][0-9]{0,2}(\.[0-9]{3}){2,})"
)
_DECIMAL_COMMA = re.compile(r"[+-]?[0-9.' \u00a0\u2009\u202f\u2019]*,[0-9]+([eE][+-]?[0-9]+)?")
_WITH_UNIT = re.compile(r"[+-]?[0-9][0-9.,]*\s*[a-zA-Z%‰€$£].{0,20}|[€$£]\s*[+-]?[0-9][0-9.,]*")
_INFINITE = re.compile(r"[+-]?(inf(inity)?|∞)", re.IGNORECASE)
_UNKNOWN = {"nan", "na", "n/a", "n.a.", "#n/a", "null", "none", "nil", "-", "--", "\u2013", "?", "unknown", "tbd", "."}
_NOT_NUMBERS = (
    (_INFINITE, reading.INFINITE, "is not a number that can be computed with"),
    (_THOUSANDS, reading.THOUSANDS_SEPARATOR, "has signs between its thousands, or a decimal comma"),
    (_DECIMAL_COMMA, reading.DECIMAL_COMMA, "has a decimal comma"),
    (_WITH_UNIT, reading.NUMBER_WITH_UNIT, "is more than a number"),
)

_ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_YEAR_FIRST = re.compile(r"([0-9]{4})[-/. ]?([0-9]{1,2})[-/. ]?([0-9]{1,2})([T ].*)?")
_YEAR_LAST = re.compile(r"([0-9]{1,2})[-/. ]([0-9]{1,2})[-/. ]([0-9]{4})")
_LOOKS_LIKE_DATE = re.compile(
    r"[0-9]{1,4}[-/. ][0-9a-zA-Z]{1,9}([-/. ,]+[0-9]{1,4}.*)?|[a-zA-Z]{3,9}[-/. ,][0-9 ,]{1,8}|[12][0-9]{3}"
)
_SERIAL = re.compile(r"[0-9]{5}(\.[0-9]+)?")


class Fault(NamedTuple):
    """What is wrong with a cell; an empty remedy stands for that of the rule."""

    rule: RuleDoc
    message: str
    remedy: str = ""
    kinds: tuple[Kind, ...] = ()  # of columns in which it is one; empty: of all


class Reading(NamedTuple):
    """Value of a cell, or what is wrong with it."""

    value: Any
    fault: Fault | None = None


@dataclass(slots=True)
class Column:
    """How the cells of one column are read."""

    name: str
    kind: Kind
    is_required: bool
    choices: tuple[str, ...]
    adapter: TypeAdapter[Any]
    _known: dict[str, Reading] = field(default_factory=dict)

    def read(self, text: str) -> Reading:
        """Return the value of a cell that is not empty; spaces around it count only in free text."""
        reading = self._known.get(text)
        if reading is None:
            if len(self._known) > MOST_REMEMBERED:
                self._known.clear()
            plain = text if self.kind == "text" else text.strip()
            reading = self._known[text] = _READERS[self.kind](self, plain)
        return reading

    def checked(self, value: object) -> Reading:
        """Return a value of the right type if it lies in the range of the column."""
        try:
            return Reading(self.adapter.validate_python(value))
        except ValidationError as error:
            return Reading(None, range_fault(error.errors()[0], value))


@cache
def columns(model: type[BaseModel]) -> dict[str, Column]:
    """Return how to read each column of a table or key of a section."""
    return {name: _column(name, declared) for name, declared in model.model_fields.items()}


def _column(name: str, declared: FieldInfo) -> Column:
    kind, choices = _kind(declared)
    annotated: Any = Annotated[(declared.annotation, *declared.metadata)] if declared.metadata else declared.annotation
    config = None if kind == "other" else ConfigDict(allow_inf_nan=False)
    return Column(name, kind, declared.is_required(), choices, TypeAdapter(annotated, config=config))


def _kind(declared: FieldInfo) -> tuple[Kind, tuple[str, ...]]:
    plain: Any = declared.annotation
    if get_origin(plain) in (Union, UnionType):
        plain = next(part for part in get_args(plain) if part is not NoneType)
    if get_origin(plain) is Literal:
        return "choice", get_args(plain)
    if any(isinstance(mark, AfterValidator) for mark in declared.metadata):
        return "name", ()
    kinds: dict[Any, Kind] = {float: "number", int: "whole", bool: "flag", dt.date: "day", str: "text"}
    return kinds.get(plain, "other"), ()


def range_fault(error: Any, value: object) -> Fault:
    """Return the fault that stands for an error of pydantic about the range of a number."""
    bounds = {
        "greater_than_equal": ("ge", ">="),
        "greater_than": ("gt", ">"),
        "less_than_equal": ("le", "<="),
        "less_than": ("lt", "<"),
    }
    name, sign = bounds.get(error["type"], ("", ""))
    if not name:
        return Fault(reading.WRONG_TYPE, f"is {value!r}: {error['msg'].lower()}")
    bound = error["ctx"][name]
    message = f"is {value}, must be {sign} {bound:g}"
    is_negative = bound == 0 and isinstance(value, float | int) and value < 0
    return Fault(reading.NEGATIVE if is_negative else reading.OUT_OF_RANGE, message)


def _read_number(column: Column, text: str) -> Reading:
    if not _NUMBER.fullmatch(text):
        return Reading(None, number_fault(text))
    value = float(text)
    if math.isinf(value):
        return Reading(None, Fault(reading.INFINITE, f"{text[:20]} is too large a number"))
    return column.checked(value)


def _read_whole(column: Column, text: str) -> Reading:
    if not _NUMBER.fullmatch(text):
        return Reading(None, number_fault(text))
    value = float(text)
    if math.isinf(value) or abs(value) > 2**53:
        return Reading(None, Fault(reading.INFINITE, f"{text[:20]} is too large a number"))
    if not value.is_integer():
        return Reading(None, Fault(reading.NOT_WHOLE, f"is {text}, must be a whole number"))
    return column.checked(int(value))


def number_fault(text: str) -> Fault:
    """Return why `text` is not a number."""
    if text.lower() in _UNKNOWN:
        return Fault(reading.NAN, f"`{text}` is not a value")
    if text.startswith("#"):
        return Fault(reading.SPREADSHEET_ERROR, f"`{text[:40]}` is the error message of a spreadsheet")
    for pattern, rule, what in _NOT_NUMBERS:
        if pattern.fullmatch(text):
            return Fault(rule, f"`{text[:40]}` {what}")
    return Fault(reading.NOT_A_NUMBER, f"`{text[:40]}` is not a number")


def _read_day(_: Column, text: str) -> Reading:
    if _ISO_DAY.fullmatch(text) and (day := _day(*map(int, text.split("-")))):
        return Reading(day)
    return Reading(None, day_fault(text))


def day_fault(text: str) -> Fault:
    """Return why `text` is not a date written as YYYY-MM-DD."""
    if _ISO_DAY.fullmatch(text):
        return Fault(reading.BAD_DATE, f"the calendar has no {text}")
    if _SERIAL.fullmatch(text):
        return Fault(reading.SPREADSHEET_DATE, f"`{text}` is a serial number of a spreadsheet", _serial_remedy(text))
    candidates = _candidates(text)
    if candidates or _LOOKS_LIKE_DATE.fullmatch(text):
        meant = " or ".join(f"{day.isoformat()} ({order})" for order, day in candidates.items())
        remedy = f"write it as YYYY-MM-DD: {meant}" if meant else ""
        return Fault(reading.DATE_FORMAT, f"`{text}` is not written as YYYY-MM-DD", remedy)
    return Fault(reading.BAD_DATE, f"`{text[:40]}` is not a date")


def _serial_remedy(text: str) -> str:
    count = int(float(text))
    since_1900 = dt.date(1899, 12, 30) + dt.timedelta(days=count)
    since_1904 = dt.date(1904, 1, 1) + dt.timedelta(days=count)
    return f"{reading.SPREADSHEET_DATE.remedy}; it is {since_1900} if days count from 1900, {since_1904} if from 1904"


def _candidates(text: str) -> dict[str, dt.date]:
    """Return the days that may be meant, by the order in which the parts would have been written."""
    found: dict[str, dt.date | None] = {}
    if match := _YEAR_FIRST.fullmatch(text):
        year, month, day = (int(part) for part in match.groups()[:3])
        found["year, month, day"] = _day(year, month, day)
    elif match := _YEAR_LAST.fullmatch(text):
        first, second, year = (int(part) for part in match.groups())
        found["month/day, as in the US"] = _day(year, first, second)
        found["day/month"] = _day(year, second, first)
    return {order: date for order, date in found.items() if date}


def _day(year: int, month: int, day: int) -> dt.date | None:
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def _read_flag(_: Column, text: str) -> Reading:
    flag = {"true": True, "false": False}.get(text.lower())
    return Reading(flag, Fault(reading.NOT_TRUE_OR_FALSE, f"is `{text[:40]}`") if flag is None else None)


def _read_choice(column: Column, text: str) -> Reading:
    if text in column.choices:
        return Reading(text)
    return Reading(None, choice_fault(text, column.choices))


def choice_fault(text: str, choices: tuple[str, ...]) -> Fault:
    """Return the fault of a word that is not among `choices`, with the nearest one."""
    return Fault(reading.UNKNOWN_CHOICE, f"`{text[:40]}` is not one of the choices", advice(text, choices))


def _read_name(column: Column, text: str) -> Reading:
    try:
        return Reading(column.adapter.validate_python(text))
    except ValidationError:
        plain = re.sub(r"[^a-z0-9_.+-]+", "_", text.lower()).strip("_.+-")
        remedy = f"write `{plain}` here and wherever it is used" if plain else ""
        return Reading(None, Fault(reading.BAD_NAME, f"`{text[:40]}` is not a plain name", remedy))


def _read_text(_: Column, text: str) -> Reading:
    return Reading(text)


_READERS: dict[Kind, Callable[[Column, str], Reading]] = {
    "number": _read_number,
    "whole": _read_whole,
    "flag": _read_flag,
    "day": _read_day,
    "choice": _read_choice,
    "name": _read_name,
    "text": _read_text,
    "other": _read_text,
}
