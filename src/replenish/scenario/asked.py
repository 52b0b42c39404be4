"""Cells that ask a ledger for their value: `ledger(kind=..., holder=..., item=..., valid=..., rule=..., unit=...)`.

This package does not know ledgers.  Whoever reads a scenario hands in what answers.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, NamedTuple, Protocol, get_args

from replenish.scenario.model.settings import LedgerSettings
from replenish.scenario.suggest import advice

LEDGER: Final = "ledger."
"""How names of sources begin that come from a ledger."""

Take = Literal["low", "best", "high"]
Lacking = Literal["no ledger", "no answer", "unit"]

LONGEST: Final = 1_000
"""Characters that a cell which asks a ledger may have; to part a longer one takes time by the square of them."""

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_CELL = re.compile(r"\s*ledger\s*\((.*)\)\s*", re.DOTALL)
_OPENING = re.compile(r"\s*ledger\s*\(", re.IGNORECASE)
_COMMA = re.compile(r""",(?=(?:[^"']|"[^"]*"|'[^']*')*$)""")
"""A comma that does not stand in quotes."""
_WORDS: Final = ("kind", "holder", "item", "valid", "rule", "unit")
_SEMICOLON = re.compile(rf";\s*({'|'.join(_WORDS)})\s*=")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What a cell asks.

    valid: day for which the value is wanted; None: the latest.  rule: which end of a stated range is taken.
    unit: unit in which it must be stated; empty: any.
    """

    kind: str
    holder: str
    item: str
    valid: dt.date | None = None
    rule: Take = "best"
    unit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A value with the statement, passage and document behind it.

    low, high: the least and the most that the statement and those that contradict it say; None: one figure alone.
    published: last day that the date of publication may mean; None where there is none, and a rule admitted it.
    admitted: day from which it counts as known without a date of publication, as a rule says.
    told: for which days it is and what else a reader should know of the statement, in words.
    conflicts: other statements for the same days with other values, in words.  picked_by: the rule that chose.
    """

    value: float
    unit: str
    statement: str
    document: str
    title: str
    low: float | None = None
    high: float | None = None
    passage: str = ""
    words: str = ""
    publisher: str = ""
    address: str = ""
    published: dt.date | None = None
    is_derived: bool = False
    admitted: dt.date | None = None
    told: str = ""
    conflicts: tuple[str, ...] = ()
    picked_by: str = ""


class Refusal(NamedTuple):
    """Why there is no value."""

    lacking: Lacking
    message: str
    remedy: str = ""


class Resolver(Protocol):
    """Answers what a cell asks.

    used: the settings as of which it does: the day and the moment that were meant.
    """

    @property
    def used(self) -> LedgerSettings:
        """Return the settings as of which it answers."""
        ...

    def __call__(self, ask: Ask, /) -> Answer | Refusal:
        """Return what the ledger says, or why it says nothing."""
        ...


Opener = Callable[[LedgerSettings, Path], Resolver | Refusal]
"""Opens the ledger that the settings of a scenario name; the path is that of its folder or workbook."""


def asks(text: str) -> bool:
    """Return whether a cell is meant to ask a ledger."""
    return _OPENING.match(text) is not None


def parse_ask(text: str) -> Ask | str:
    """Return what a cell asks, or what is wrong with it in words.

    >>> parse_ask("ledger(kind=count, holder=alpha, item=shell, valid=2024-03-31)").valid
    datetime.date(2024, 3, 31)
    >>> parse_ask("ledger(kind=count, item=shell)")
    'does not say holder'
    """
    match = _CELL.fullmatch(text) if len(text) <= LONGEST else None
    if match is None:
        return _malformed(text)
    if _SEMICOLON.search(match[1]):
        return "has `;` between its parts, which must be `,`"
    told: dict[str, str] = {}
    for part in filter(str.strip, _COMMA.split(match[1])):
        word, sign, value = (piece.strip() for piece in part.partition("="))
        if not sign or word not in _WORDS:
            return f"`{part.strip()[:40]}` is not one of {', '.join(_WORDS)} with = and a value; {advice(word, _WORDS)}"
        if word in told:
            return f"says {word} twice"
        told[word] = value.strip("\"'")
    missing = [word for word in ("kind", "holder", "item") if not told.get(word)]
    if missing:
        return f"does not say {' and '.join(missing)}"
    return _ask(told)


def _malformed(text: str) -> str:
    if len(text) > LONGEST:
        return f"is longer than {LONGEST:,} characters"
    word = text.split("(", 1)[0].strip()
    return f"begins with `{word}`, which must be `ledger`" if word != "ledger" else (
        "has no closing bracket, or something after it"
    )  # fmt: skip


def _day(text: str) -> dt.date:
    """Return a day; Python reads more forms of one, such as 20240331 and 2024-W13-7."""
    if not _DAY.fullmatch(text):
        raise ValueError(text)
    return dt.date.fromisoformat(text)


def _ask(told: dict[str, str]) -> Ask | str:
    rule = next((take for take in get_args(Take) if take == told.get("rule", "best")), None)
    if rule is None:
        return f"rule={told['rule'][:20]} is not low, best or high"
    try:
        valid = _day(told["valid"]) if told.get("valid") else None
    except ValueError:
        return f"valid={told['valid'][:20]} is not a date written as YYYY-MM-DD"
    return Ask(kind=told["kind"], holder=told["holder"], item=told["item"], valid=valid, rule=rule,
               unit=told.get("unit", ""))  # fmt: skip
