"""Which items, holders and units a ledger speaks of, and which of them a person may have meant."""

from __future__ import annotations

from difflib import get_close_matches
from typing import NamedTuple

from sqlalchemy import func, select

from replenish.ledger import tables
from replenish.ledger.ask.knowing import Which
from replenish.ledger.database import reading
from replenish.ledger.store import Ledger

COLUMNS = ("item", "holder", "unit")
"""Columns of names that whoever records may choose."""

MOST_HINTS, LEAST_LIKENESS = 5, 0.75
LISTS = "`replenish ledger names` lists them"


class Name(NamedTuple):
    """A name and how many statements use it, corrected ones too."""

    name: str
    statements: int


def names(ledger: Ledger, column: str) -> list[Name]:
    """Return the names in one of `COLUMNS`, in alphabetical order."""
    asked = tables.statements.c[column]
    with reading(ledger.engine) as connection:
        found = connection.execute(select(asked, func.count()).group_by(asked))
        return sorted((Name(*row) for row in found), key=lambda one: one.name.casefold())


def hints(ledger: Ledger, which: Which) -> list[str]:
    """Return for each name that no statement has, what may have been meant, in words."""
    found = list[str]()
    for column, asked in (("item", which.item), ("holder", which.holder), ("unit", which.unit)):
        if asked and asked not in (known := [one.name for one in names(ledger, column)]):
            meant = ", ".join(f"`{name}`" for name in _alike(asked, known))
            found.append(f"no {column} is `{asked}`; " + (f"perhaps {meant}" if meant else LISTS))
    return found


def _alike(asked: str, known: list[str]) -> list[str]:
    """Return names that hold what was asked, whatever the case, else those spelt much alike."""
    plain = asked.strip().casefold()
    within = [name for name in known if plain and plain in name.casefold()]
    return sorted(within, key=len)[:MOST_HINTS] or get_close_matches(asked, known, n=MOST_HINTS, cutoff=LEAST_LIKENESS)
