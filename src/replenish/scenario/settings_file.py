"""`scenario.toml` -> settings, with the line of each key."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from replenish.scenario.cells import Fault, choice_fault, columns, range_fault
from replenish.scenario.draft import Draft
from replenish.scenario.files import Report
from replenish.scenario.model import Money, Settings, Time
from replenish.scenario.rules import reading
from replenish.scenario.suggest import advice, nearest

S = TypeVar("S", bound=BaseModel)

_PLACE = re.compile(r"\(at line (\d+), column (\d+)\)")
_SECTION = re.compile(r"\s*\[\s*([A-Za-z0-9_.\s\"'-]+?)\s*\]\s*(#.*)?$")
_KEY = re.compile(r"\s*([A-Za-z0-9_\"'-]+(?:\s*\.\s*[A-Za-z0-9_\"'-]+)*)\s*=")


def read_settings(draft: Draft, text: str, report: Report) -> None:
    """Put the settings into `draft`: all if they are sound, else the sections that are."""
    draft.setting_lines = key_lines(text)
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        _report_broken(str(error), text, report)
        return
    settle(draft, data, report)


def settle(draft: Draft, data: dict[str, Any], report: Report, reported: Collection[str] = ()) -> None:
    """Put settings given as nested `data` into `draft`; keys that were `reported` already may be absent from it."""
    try:
        draft.settings = Settings.model_validate(_frozen(data), strict=True)
        draft.time, draft.money = draft.settings.time, draft.settings.money
    except ValidationError as error:
        _report_errors(_Errors(error, data, draft.setting_lines, report), reported)
        draft.time = _section(Time, data.get("time"))
        draft.money = _section(Money, data.get("money", {}))


def _frozen(value: Any) -> Any:
    """Return TOML data with lists as tuples, as the settings hold them."""
    if isinstance(value, dict):
        return {key: _frozen(inner) for key, inner in value.items()}
    return tuple(_frozen(inner) for inner in value) if isinstance(value, list) else value


def _section(model: type[S], data: Any) -> S | None:
    """Return one section without keys that it does not have, or None if anything else in it is wrong."""
    known = {key: value for key, value in data.items() if key in model.model_fields} if isinstance(data, dict) else data
    try:
        return model.model_validate(_frozen(known), strict=True)
    except ValidationError:
        return None


def _report_broken(message: str, text: str, report: Report) -> None:
    match = _PLACE.search(message)
    line, column = (int(match[1]), match[2]) if match else (text.count("\n") + 1, None)
    reason = _PLACE.sub("", message).removesuffix("(at end of document)").strip()
    place = f"line {line}, column {column}" if match else "the end of the file"
    written = text.splitlines()[line - 1].strip()[:80] if match else ""
    report.add(reading.BROKEN_TOML, f"reading stopped at {place}: {reason}", row=line, column=column, value=written)


def key_lines(text: str) -> dict[str, int]:
    """Return the line of every section and key by its dotted name, as far as a look at each line can tell."""
    found: dict[str, int] = {}
    section, is_inside_text = "", False
    for number, line in enumerate(text.splitlines(), 1):
        if not is_inside_text:
            if match := _SECTION.match(line):
                section = _dotted(match[1])
                found.setdefault(section, number)
            elif match := _KEY.match(line):
                found.setdefault(".".join(filter(None, (section, _dotted(match[1])))), number)
        if (line.count('"""') + line.count("'''")) % 2:
            is_inside_text = not is_inside_text
    return found


def _dotted(name: str) -> str:
    return ".".join(part.strip().strip("\"'") for part in name.split("."))


@dataclass(slots=True)
class _Errors:
    """What pydantic found, with what is needed to say it in our words."""

    error: ValidationError
    data: Mapping[str, Any]
    lines: Mapping[str, int]
    report: Report


def _report_errors(errors: _Errors, reported: Collection[str]) -> None:
    found = errors.error.errors()
    unknown = [error["loc"] for error in found if error["type"] == "extra_forbidden"]
    missing = [error["loc"] for error in found if error["type"] == "missing"]
    explained = {tuple(key.split(".")) for key in reported}  # missing because they were misspelt, or could not be read
    for place in unknown:
        same_section = [str(other[-1]) for other in missing if other[:-1] == place[:-1]]
        if likely := nearest(str(place[-1]), same_section):
            explained.add((*map(str, place[:-1]), likely))
    for error in found:
        if error["type"] != "missing" or error["loc"] not in explained:
            _report_error(errors, error)


def _report_error(errors: _Errors, error: Any) -> None:
    place = tuple(part for part in error["loc"] if isinstance(part, str))
    dotted, value = ".".join(place), error["input"]
    fault = _fault(error, place, value)
    row = errors.lines.get(dotted) or errors.lines.get(".".join(place[:-1]))
    is_absent = error["type"] == "missing"
    written = "" if is_absent or isinstance(value, dict) else str(value)
    errors.report.add(fault.rule, fault.message, row=row, column=dotted, value=written, remedy=fault.remedy)


def _fault(error: Any, place: tuple[str, ...], value: object) -> Fault:
    """Return an error of pydantic in the words of the rules."""
    model, key = _model_at(place), place[-1]
    if error["type"] == "extra_forbidden":
        return Fault(reading.UNKNOWN_KEY, f"there is no key `{key}` here", advice(key, list(model.model_fields)))
    if error["type"] == "missing":
        return Fault(reading.MISSING_KEY, f"`{key}` has no default")
    column = columns(model).get(key)
    if column and column.kind == "choice":
        return choice_fault(str(value), column.choices)
    is_serial = isinstance(value, int) and column is not None and column.kind == "day"
    if column and (is_serial or isinstance(value, str)) and column.kind in ("number", "whole", "day"):
        fault = column.read(str(value)).fault
        return fault or Fault(reading.WRONG_TYPE, f"{value!r} stands in quotes", f"write it without quotes: {value}")
    if error["type"] == "finite_number":
        return Fault(reading.NAN if value != value else reading.INFINITE, f"is {value}")  # noqa: PLR0124 - NaN differs from itself
    return range_fault(error, value)


def _model_at(place: tuple[str, ...]) -> type[BaseModel]:
    """Return the model that holds the last key of `place`."""
    model: type[BaseModel] = Settings
    for key in place[:-1]:
        declared = model.model_fields.get(key)
        inner = declared.annotation if declared else None
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            model = inner
    return model
