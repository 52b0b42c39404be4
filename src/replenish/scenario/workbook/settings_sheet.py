"""The sheet of settings -> settings: `section.key` and value, lists with one row for each entry."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from replenish.scenario.cells import Fault, columns
from replenish.scenario.draft import Draft
from replenish.scenario.files import Report
from replenish.scenario.model import Settings
from replenish.scenario.rules import reading
from replenish.scenario.rules.registry import RuleDoc
from replenish.scenario.settings_file import settle
from replenish.scenario.workbook.layout import KEY_LETTER, VALUE_LETTER


class SettingRow(NamedTuple):
    """One row of the sheet; `fault` says why the value cannot be read at all."""

    line: int
    key: str
    value: str
    fault: Fault | None = None


class Setting(NamedTuple):
    """One setting: `key` is `section.name`, or the name alone at the top."""

    key: str
    model: type[BaseModel]
    name: str
    declared: FieldInfo

    @property
    def is_list(self) -> bool:
        """Return whether it has several values."""
        return columns(self.model)[self.name].kind == "other"


def all_settings(model: type[BaseModel] = Settings, prefix: str = "") -> Iterator[Setting]:
    """Iterate over all settings in their order."""
    for name, declared in model.model_fields.items():
        inner = declared.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from all_settings(inner, f"{name}.")
        else:
            yield Setting(f"{prefix}{name}", model, name, declared)


def read_settings_sheet(draft: Draft, rows: Sequence[SettingRow], report: Report) -> None:
    """Put the settings into `draft`: all if they are sound, else the sections that are."""
    draft.setting_lines = {row.key: row.line for row in reversed(rows)}
    reader = _Reader(report)
    draft.setting_letters = {row.key: VALUE_LETTER if row.key in reader.known else KEY_LETTER for row in rows}
    for row in rows:
        reader.take(row)
    settle(draft, reader.data, report, reader.lost)


class _Reader:
    """Gathers settings as nested data, as TOML gives them; what cannot be read stays text and is judged there."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.known = {setting.key: setting for setting in all_settings()}
        self.data: dict[str, Any] = {"time": {}}  # what lacks in it is reported by its key
        self.done: set[str] = set()
        self.lost: set[str] = set()

    def take(self, row: SettingRow) -> None:
        """Add one row."""
        setting = self.known.get(row.key)
        if row.fault:
            self._report(row.fault.rule, row.fault.message, row)
            self.lost.add(row.key)
        elif row.key in self.done and not (setting and setting.is_list):
            self._report(reading.REPEATED_SETTING, "stands in an earlier row", row)
        elif setting is None:
            self._put(row, row.value)
        elif row.value.strip() or setting.declared.is_required():
            self._put(row, _value(setting, row.value))
        self.done.add(row.key)

    def _put(self, row: SettingRow, value: Any) -> None:
        """Put a value at its dotted key, unless the key leads into or over another."""
        inner: Any = self.data
        *sections, name = row.key.split(".")
        for section in sections:
            inner = inner.setdefault(section, {}) if isinstance(inner, dict) else None
        if not isinstance(inner, dict) or isinstance(inner.get(name), dict):
            self._report(reading.UNKNOWN_KEY, f"there is no key `{row.key}`", row)
        else:
            inner[name] = [*inner.get(name, []), *value] if isinstance(value, list) else value

    def _report(self, rule: RuleDoc, message: str, row: SettingRow) -> None:
        self.report.add(rule, message, row=row.line, column=row.key, value=row.value)


def _value(setting: Setting, text: str) -> Any:
    """Return the value of a setting, a list of one for a list, or the text itself if it cannot be read."""
    if setting.is_list:
        return [text]
    found = columns(setting.model)[setting.name].read(text)
    return text if found.fault else found.value
