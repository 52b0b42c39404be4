"""Moments at which something was recorded, as people write them."""

from __future__ import annotations

import datetime as dt
import re

from replenish.errors import UsageError

_FORM = re.compile(r"\d{4}-\d{2}-\d{2}(?P<time>[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})?)?", re.ASCII)
"""Python reads more forms, such as 20241231, of which nobody could say whether the day's end or its start is meant."""


def parse_moment(text: str) -> dt.date | None:
    """Return a day, whose end in UTC is meant, or a moment, in UTC where it names no zone; None for empty text.

    >>> parse_moment("2024-12-31"), parse_moment("2024-12-31T18:00")
    (datetime.date(2024, 12, 31), datetime.datetime(2024, 12, 31, 18, 0, tzinfo=datetime.timezone.utc))

    Raises:
        UsageError: it is neither.
    """
    if not text.strip():
        return None
    try:
        form = _FORM.fullmatch(text.strip())
        if form is None:
            raise ValueError(text)
        if form["time"] is None:
            return dt.date.fromisoformat(text.strip())
        found = dt.datetime.fromisoformat(text.strip())
        return found.astimezone(dt.UTC) if found.tzinfo else found.replace(tzinfo=dt.UTC)
    except (ValueError, OverflowError) as error:
        raise UsageError(f"{text}: write a day as 2024-12-31 or a moment as 2024-12-31T18:00") from error
