"""Numbers, money and dates as people read them: 1.2 million, 28 k, EUR 3.4 billion, June 2024."""

from __future__ import annotations

import math
from datetime import date
from typing import NamedTuple

from replenish.units import Per

NBSP = "\xa0"
"""Space that keeps a number and its unit on one line."""

MINUS = "\u2212"
DASH = "\u2013"
"""What a table shows where there is no number."""

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
"""Names of months that do not depend on the language of the computer."""

_SIZES = ((1e12, 1e12, "trillion"), (1e9, 1e9, "billion"), (1e6, 1e6, "million"), (1e4, 1e3, "k"))
_SYMBOLS = frozenset({"kg", "t", "l", "m", "bbl", "km", "lb", "oz"})


class Scale(NamedTuple):
    """What the numbers of an axis are divided by, and the word for it."""

    factor: float
    word: str


def significant(value: float, digits: int = 3) -> float:
    """Return `value` rounded to so many significant digits.

    >>> significant(123_456), significant(0.001234), significant(0.0)
    (123000.0, 0.00123, 0.0)
    """
    if value == 0 or not math.isfinite(value):
        return float(value)
    return float(f"{value:.{digits - 1}e}")


def people(value: float | None) -> str:
    r"""Return a number with three significant digits and a word for its size.

    >>> people(1_234_567), people(28_000), people(9_437), people(-0.5), people(999_900)
    ('1.23\xa0million', '28\xa0k', '9,440', '\u22120.5', '1\xa0million')
    """
    if value is None or math.isnan(value):
        return DASH
    if math.isinf(value):
        return "no limit" if value > 0 else "none"
    rounded = significant(abs(value))
    sign = MINUS if value < 0 and rounded else ""
    for least, factor, word in _SIZES:
        if rounded >= least:
            return f"{sign}{significant(rounded / factor):g}{NBSP}{word}"
    if rounded < 1e-9:
        return "0"
    if rounded < 1e-3:
        return f"{sign}{rounded:.12f}".rstrip("0")
    return f"{sign}{rounded:,.0f}" if rounded >= 100 else f"{sign}{rounded:g}"


def exact(value: object) -> str:
    """Return a cell of the scenario as it was written, numbers with thousands separators."""
    if value is None or value == "":
        return DASH
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return f"{value:,.12g}" if math.isfinite(value) else people(value)
    return str(value)


def percent(share: float | None) -> str:
    r"""Return a share in whole per cent; nearly none and nearly all are not rounded to none and all.

    >>> percent(0.954), percent(0.0004), percent(0.9996), percent(1.0), percent(0.0)
    ('95\xa0%', 'under 1\xa0%', 'over 99\xa0%', '100\xa0%', '0\xa0%')
    """
    if share is None or not math.isfinite(share):
        return DASH
    if 0 < share < 0.005:
        return f"under 1{NBSP}%"
    if 0.995 <= share < 1:
        return f"over 99{NBSP}%"
    return f"{round(100 * share)}{NBSP}%"


def points(error: float | None) -> str:
    r"""Return the error of a share in per cent, with two digits.

    >>> points(0.00394), points(0.0000512), points(0.0)
    ('0.39\xa0%', 'under 0.01\xa0%', '0\xa0%')
    """
    if error is None or not math.isfinite(error):
        return DASH
    return f"under 0.01{NBSP}%" if 0 < error < 0.0001 else f"{significant(100 * error, 2):g}{NBSP}%"


def plural(unit: str) -> str:
    """Return the plural of a unit that is a word; symbols such as kg, t or MWh stay.

    >>> plural("round"), plural("MWh"), plural("box"), plural("battery"), plural("tonnes")
    ('rounds', 'MWh', 'boxes', 'batteries', 'tonnes')
    """
    is_word = len(unit) > 1 and unit.islower() and unit.isalpha() and unit not in _SYMBOLS
    if not is_word or (unit.endswith("s") and unit[-2] != "s"):
        return unit
    if unit.endswith(("s", "x", "ch", "sh")):
        return f"{unit}es"
    return f"{unit[:-1]}ies" if unit.endswith("y") and unit[-2] not in "aeiou" else f"{unit}s"


def quantity(value: float | None, unit: str) -> str:
    """Return a number with its unit: 1.2 million rounds, 1 round."""
    number = people(value)
    return number if number == DASH else f"{number}{NBSP}{unit if number == '1' else plural(unit)}"


def money(value: float | None, currency: str) -> str:
    """Return an amount with its currency: EUR 1.2 billion."""
    number = people(value)
    return number if number == DASH else f"{currency}{NBSP}{number}"


def count(number: int) -> str:
    """Return a whole number in full: 1,000."""
    return f"{number:,d}"


def days(value: float | None) -> str:
    """Return days of supply; without planned use a stock lasts for ever."""
    if value is not None and math.isinf(value):
        return "no use planned"
    return quantity(value, "day") if value is None or value != 1 else f"1{NBSP}day"


def lever_amount(unit: str, amount: float) -> str:
    r"""Return the amount of a lever: a factor, or days.

    >>> lever_amount("factor", 1.25), lever_amount("day", 1477.0)
    ('1.25\xa0times', '1,477\xa0days')
    """
    word = "times" if unit == "factor" else plural(unit) if amount != 1 else unit
    return f"{amount:,.10g}{NBSP}{word}"


def when(day: date, period: Per) -> str:
    r"""Return a date as exact as the period is long.

    >>> when(date(2024, 6, 1), "month"), when(date(2024, 6, 3), "week"), when(date(2024, 1, 1), "year")
    ('June\xa02024', '3\xa0June\xa02024', '2024')
    """
    if period == "year":
        return str(day.year)
    month = f"{MONTHS[day.month - 1]}{NBSP}{day.year}"
    return month if period == "month" else f"{day.day}{NBSP}{month}"


def span(low: str, high: str) -> str:
    """Return a range in words, one word where both ends read the same.

    >>> span("4 %", "9 %"), span("4 %", "4 %")
    ('4 % to 9 %', '4 %')
    """
    return low if low == high else f"{low} to {high}"


def scale(largest: float) -> Scale:
    """Return how to label an axis that reaches `largest`.

    >>> scale(2_400_000)
    Scale(factor=1000000.0, word='million')
    """
    for factor, word in ((1e12, "trillion"), (1e9, "billion"), (1e6, "million"), (1e3, "thousand")):
        if math.isfinite(largest) and largest >= 1.5 * factor:
            return Scale(factor, word)
    return Scale(1.0, "")
