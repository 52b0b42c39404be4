"""How stable the first decisions of a plan are, over the last iterations of training and over seeds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import polars as pl

RESTED: Final = 20
"""Last iterations of training over which it is told how far a first decision moved."""

STEADY: Final = 0.1
"""Share of the largest decision of its kind by which a decision may move and still be called stable."""


class Steadiness(NamedTuple):
    """How far first decisions moved, each measured by the largest of its kind.

    moved: how many moved by more than `STEADY`.
    known: of how many.
    largest: largest move [share].
    row: the decision that moved most, with what it is about.
    over: over what it is told: iterations, seeds or both.
    """

    moved: int
    known: int
    largest: float
    row: Mapping[str, Any]
    over: str

    @property
    def is_steady(self) -> bool:
        """Return whether nothing moved far."""
        return self.moved == 0


def find_steadiness(decisions: pl.DataFrame) -> Steadiness | None:
    """Return how far the decisions of the table `plan_decisions` moved; None where that is not known."""
    parts = (("before", f"without the last {RESTED} iterations of training"), ("seed_low", "with other seeds"))
    known = [words for column, words in parts if decisions[column].is_not_null().any()]
    if not known:
        return None
    seeds = [(pl.col(end) - pl.col("quantity")).abs().fill_null(0.0) for end in ("seed_low", "seed_high")]
    moved = pl.max_horizontal((pl.col("before") - pl.col("quantity")).abs().fill_null(0.0), *seeds)
    of_kind = pl.max_horizontal("quantity", "before", "seed_high").max().over("what", "unit")
    share = pl.when(of_kind > 0).then(moved / of_kind).otherwise(0.0)
    table = decisions.with_columns(share=share).sort("share", descending=True, maintain_order=True)
    shares = table["share"]
    return Steadiness(
        int((shares > STEADY).sum()), len(table), float(shares[0]), table.row(0, named=True), " or ".join(known)
    )


def steady_words(found: Steadiness, thing: Callable[[Mapping[str, Any]], str]) -> str:
    """Return how stable first decisions are, in a sentence; `thing` names what a row is about."""
    if found.is_steady:
        return (
            f"First decisions are stable: {found.over} none of {found.known} would differ by more than"
            f" {STEADY:.0%} of the largest of its kind (at most {found.largest:.1%})."
        )
    return (
        f"First decisions are not stable enough to act on without a second look: {found.over} {found.moved} of"
        f" {found.known} would differ by more than {STEADY:.0%} of the largest of its kind, most of all"
        f" {found.row['what']} of {thing(found.row)}, by {found.largest:.0%}. More minutes of training help; where a"
        " range is wide, so that the scenario does not say which, a price or a cost does."
    )


def range_words(decisions: pl.DataFrame) -> str:
    """Return what the ranges of decisions mean; empty where there are none."""
    share = decisions["within"].max()
    if not isinstance(share, float):
        return ""
    return (
        f"Anything in a range costs at most {100 * share:g} % more in all than the best plan, as far as training knows,"
        " if the other decisions follow; all ranges cannot be used up at once."
    )
