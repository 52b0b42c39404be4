"""Where to stop on a curve, as values."""

from __future__ import annotations

from dataclasses import dataclass

from replenish.sustain.frontier.curve import Curve, Point


@dataclass(frozen=True, slots=True)
class Budget:
    """The best that `amount` of money buys, what one more step of the curve leaves put to use."""

    amount: float

    def find(self, curve: Curve) -> Point:
        """Return the point of a curve."""
        return curve.at_budget(self.amount)


@dataclass(frozen=True, slots=True)
class Availability:
    """The cheapest corner with a share of all systems in service, and each fleet's own target."""

    share: float | None = None

    def find(self, curve: Curve) -> Point:
        """Return the point of a curve."""
        return curve.at_availability(self.share)


@dataclass(frozen=True, slots=True)
class Backorders:
    """The cheapest corner with at most so many units owed to fleets."""

    units: float

    def find(self, curve: Curve) -> Point:
        """Return the point of a curve."""
        return curve.at_backorders(self.units)


@dataclass(frozen=True, slots=True)
class Wait:
    """The cheapest corner with at most such a mean wait of a fleet's request [day]."""

    days: float

    def find(self, curve: Curve) -> Point:
        """Return the point of a curve."""
        return curve.at_wait(self.days)


@dataclass(frozen=True, slots=True)
class Slope:
    """The last corner at which another unit of money still gains so much of the objective."""

    gain_per_cost: float

    def find(self, curve: Curve) -> Point:
        """Return the point of a curve."""
        return curve.at_slope(self.gain_per_cost)


Stop = Budget | Availability | Backorders | Wait | Slope
