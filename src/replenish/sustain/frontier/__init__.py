"""Cost against backorders or availability: what to buy next, at every site, and which servers to add."""

from replenish.sustain.frontier.budget import Choices, dynamic_programme
from replenish.sustain.frontier.curve import Curve, Moved, Point, Purchase
from replenish.sustain.frontier.hulls import lower_hull, undominated
from replenish.sustain.frontier.optimise import optimise
from replenish.sustain.frontier.stops import Availability, Backorders, Budget, Slope, Stop, Wait

__all__ = [
    "Availability",
    "Backorders",
    "Budget",
    "Choices",
    "Curve",
    "Moved",
    "Point",
    "Purchase",
    "Slope",
    "Stop",
    "Wait",
    "dynamic_programme",
    "lower_hull",
    "optimise",
    "undominated",
]
