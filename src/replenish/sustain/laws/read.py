"""What a law of a count says, for kernels."""

from __future__ import annotations

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
