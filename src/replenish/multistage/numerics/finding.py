"""A finding about the numbers of a model, and the words in which findings are told."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple, TypeAlias

Severity: TypeAlias = Literal["warning", "note"]
MOST_NAMES = 8
UNITS = {-9: "billionths", -6: "millionths", -3: "thousandths", 3: "thousands", 6: "millions", 9: "billions"}


class Finding(NamedTuple):
    """One thing to know about the numbers of a model; a warning can spoil results, a note cannot."""

    severity: Severity
    where: str
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.severity}: {self.where}: {self.what}; {self.remedy}"


def unit_near(size: float) -> str:
    """Return the unit in which a size lies near 1, empty if it lies near 1 already."""
    power = math.log10(size)
    return UNITS[max(-9, min(9, 3 * round(power / 3)))] if abs(power) >= 2.5 else ""


def block_of(name: str) -> str:
    """Return the name of a block or state, given that of one of its entries."""
    return name.partition("[")[0].removesuffix(".before").removesuffix(".after")


def quoted(names: Iterable[str]) -> str:
    """Return the first few names, and how many more there are."""
    every = list(names)
    more = f" and {len(every) - MOST_NAMES} more" if len(every) > MOST_NAMES else ""
    return ", ".join(f"`{name}`" for name in every[:MOST_NAMES]) + more


def listed(found: Mapping[str, str]) -> str:
    """Return names by the first node that has them."""
    return f"{quoted(found)} (node {next(iter(found.values()))})"
