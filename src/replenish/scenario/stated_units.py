"""Whether a figure in a stated unit fits a cell, and what it is in the cell's own unit: only time is converted.

A unit is written as words between strokes: `rounds/month`, `EUR/round`, `months`.  Each word must be that of the cell,
in singular or plural, but for units of time, of which one is converted into another by mean lengths, and for percent,
which is a hundredth.
"""

from __future__ import annotations

from typing import Any, Final

from replenish.measures import MEASURES
from replenish.scenario.describe import unit_of
from replenish.scenario.draft import Draft
from replenish.scenario.model import TABLES, Observation, Row
from replenish.units import MEAN_DAYS

PLAIN: Final = frozenset({"", "share", "ratio", "fraction", "percent", "%"})
"""Units of a number without dimension."""

TIMES: Final[dict[str, float]] = {str(word): days for word, days in MEAN_DAYS.items()}

NOT_STATED: Final = frozenset({"", "rank", "weight", "month"})
"""Units of columns in which nobody states a figure."""

Wanted = tuple[frozenset[str], ...]
"""For each word of a unit the words that it may be; none: any word that is no unit of time."""


def wanted_unit(draft: Draft, row: Row, column: str) -> Wanted | None:
    """Return the unit that a cell is in; None where a column has none that a statement could be held against."""
    declared = unit_of(type(row).model_fields[column])
    if isinstance(row, Observation) and row.measure in MEASURES:  # else the row is refused
        declared = "unit/per" if MEASURES[row.measure].unit.endswith("/period") else "unit"
    if declared in ("share", "ratio"):
        return (PLAIN,)
    if declared in NOT_STATED or column == "year" or " " in declared:
        return None
    return tuple(_allowed(draft, row, word) for word in declared.split("/"))


def _allowed(draft: Draft, row: Row, word: str) -> frozenset[str]:
    assert draft.settings is not None  # a draft without settings resolves nothing
    period = draft.settings.time.period
    if word == "unit":
        return _item_units(draft, row)
    if word == "currency":
        return frozenset({getattr(row, "currency", None) or draft.settings.money.currency})
    if word in ("per", "period"):
        return frozenset({(getattr(row, "per", None) if word == "per" else None) or period})
    return frozenset({word} & {"tonne", *TIMES})  # use, systems and servers have names that no table tells


def _item_units(draft: Draft, row: Row) -> frozenset[str]:
    """Return the units of the item of a row, or of the items that its line makes."""
    if isinstance(own := getattr(row, "unit", None), str) and own:
        return frozenset({own})
    line = getattr(row, "line", None) or (getattr(row, "name", "") if row.table == "lines" else "")
    items: set[Any] = {getattr(row, "item", None)} - {None, ""}
    if not items and line:
        made = (entry.row for entry in draft.entries(TABLES["line_items"]))
        items = {getattr(one, "item", "") for one in made if getattr(one, "line", "") == line}
    every = (entry.row for entry in draft.entries(TABLES["items"]))
    return frozenset(getattr(one, "unit", "") for one in every if getattr(one, "name", "") in items) - {""}


def find_factor(told: str, wanted: Wanted) -> float | None:
    """Return by what a figure in a stated unit is multiplied to be in the wanted one; None where it is another thing.

    >>> find_factor("rounds/month", (frozenset({"round"}), frozenset({"month"})))
    1.0
    >>> round(find_factor("months", (frozenset({"day"}),)), 3)
    30.437
    >>> find_factor("rounds", (frozenset({"round"}), frozenset({"month"})))
    """
    words = [word.strip() for word in told.split("/")]
    if wanted == (PLAIN,):
        return {True: 0.01, False: 1.0}[told in ("percent", "%")] if told in PLAIN else None
    if len(words) != len(wanted):
        return None
    factor = 1.0
    for place, (word, allowed) in enumerate(zip(words, wanted, strict=True)):
        time, own = _time(word), next((one for one in allowed if one in TIMES), None)
        if own is not None and time is not None:
            ratio = TIMES[time] / TIMES[own]
            factor *= ratio if place == 0 else 1 / ratio
        elif time is not None or not _is_one_of(word, allowed):
            return None
    return factor


def _time(word: str) -> str | None:
    return next((time for time in TIMES if word in (time, f"{time}s")), None)


def _is_one_of(word: str, allowed: frozenset[str]) -> bool:
    return not allowed or any(word in (one, f"{one}s", f"{one}es") for one in allowed)


def in_words(wanted: Wanted) -> str:
    """Return a wanted unit as it would be written."""
    if wanted == (PLAIN,):
        return "a share"
    return "/".join(" or ".join(sorted(allowed)) or "unit" for allowed in wanted)
