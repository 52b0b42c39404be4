"""What a statement is about: one list of kinds, and the words of other lists that mean the same."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple, get_args

Kind = Literal[
    "count", "pledge", "order", "delivery", "need", "use", "production_rate", "capacity", "capacity_target",
    "investment", "unit_cost", "lead_time", "funding", "requirement", "other",
]  # fmt: skip
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

Precision = Literal["day", "month", "quarter", "year", "unknown"]
PRECISIONS: Final[tuple[Precision, ...]] = get_args(Precision)

Grade = Literal["A", "B", "C", "D"]
GRADES: Final[tuple[Grade, ...]] = get_args(Grade)
"""A: official or primary; B: newspaper, wire, trade press, research; C: aggregator, copy, undated; D: wrong."""

Directness = Literal["direct", "reported", "derived"]
DIRECTNESS: Final[tuple[Directness, ...]] = get_args(Directness)
"""direct: by who knows it first hand; reported: by somebody else; derived: computed from other figures."""


class Meaning(NamedTuple):
    """What a kind says.

    dated: the valid date is that of a moment, the end of a stretch of time, or a day by which something shall be so.
    """

    title: str
    dated: Literal["moment", "stretch", "due"]


MEANINGS: Final[dict[Kind, Meaning]] = {
    "count": Meaning("a stock that was counted or estimated", "moment"),
    "pledge": Meaning("what was promised", "due"),
    "order": Meaning("what was contracted", "due"),
    "delivery": Meaning("what arrived, or was handed over", "stretch"),
    "need": Meaning("what was asked for", "stretch"),
    "use": Meaning("what was consumed", "stretch"),
    "production_rate": Meaning("what is made in a unit of time", "moment"),
    "capacity": Meaning("what could be made in a unit of time, which is not output", "moment"),
    "capacity_target": Meaning("what shall be made in a unit of time from a day on", "due"),
    "investment": Meaning("money put into plant or contracts", "moment"),
    "unit_cost": Meaning("price of one", "moment"),
    "lead_time": Meaning("time between two named events", "moment"),
    "funding": Meaning("money granted or held back", "stretch"),
    "requirement": Meaning("what should be held, or a guideline on it", "moment"),
    "other": Meaning("anything else", "moment"),
}
"""Need, pledge, order and delivery are different things and are never added to each other."""

SAME_AS: Final[dict[str, Kind]] = {
    "stock": "count", "consumption_rate": "use", "guideline": "requirement", "consumption": "use",
    "contract": "order", "output": "production_rate", "price": "unit_cost", "promise": "pledge",
}  # fmt: skip
"""Words for kinds in tables made elsewhere."""


_BY_WORD: Final[dict[str, Kind]] = SAME_AS | {kind: kind for kind in KINDS}


def to_kind(word: str) -> Kind | None:
    """Return the kind that a word stands for; None for none.

    >>> to_kind("consumption_rate"), to_kind("pledge"), to_kind("rumour")
    ('use', 'pledge', None)
    """
    return _BY_WORD.get(word)
