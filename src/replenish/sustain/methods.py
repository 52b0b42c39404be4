"""How backorders are found, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Exact:
    """The full law of units outstanding, carried down the tree of sites; where it is not exact the result says so.

    References:
        Simon (1971), Stationary properties of a two-echelon inventory model for low demand items, Operations Research
        19(3), 761-773; Graves (1985), A multi-echelon inventory model for a repairable item with one-for-one
        replenishment, Management Science 31(10), 1247-1256.
    """

    warning: ClassVar[str] = ""


@dataclass(frozen=True, slots=True)
class VariMetric:
    """Mean and variance of units outstanding, carried down the tree of sites, and the law that has both.

    References:
        Sherbrooke (1986), VARI-METRIC: improved approximations for multi-indenture, multi-echelon availability models,
        Operations Research 34(2), 311-319; Slay (1984), VARI-METRIC, Logistics Management Institute.
    """

    warning: ClassVar[str] = ""


@dataclass(frozen=True, slots=True)
class Metric:
    """The mean of units outstanding, and the Poisson law that has it: for comparison only.

    References:
        Sherbrooke (1968), METRIC: a multi-echelon technique for recoverable item control, Operations Research 16(1),
        122-141.
    """

    warning: ClassVar[str] = (
        "METRIC takes units outstanding for Poisson where their variance is greater than their mean: it promises fewer"
        " backorders than there will be; use it for comparison only"
    )


Method = Exact | VariMetric | Metric
