"""Rules about currencies and budgets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from replenish.scenario.draft import Draft
from replenish.scenario.model import TABLES, Budget, ExchangeRate
from replenish.scenario.rules.groups import groups
from replenish.scenario.rules.registry import Finding, rule

_WITH_CURRENCY: tuple[type[Any], ...] = tuple(
    row_class for row_class in TABLES.values() if "currency" in row_class.model_fields and row_class is not ExchangeRate
)


@rule(
    "currency-without-rate",
    meaning="A row is in a currency that is neither the scenario's nor in exchange_rates.",
    example="`currency` USD in a study in EUR without a rate for USD.",
    remedy="add the currency to exchange_rates, or correct it",
)
def currencies_without_rate(draft: Draft) -> Iterator[Finding]:
    """Find amounts whose worth is not known."""
    if draft.money is None or not draft.is_complete(ExchangeRate, "currency"):
        return
    known = {draft.money.currency, *(entry.row.currency for entry in draft.sound(ExchangeRate, "currency"))}
    for row_class in _WITH_CURRENCY:
        for entry in draft.sound(row_class, "currency"):
            currency = entry.row.currency
            if currency and currency not in known:
                message = f"`{currency}` has no exchange rate"
                yield Finding(entry, "currency", message, draft.advice(currency, known, "currency"))


@rule(
    "own-currency-rate",
    meaning="The scenario's own currency has an exchange rate other than 1.",
    example="a study in EUR with `EUR,1.1` in exchange_rates.",
    remedy="remove the row; rates say what other currencies are worth in the scenario's",
)
def own_currency_rates(draft: Draft) -> Iterator[Finding]:
    """Find a currency that is not worth itself."""
    for entry in draft.sound(ExchangeRate, "currency", "rate") if draft.money else ():
        if draft.money and entry.row.currency == draft.money.currency and entry.row.rate != 1:
            yield Finding(entry, "rate", f"`{entry.row.currency}` is the currency of the scenario")


@rule(
    "budget-gate-mix",
    meaning="The years of one budget have different gates; only one can be followed.",
    example="the gate `congress` in 2023 and none in 2024.",
    remedy="name the same gate in all years of a holder and purpose",
)
def budget_gates(draft: Draft) -> Iterator[Finding]:
    """Find budgets whose gate changes."""
    for entries in groups(draft, Budget, ("holder", "purpose"), "gate").values():
        usual = Counter(entry.row.gate for entry in entries).most_common(1)[0][0]
        for entry in entries:
            if entry.row.gate != usual:
                yield Finding(
                    entry, "gate", f"the other years have `{usual}`" if usual else "the other years have none"
                )


@rule(
    "budget-paid-mix",
    meaning="The years of one budget for orders differ in when money leaves, which holds for all of them.",
    example="`paid` order in 2023 and delivery in 2024.",
    remedy="write the same in all years of a holder",
)
def budgets_paid_differently(draft: Draft) -> Iterator[Finding]:
    """Find budgets whose payment changes."""
    for (_, purpose), entries in groups(draft, Budget, ("holder", "purpose"), "paid").items():
        usual = Counter(entry.row.paid for entry in entries).most_common(1)[0][0]
        for entry in entries if purpose == "orders" else ():
            if entry.row.paid != usual:
                yield Finding(entry, "paid", f"the other years have `{usual}`")


@rule(
    "expansion-paid-on-delivery",
    meaning="A budget for expansions says that money leaves on delivery; an expansion is paid for when it is decided.",
    example="`purpose` expansions with `paid` delivery.",
    remedy="set paid to order",
)
def expansions_paid_on_delivery(draft: Draft) -> Iterator[Finding]:
    """Find payments that cannot wait."""
    for entry in draft.sound(Budget, "purpose", "paid"):
        if entry.row.purpose == "expansions" and entry.row.paid != "order":
            yield Finding(entry, "paid", "an expansion is paid for when it is decided")


@rule(
    "budget-year-outside",
    severity="warning",
    meaning="A budget year lies outside the horizon.",
    example="`year` 2019 in a study that starts in 2022.",
    remedy="correct the year, or remove the row",
)
def budget_years_outside(draft: Draft) -> Iterator[Finding]:
    """Find money for years that are not simulated; budget years may be ahead of the calendar by one."""
    if draft.time is None or draft.last_day is None:
        return
    first, last = draft.time.start.year, draft.last_day.year
    for entry in draft.sound(Budget, "year"):
        if not first - 1 <= entry.row.year <= last + 1:
            yield Finding(entry, "year", f"the horizon runs from {first} to {last}")


@rule(
    "budget-year-missing",
    severity="warning",
    meaning="A budget has no row for a year inside the horizon: nothing may be spent in it but what is carried over.",
    example="rows for 2022 and 2023 in a study to 2031.",
    remedy="add a row for each year; a holder without any budget row spends without limit",
)
def budget_years_missing(draft: Draft) -> Iterator[Finding]:
    """Find years without money, once for each budget."""
    if draft.time is None or draft.last_day is None:
        return
    horizon = range(draft.time.start.year + 1, draft.last_day.year)
    for entries in groups(draft, Budget, ("holder", "purpose"), "year").values():
        missing = sorted(set(horizon) - {entry.row.year for entry in entries})
        if missing:
            years = f"{missing[0]}" if len(missing) == 1 else f"{missing[0]} and {len(missing) - 1} more"
            row = entries[0].row
            yield Finding(
                entries[0], "year", f"`{row.holder}` has no budget for {row.purpose} in {years}", value=str(missing[0])
            )
