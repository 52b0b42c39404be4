"""Flows that change over time, and what they keep in a delay: M(t)/G/infinity by superposition.

A flow is a constant rate and steps.  A step of 1 at day 0 keeps H(t) = integral of P(delay > u) over [0, t] units in a
delay on day t, so all means are sums over steps.

References:
    Carrillo (1991), Extensions of Palm's theorem: a review, Management Science 37(6), 739-744: the number in a delay
    with Poisson input of any rate over time is Poisson, its mean the convolution of rate and survival.
    Hillestad (1982), Dyna-METRIC: dynamic multi-echelon technique for recoverable item control, RAND R-2785-AF.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import gammainc, gammaincinv, ndtr, ndtri

from replenish.arrays.groups import Floats
from replenish.arrays.network import EXPONENTIAL, FIXED, GAMMA

_PARTS = 200
"""Equal parts of a law of delays that shifted steps stand for; each is put at its mean."""

_LONG = 1e4
"""Days before the first step that requests are looked for."""


class Delay(NamedTuple):
    """A law of delays: mean [day], kind (EXPONENTIAL, FIXED, GAMMA or LOGNORMAL), coefficient of variation."""

    mean: float
    law: int = FIXED
    spread: float = 0.0

    @property
    def is_fixed(self) -> bool:
        """Return whether it does not vary."""
        return self.mean == 0 or self.law == FIXED or (self.law != EXPONENTIAL and self.spread == 0)

    def below(self, days: Floats) -> tuple[Floats, Floats]:
        """Return P(delay <= days) and the part of the mean that lies there, E[delay; delay <= days]."""
        time = np.maximum(days, 0.0)
        if self.is_fixed:
            is_over = (days >= self.mean).astype(float)
            return is_over, self.mean * is_over
        if self.law == EXPONENTIAL:
            left = np.exp(-time / self.mean)
            return 1.0 - left, self.mean * (1.0 - left) - time * left
        if self.law == GAMMA:
            shape = self.spread**-2
            scaled = time / self.mean * shape
            return gammainc(shape, scaled), self.mean * gammainc(shape + 1.0, scaled)
        width = np.sqrt(np.log1p(self.spread**2))
        with np.errstate(divide="ignore"):
            place = np.log(time / self.mean) / width + width / 2
        return ndtr(place), self.mean * ndtr(place - width)

    def kept(self, days: Floats) -> Floats:
        """Return H(days): the integral of P(delay > u) over u in [0, days]; 0 before day 0."""
        time = np.maximum(days, 0.0)
        over, mean = self.below(time)
        return np.asarray(time * (1.0 - over) + mean)

    def middles(self) -> Floats:
        """Return the means of equal parts of the law, (part,) [day]; one for a fixed delay."""
        if self.is_fixed:
            return np.array([self.mean])
        share = np.arange(1, _PARTS) / _PARTS
        lost = np.diff([0.0, *self.below(self._quantiles(share))[1], self.mean])
        return lost * _PARTS

    def _quantiles(self, share: Floats) -> Floats:
        if self.law == EXPONENTIAL:
            return np.asarray(-self.mean * np.log1p(-share))
        if self.law == GAMMA:
            return np.asarray(self.mean * self.spread**2 * gammaincinv(self.spread**-2, share))
        width = np.sqrt(np.log1p(self.spread**2))
        return np.asarray(self.mean * np.exp(width * ndtri(share) - width**2 / 2))


class Rate(NamedTuple):
    """A flow over time.

    before: rate before all steps [unit/day].
    start: (step,) days, ascending; jump: (step,) change of the rate there [unit/day].
    """

    before: float
    start: Floats
    jump: Floats

    def times(self, factor: float) -> Rate:
        """Return the flow times a factor."""
        return Rate(self.before * factor, self.start, self.jump * factor)

    def plus(self, other: Rate) -> Rate:
        """Return the sum of two flows."""
        start, place = np.unique(np.concatenate([self.start, other.start]), return_inverse=True)
        jump = np.bincount(place, np.concatenate([self.jump, other.jump]), minlength=len(start)).astype(float)
        return Rate(self.before + other.before, start, jump)

    def delayed(self, delay: Delay) -> Rate:
        """Return the flow that leaves a delay.  A law that varies is 200 equal parts, each put at its mean."""
        middles = delay.middles()
        start = (self.start[:, None] + middles).ravel()
        jump = np.repeat(self.jump / len(middles), len(middles))
        order = np.argsort(start, kind="stable")
        return Rate(self.before, start[order], jump[order])

    def kept(self, delay: Delay, days: Floats) -> Floats:
        """Return the mean number in a delay on each day, (day,) [unit]."""
        found = np.full(len(days), self.before * delay.mean)
        if self.start.size and delay.mean > 0:
            found += delay.kept(days[:, None] - self.start) @ self.jump
        return found

    def at(self, days: Floats) -> Floats:
        """Return the rate on each day, (day,) [unit/day]."""
        level = self.before + np.concatenate([[0.0], np.cumsum(self.jump)])
        return np.asarray(level[np.searchsorted(self.start, days, side="right")])

    def between(self, first: Floats, last: Floats) -> Floats:
        """Return the units that flow between two days, (day,)."""
        since = np.maximum(last[:, None] - self.start, 0.0) - np.maximum(first[:, None] - self.start, 0.0)
        return np.asarray(self.before * (last - first) + since @ self.jump)

    def at_most(self) -> float:
        """Return the greatest rate [unit/day]."""
        return float(np.max(self.at(np.concatenate([[-np.inf], self.start]))))

    @property
    def is_nothing(self) -> bool:
        """Return whether nothing ever flows."""
        return self.before == 0 and not self.jump.any()


NOTHING = Rate(0.0, np.zeros(0), np.zeros(0))


def is_share(part: Rate, whole: Rate) -> bool:
    """Return whether one flow is the same share of another at all times."""
    days = np.concatenate([[-np.inf], part.start, whole.start])
    own, total = part.at(days), whole.at(days)
    flows = total > 1e-12 * total.max(initial=0.0)
    share = own[flows] / total[flows]
    return bool(np.ptp(share) <= 1e-9) if share.size else True


def share_at_most(part: Rate, whole: Rate) -> float:
    """Return the share of one flow in another when the other is at its greatest; 0 if it never flows."""
    days = np.concatenate([[-np.inf], whole.start])
    top = days[[int(np.argmax(whole.at(days)))]]
    most = float(whole.at(top)[0])
    return float(part.at(top)[0]) / most if most > 0 else 0.0


def recent_shares(part: Rate, whole: Rate, days: Floats, most: int) -> Floats:
    """Return the share of one flow in the last unit of another before each day, the one before it, ..., (day, unit).

    Where the share does not change it is one number, (1, 1).  Else unit k lies where the other flow has brought k units
    since.
    """
    if is_share(part, whole):
        return np.full((1, 1), share_at_most(part, whole))
    first = min(days.min(), whole.start.min()) - _LONG
    knots = np.concatenate([[first], whole.start, [max(days.max(), whole.start.max()) + 1.0]])
    total = whole.between(np.full(len(knots), first), knots)
    so_far = whole.between(np.full(len(days), first), days)
    back = np.interp(so_far[:, None] - np.arange(most + 1), total, knots)
    asked = part.between(np.full(back.size, first), back.ravel()).reshape(back.shape)
    return np.asarray(np.clip(asked[:, :-1] - asked[:, 1:], 0.0, 1.0))
