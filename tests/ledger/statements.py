"""Rows for tests of the ledger, and ledgers to put them into."""

from __future__ import annotations

import datetime as dt
from typing import Any

from replenish.ledger.values import Statement


def day(text: str) -> dt.date:
    """Return a day written in ISO form."""
    return dt.date.fromisoformat(text)


def said(
    best: float, *, on: str, published: str | None, holder: str = "alpha", item: str = "shell", **more: Any
) -> Statement:
    """Return a statement on a stock that was counted on a day and told on another."""
    told = day(published) if published else None
    own: dict[str, Any] = {
        "kind": "count", "holder": holder, "item": item, "best": best, "unit": "round", "valid_from": day(on),
        "valid_to": day(on), "published": told,
    }  # fmt: skip
    return Statement(**(own | more))
