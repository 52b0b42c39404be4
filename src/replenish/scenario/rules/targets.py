"""Rules about targets."""

from __future__ import annotations

from collections.abc import Iterator

from replenish.scenario.draft import Draft, Entry
from replenish.scenario.model import TargetRow
from replenish.scenario.rules.groups import groups
from replenish.scenario.rules.registry import Finding, rule

_SHARES = ("unmet", "shortfall", "late")


@rule(
    "target-incomplete",
    meaning="A target does not say how much, of which item or by when, which its kind needs.",
    example="`what` replenished with an empty `by`; `what` unmet with an empty `at_most`.",
    remedy="give at_most (all but replenished), item (all but spend), by (replenished)",
)
def targets_incomplete(draft: Draft) -> Iterator[Finding]:
    """Find targets that cannot be judged."""
    for column, without in (("item", "spend"), ("at_most", "replenished")):
        for entry in draft.sound(TargetRow, "what", column):
            if entry.row.what != without and getattr(entry.row, column) in (None, ""):
                yield Finding(entry, column, f"is needed for {entry.row.what}")
    for entry in draft.sound(TargetRow, "what", "by"):
        if entry.row.what == "replenished" and entry.row.by is None:
            yield Finding(entry, "by", "is needed for replenished")


@rule(
    "target-column-not-taken",
    meaning="A target fills a column that its kind does not take and that would have no effect.",
    example="`what` replenished with `at_most` 0.1; `what` spend with an `item`.",
    remedy="empty the cell, or correct what",
)
def target_columns_not_taken(draft: Draft) -> Iterator[Finding]:
    """Find values that would be left out without a word."""
    for column, without in (("item", "spend"), ("at_most", "replenished")):
        for entry in draft.sound(TargetRow, "what", column):
            if entry.row.what == without and getattr(entry.row, column) not in (None, ""):
                yield Finding(entry, column, f"{without} does not take it")


@rule(
    "target-above-one",
    meaning="A target allows more than all of a need, a requirement or a pledge to lack.",
    example="`what` unmet with `at_most` 5, meant as 5 %.",
    remedy="write a share from 0 to 1; 5 % is 0.05",
)
def targets_above_one(draft: Draft) -> Iterator[Finding]:
    """Find shares above 1."""
    for entry in draft.sound(TargetRow, "what", "at_most"):
        if entry.row.what in _SHARES and entry.row.at_most is not None and entry.row.at_most > 1:
            yield Finding(entry, "at_most", f"of {entry.row.what} is a share")


@rule(
    "target-implied",
    severity="warning",
    meaning="Two targets are about the same, and one asks for as much as the other, or more, with at least its"
    " probability: the stricter one holds and the other has no effect.",
    example="unmet need at most 0.1 with 0.9, and at most 0.2 with 0.8.",
    remedy="remove the weaker target, or let it differ in holder, item, what or by",
)
def targets_implied(draft: Draft) -> Iterator[Finding]:
    """Find targets that another one contains."""
    key = ("what", "holder", "item", "by")
    for entries in groups(draft, TargetRow, key, "at_most", "probability").values():
        for place, entry in enumerate(entries):
            for other in (*entries[:place], *entries[place + 1 :]):
                if _contains(other, entry) and not (_contains(entry, other) and other.line > entry.line):
                    yield Finding(entry, "at_most", f"`{other.row.name}` in row {other.line} asks for as much or more")
                    break


def _contains(strict: Entry[TargetRow], weak: Entry[TargetRow]) -> bool:
    """Return whether who meets the one meets the other."""
    most, other = strict.row.at_most, weak.row.at_most
    asks_as_much = other is None or (most is not None and most <= other)
    return asks_as_much and strict.row.probability >= weak.row.probability
