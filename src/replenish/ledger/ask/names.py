"""Which items, holders and units a ledger speaks of, and which of them a person may have meant."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import func, select

from replenish.ledger import tables
from replenish.ledger.ask.knowing import Which
from replenish.ledger.database import reading
from replenish.ledger.store import Ledger
from replenish.scenario.suggest import advice

COLUMNS = ("item", "holder", "unit")
"""Columns of names that whoever records may choose."""


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
            found.append(f"no {column} is `{asked}`; {advice(asked, known) or '`replenish ledger names` lists them'}")
    return found
