"""The numbers of the first screen, each with what it is and how sure."""

from __future__ import annotations

from typing import NamedTuple

from replenish.report.facts import Need, Promise, Reserve, delivered_on_time, total_spend
from replenish.report.numbers import money, people, percent, plural, quantity
from replenish.report.view import View
from replenish.report.words import band

ENOUGH = 0.95
"""A share below which a card is marked as bad news."""


class Card(NamedTuple):
    """One number of the first screen."""

    label: str
    value: str
    detail: str
    is_bad: bool = False


def cards(view: View, need: Need | None, reserves: list[Reserve], promises: list[Promise]) -> list[Card]:
    """Return the numbers of the first screen; what the study does not have is left out."""
    promised, there = delivered_on_time(promises)
    unit = view.unit(view.item)
    found: list[Card] = []
    if need:
        met, unmet, not_met = need.fill_rate, need.unmet, f"{plural(unit)} of need not met in time"
        whose = f"of the need of {view.title('holders', view.recipient)} is met when it arises"
        found += [
            Card(whose, percent(met.middle), band(met, percent), met.middle < ENOUGH),
            Card(not_met, people(unmet.middle), band(unmet, people), unmet.middle > 0),
        ]
    found += _reserve_cards(view, reserves)
    if promised > 0:
        share = there / promised
        detail = f"{people(there)} of {quantity(promised, unit)}, mean"
        found.append(Card("of what is pledged arrives on time", percent(share), detail, share < ENOUGH))
    total = total_spend(view)
    if total and total.high > 0:
        found.append(Card("committed", money(total.middle, view.scenario.settings.money.currency), band(total, people)))
    return found


def _reserve_cards(view: View, reserves: list[Reserve]) -> list[Card]:
    if not reserves:
        return []
    below = [row for row in reserves if row.below.share >= 0.5]
    deep = max(below, key=lambda row: row.depth.share if row.depth else 0.0, default=None)
    detail = ""
    if deep and deep.depth:
        detail = f"deepest: {view.title('holders', deep.holder)}, {percent(deep.depth.share)} short"
    label = "stocks are below their requirement at some time in most paths"
    found = [Card(label, f"{len(below)} of {len(reserves)}", detail, bool(below))]
    was_below = [row for row in below if row.back.applies]
    return found + ([_back_card(view, was_below)] if was_below else [])


def _back_card(view: View, reserves: list[Reserve]) -> Card:
    last = max(reserves, key=lambda row: (row.back.median is None, row.back.median or 0, 1 - row.back.share))
    name, never = view.title("holders", last.holder), percent(1 - last.back.share)
    label, end = "the last stock is back at its requirement", view.when(view.last)
    if last.back.median is None:
        return Card(label, f"after {end}", f"{name}; not by then in {never} of paths", True)
    late = f"not by {end} in {never}" if last.back.share < 1 else "by then or later in all paths it is back"
    return Card(label, view.when(last.back.median), f"{name}, median; {late}")
