"""A run as a few lines of text or a small table for a notebook."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence

import polars as pl

from replenish.measures import LABELS

MAIN = (
    "fill_rate", "stock_out_probability", "largest_shortfall", "not_replenished_probability",
    "pledge_fulfilment_at_due", "spend_cumulative",
)  # fmt: skip
"""Headline numbers that are shown, the most important first."""

MOST_OF_EACH, MOST = 2, 8


def main_numbers(summary: pl.DataFrame, focus: Sequence[str]) -> list[tuple[str, str]]:
    """Return name and value of a few headline numbers, those about `focus` (recipient, item) first."""
    found: list[tuple[str, str]] = []
    for measure in MAIN:
        rows = list(summary.filter(pl.col("measure") == measure).iter_rows(named=True))
        rows.sort(key=lambda row: -sum(name in (row["holder"], row["item"]) for name in focus if name))
        for row in rows[:MOST_OF_EACH]:
            names = "/".join(filter(None, (row[label] for label in LABELS)))
            found.append((f"{measure} {names}".rstrip(), f"{row['value']:,.4g} {row['unit']}"))
    return found[:MOST]


def text(head: Sequence[str], numbers: Sequence[tuple[str, str]]) -> str:
    """Return lines that a terminal shows."""
    width = max((len(name) for name, _ in numbers), default=0)
    return "\n".join(["\n  ".join(head), *(f"  {name.ljust(width)}  {value}" for name, value in numbers)])


def table(head: Sequence[str], numbers: Sequence[tuple[str, str]]) -> str:
    """Return the same as HTML."""
    return "".join(_html(head, numbers))


def _html(head: Sequence[str], numbers: Sequence[tuple[str, str]]) -> Iterator[str]:
    title, *rest = (html.escape(line) for line in head)
    yield f"<p><b>{title}</b><br>{'<br>'.join(rest)}</p><table>"
    for name, value in numbers:
        yield f"<tr><td>{html.escape(name)}</td><td>{html.escape(value)}</td></tr>"
    yield "</table>"
