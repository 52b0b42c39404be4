"""What currencies are worth, as far as it is known."""

from __future__ import annotations

from replenish.scenario.draft import Draft
from replenish.scenario.model import ExchangeRate


def rates(draft: Draft) -> dict[str, float]:
    """Return the worth of each currency in the scenario's; an empty name stands for that one."""
    worth = {entry.row.currency: entry.row.rate for entry in draft.sound(ExchangeRate, "currency", "rate")}
    return worth | ({"": 1.0, draft.money.currency: 1.0} if draft.money else {})
