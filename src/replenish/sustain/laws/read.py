"""What a law of a count says, for kernels."""

from __future__ import annotations

import math

from replenish.arrays.groups import Floats
from replenish.sustain.laws.compiled import compiled


@compiled
def moments(law: Floats, start: int, length: int) -> tuple[float, float]:
    """Return the mean and the variance."""
    mean = 0.0
    for i in range(length):
        mean += i * law[i]
    variance = 0.0
    for i in range(length):
        variance += (i - mean) * (i - mean) * law[i]
    return start + mean, variance


@compiled
def owed(law: Floats, start: int, length: int, stock: int) -> tuple[float, float]:
    """Return E[B] and E[B^2] of units owed, B = max(X - stock, 0)."""
    first, second = 0.0, 0.0
    for i in range(max(stock + 1 - start, 0), length):
        x = float(start + i - stock)
        first += x * law[i]
        second += x * x * law[i]
    return first, second


@compiled
def chance_below(law: Floats, start: int, length: int, number: int) -> float:
    """Return P(X < number)."""
    total = 0.0
    for i in range(min(max(number - start, 0), length)):
        total += law[i]
    return total


@compiled
def chance_met(law: Floats, start: int, length: int, stock: int, ratio: float) -> float:
    """Return the chance that a unit asked for is on the shelf; in a batch those before it go first.

    With variance / mean of requests v > 1, batches have the logarithmic law, and a unit stands behind j others of its
    batch with chance P(batch > j) / mean.
    """
    if ratio <= 1.0:
        return chance_below(law, start, length, stock)
    theta, log = 1.0 - 1.0 / ratio, math.log(ratio)
    of_size, above, total = theta / log, 1.0, 0.0  # P(batch = j + 1), P(batch > j)
    for j in range(stock):
        total += above * chance_below(law, start, length, stock - j)
        above -= of_size
        of_size *= theta * (j + 1) / (j + 2)
        if above < 1e-13:
            break
    return total * log / (ratio - 1.0)


@compiled
def fill_curves(law: Floats, start: int, length: int, first: int, beyond: Floats, backorders: Floats) -> None:
    """Write P(X > s) and E[max(X - s, 0)] for stocks s = first, first + 1, ... by recursion from above.

    EBO(s) = EBO(s + 1) + P(X > s) has positive terms only.  Stocks may be negative.
    """
    last = first + beyond.size - 1
    above, owed_above = 0.0, 0.0
    for s in range(start + length - 1, last, -1):  # first down to the greatest stock that is asked for
        i = s + 1 - start
        if 0 <= i < length:
            above += law[i]
        owed_above += above
    for s in range(last, first - 1, -1):
        i = s + 1 - start
        if 0 <= i < length:
            above += law[i]
        owed_above += above
        beyond[s - first] = above
        backorders[s - first] = owed_above
