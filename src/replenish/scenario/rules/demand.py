"""Rules about demand: laws, and rows that speak of the same need."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache
from operator import attrgetter
from typing import Any

from replenish.scenario.draft import Draft, Entry
from replenish.scenario.model import Contract, Demand, Expansion, Requirement
from replenish.scenario.rules.groups import groups
from replenish.scenario.rules.registry import Finding, rule
from replenish.units import Per

_WITH_VARIATION = ("negative_binomial", "gamma", "lognormal")
_LAWS: tuple[tuple[type[Any], str, str], ...] = (
    (Demand, "distribution", "coefficient_of_variation"),
    (Expansion, "delay_distribution", "delay_coefficient_of_variation"),
    (Contract, "slip_distribution", "slip_coefficient_of_variation"),
)


@rule(
    "variation-not-taken",
    meaning="A coefficient of variation is given with a law that has none of its own.",
    example="`distribution` poisson and `coefficient_of_variation` 0.5.",
    remedy="empty the coefficient of variation, or name gamma, lognormal or (for demand) negative_binomial",
)
def variation_not_taken(draft: Draft) -> Iterator[Finding]:
    """Find spreads that would be left out without a word."""
    for row_class, law, spread in _LAWS:
        for entry in draft.sound(row_class, law, spread):
            if getattr(entry.row, spread) > 0 and getattr(entry.row, law) not in _WITH_VARIATION:
                yield Finding(entry, spread, f"{getattr(entry.row, law)} takes none")


@rule(
    "variation-missing",
    meaning="A law that needs a coefficient of variation has none, so that it would not vary at all.",
    example="`distribution` gamma with an empty `coefficient_of_variation`.",
    remedy="give the coefficient of variation, or name deterministic (a delay or slip: none)",
)
def variation_missing(draft: Draft) -> Iterator[Finding]:
    """Find laws without spread."""
    for row_class, law, spread in _LAWS:
        for entry in draft.sound(row_class, law, spread):
            is_varied = getattr(entry.row, law) in ("gamma", "lognormal")
            is_nothing = row_class is Demand and (not entry.is_sound("mean") or entry.row.mean == 0)
            if is_varied and not is_nothing and getattr(entry.row, spread) == 0:
                yield Finding(entry, spread, f"{getattr(entry.row, law)} needs one")


@rule(
    "negative-binomial-variance",
    meaning="The variance of a negative binomial demand is not above its mean in some period; there is no such law.",
    example="a mean of 4 a period and a coefficient of variation of 0.5: the variance is 4, not above the mean.",
    remedy="raise coefficient_of_variation above 1 / square root of the mean of a period, or name poisson",
)
def negative_binomial_variance(draft: Draft) -> Iterator[Finding]:
    """Find negative binomial laws that do not exist."""
    if (calendar := draft.calendar) is None:
        return
    smallest_share = cache(lambda per, first: float(calendar.share_of(per)[first:].min()))
    for entry in draft.sound(Demand, "distribution", "coefficient_of_variation", "mean", "per", "start"):
        row = entry.row
        first = 0 if row.start is None else max(0, calendar.index(row.start))
        if row.distribution != "negative_binomial" or row.mean == 0 or first >= len(calendar):
            continue
        per: Per = row.per
        mean = row.mean * smallest_share(per, first)
        if row.coefficient_of_variation**2 * mean <= 1:
            message = f"needs more than {mean**-0.5:.4g} with a mean of {mean:.4g} in the shortest period"
            yield Finding(entry, "coefficient_of_variation", message)


@rule(
    "chain-mix",
    meaning="Rows of one need, or of one requirement, depend on different chains; only one can be followed.",
    example="the use of one holder depends on `regime` in one row and on `season` in another.",
    remedy="let all rows of the same holder and item (and purpose) name one chain",
)
def chain_mixes(draft: Draft) -> Iterator[Finding]:
    """Find needs and requirements that depend on two chains."""
    for own in groups(draft, Demand, ("holder", "item", "purpose"), "chain").values():
        yield from _deviating([entry for entry in own if entry.row.chain], "chain")
    for rows in groups(draft, Requirement, ("holder", "item"), "chain").values():
        yield from _deviating([entry for entry in rows if entry.row.chain], "chain")


@rule(
    "demand-differs",
    meaning="Rows of one need differ in priority or in what becomes of unmet demand, which hold for the whole need.",
    example="the use of one holder is `owed` in one row and `lost` in another.",
    remedy="give all rows of the same holder, item and purpose the same value, or another purpose",
)
def demand_differs(draft: Draft) -> Iterator[Finding]:
    """Find needs whose rows contradict each other."""
    for entries in groups(draft, Demand, ("holder", "item", "purpose"), "priority", "when_unmet").values():
        yield from _deviating(entries, "priority")
        yield from _deviating(entries, "when_unmet")


def _deviating(entries: list[Entry[Any]], column: str) -> Iterator[Finding]:
    """Find rows that differ from the value most of them have."""
    values = Counter(map(attrgetter(f"row.{column}"), entries))
    if len(values) > 1:
        usual = values.most_common(1)[0][0]
        first = next(entry for entry in entries if getattr(entry.row, column) == usual)
        for entry in entries:
            if getattr(entry.row, column) != usual:
                yield Finding(entry, column, f"differs from `{usual}` in row {first.line}")
