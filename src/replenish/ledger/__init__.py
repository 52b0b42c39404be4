"""What was said, by whom, about when, known when, recorded when; nothing is ever changed or removed.

>>> from replenish import ledger
>>> ledger.AsOf(known_at=None).recorded_by is None
True
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from replenish.ledger.adding import Added, add_files
    from replenish.ledger.ask.comparing import Difference, differences
    from replenish.ledger.ask.knowing import AsOf, Known, Which, find_known
    from replenish.ledger.ask.lists import (
        Conflict,
        CountLine,
        Fall,
        PledgeLine,
        Source,
        conflicts,
        counts,
        falls,
        pledges,
        sources,
    )
    from replenish.ledger.ask.many import Current, current_all
    from replenish.ledger.ask.picking import RULE, Answer, Series, answer_hash, current, show
    from replenish.ledger.correcting import correct
    from replenish.ledger.drafting import Draft, draft_statements
    from replenish.ledger.exporting import export_table
    from replenish.ledger.importing.imports import Imported, import_table
    from replenish.ledger.importing.observations import read_observations
    from replenish.ledger.making import new_ledger
    from replenish.ledger.proposing import accept_passages, passages
    from replenish.ledger.store import Ledger
    from replenish.ledger.values import Document, Passage, Statement

_HOMES = {
    "adding": ("Added", "add_files"),
    "ask.comparing": ("Difference", "differences"),
    "ask.knowing": ("AsOf", "Known", "Which", "find_known"),
    "ask.lists": (
        "Conflict", "CountLine", "Fall", "PledgeLine", "Source", "conflicts", "counts", "falls", "pledges", "sources",
    ),
    "ask.many": ("Current", "current_all"),
    "ask.picking": ("RULE", "Answer", "Series", "answer_hash", "current", "show"),
    "correcting": ("correct",),
    "drafting": ("Draft", "draft_statements"),
    "exporting": ("export_table",),
    "importing.imports": ("Imported", "import_table"),
    "importing.observations": ("read_observations",),
    "making": ("new_ledger",),
    "proposing": ("accept_passages", "passages"),
    "store": ("Ledger",),
    "values": ("Document", "Passage", "Statement"),
}  # fmt: skip
_WHERE = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "RULE", "Added", "Answer", "AsOf", "Conflict", "CountLine", "Current", "Difference", "Document", "Draft", "Fall",
    "Imported", "Known", "Ledger", "Passage", "PledgeLine", "Series", "Source", "Statement", "Which",
    "accept_passages", "add_files", "answer_hash", "conflicts", "correct", "counts", "current", "current_all",
    "differences", "draft_statements", "export_table", "falls", "find_known", "import_table", "new_ledger", "passages",
    "pledges", "read_observations", "show", "sources",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used."""
    if name not in _WHERE:
        raise AttributeError(f"module 'replenish.ledger' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"replenish.ledger.{_WHERE[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted(__all__)
