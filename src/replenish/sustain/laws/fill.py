"""Laws of counts written into given memory, for kernels.

A law is the chances of start, start + 1, ... in the first `length` places of an array.  Functions return (start,
length); a length of OVERFLOW says that the array is too short.  Chances below TINY, relative to the greatest one or to
1, are cut at both ends: a cut loses some 1e-16 of mass at most.
"""

from __future__ import annotations

import math

from replenish.arrays.groups import Floats
from replenish.sustain.laws.compiled import compiled

TINY = 1e-18
OVERFLOW = -1
MANY = 1e6  # trials from which a binomial of a whole and of a broken number of trials are one within rounding


@compiled
def scale(out: Floats, length: int, total: float) -> None:
    """Divide chances by their total."""
    for i in range(length):
        out[i] /= total


@compiled
def fill_by_ratio(a: float, b: float, c: float, middle: int, out: Floats) -> tuple[int, int]:
    """Write the law with P(x + 1) / P(x) = (a + b x) / (c (x + 1)), going out from a number near its mode.

    Going out from the middle needs no exp(-mean), which would be 0 from a mean of 745 on.

    References:
        Panjer (1981), Recursive evaluation of a family of compound distributions, ASTIN Bulletin 12, 22-26.
    """
    value, peak, start = 1.0, 1.0, middle
    while start > 0 and value >= TINY * peak:
        value *= c * start / (a + b * (start - 1))
        start -= 1
        peak = max(peak, value)
    if middle - start >= out.size:
        return start, OVERFLOW
    value = 1.0
    for x in range(middle, start - 1, -1):
        out[x - start] = value
        value *= c * x / (a + b * (x - 1))
    value, x, total = 1.0, middle, 0.0
    for i in range(middle - start + 1):
        total += out[i]
    while True:
        ratio = (a + b * x) / (c * (x + 1))
        value *= ratio
        if ratio <= 0.0 or (ratio < 1.0 and value < TINY * peak):
            break
        x += 1
        if x - start >= out.size:
            return start, OVERFLOW
        out[x - start] = value
        total += value
        peak = max(peak, value)
    scale(out, x - start + 1, total)
    return start, x - start + 1


@compiled
def fill_binomial(trials: int, share: float, out: Floats) -> tuple[int, int]:
    """Write the law of successes in a number of trials."""
    if share <= 0.0 or share >= 1.0:
        out[0] = 1.0
        return (0 if share <= 0.0 else trials), 1
    return fill_by_ratio(trials * share, -share, 1.0 - share, min(int(trials * share), trials), out)


@compiled
def fill_moments(mean: float, variance: float, out: Floats) -> tuple[int, int]:
    """Write the law with a mean and a variance: negative binomial above a ratio of 1, Poisson at 1, binomial below.

    The three are one recursion, so nothing jumps at a ratio of 1.  Below 1 a mixture of binomials of k and k + 1 trials
    has both moments; a variance that no law of whole numbers has is raised to the least possible.

    References:
        Adan, van Eenige, Resing (1995), Fitting discrete distributions on the first two moments, Probability in the
        Engineering and Informational Sciences 9(4), 623-632.
    """
    if mean <= 0.0:
        out[0] = 1.0
        return 0, 1
    rest = mean - math.floor(mean)
    variance = max(variance, rest * (1.0 - rest))
    if variance >= mean or mean * mean >= MANY * (mean - variance):
        return fill_by_ratio(mean * mean, variance - mean, variance, int(mean), out)
    trials = max(mean * mean / (mean - variance), 1.0)
    k = math.floor(trials + 1e-12)
    a = -1.0 / trials
    less = 1.0
    if trials > 1.0:
        less = min(max((1.0 + a * (1.0 + k) + math.sqrt(max(-a * k * (1.0 + k) - k, 0.0))) / (1.0 + a), 0.0), 1.0)
    share = min(mean / (k + 1.0 - less), 1.0)
    start, length = fill_binomial(int(k), share, out)
    return start, add_chance((1.0 - less) * share, length, out)


@compiled
def add_chance(chance: float, length: int, out: Floats) -> int:
    """Add one more with a chance to a law in its place; return its length."""
    if length == OVERFLOW or chance <= 0.0:
        return length
    if length == out.size:
        return OVERFLOW
    out[length] = 0.0
    for i in range(length, 0, -1):
        out[i] = (1.0 - chance) * out[i] + chance * out[i - 1]
    out[0] *= 1.0 - chance
    return length + 1


@compiled
def trim(start: int, length: int, out: Floats) -> tuple[int, int]:
    """Cut chances below TINY at both ends."""
    while length > 1 and out[length - 1] < TINY:
        length -= 1
    first = 0
    while first < length - 1 and out[first] < TINY:
        first += 1
    if first > 0:
        for i in range(first, length):
            out[i - first] = out[i]
    return start + first, length - first


@compiled
def convolve(one: Floats, one_length: int, other: Floats, other_length: int, out: Floats) -> tuple[int, int]:
    """Write the law of a sum of independent numbers, each given from 0 on; return what its first number is above 0."""
    length = one_length + other_length - 1
    if length > out.size:
        return 0, OVERFLOW
    for i in range(length):
        out[i] = 0.0
    for i in range(one_length):
        chance = one[i]
        for j in range(other_length):
            out[i + j] += chance * other[j]
    return trim(0, length, out)


@compiled
def thin_step(length: int, share: float, more: float, out: Floats) -> int:
    """Turn the law of thinned n into that of n + 1, and add chance to 0; return its length."""
    if length == out.size:
        return OVERFLOW
    out[length] = 0.0
    for k in range(length, 0, -1):
        out[k] = (1.0 - share) * out[k] + share * out[k - 1]
    out[0] = (1.0 - share) * out[0] + more
    length += 1
    while length > 1 and out[length - 1] < TINY:
        length -= 1
    return length


@compiled
def copy_above(law: Floats, start: int, length: int, stock: int, out: Floats) -> int:
    """Write the law of units owed beyond the fewest that may be owed; return its length."""
    none = min(max(stock + 1 - start, 0), length)  # chances that nothing is owed
    if none == 0:
        if length > out.size:
            return OVERFLOW
        for i in range(length):
            out[i] = law[i]
        return length
    if length - none + 1 > out.size:
        return OVERFLOW
    out[0] = 0.0
    for i in range(none):
        out[0] += law[i]
    for i in range(none, length):
        out[i - none + 1] = law[i]
    return length - none + 1


@compiled
def thin_above(law: Floats, start: int, length: int, stock: int, share: float, out: Floats) -> int:
    """Write the thinned law of units owed beyond the fewest that may be owed, if more than 0; return its length."""
    last = start + length - 1
    first = max(start, stock + 1)
    if share >= 1.0:
        return copy_above(law, start, length, stock, out)
    out[0] = law[last - start] if last >= first else 0.0
    found = 1
    for x in range(last - 1, first - 1, -1):
        found = thin_step(found, share, law[x - start], out)
        if found == OVERFLOW:
            break
    if start <= stock and found != OVERFLOW:
        none = 0.0
        for x in range(start, min(stock, last) + 1):
            none += law[x - start]
        found = thin_step(found, share, none, out)
    return found


@compiled
def thin_owed(
    law: Floats, start: int, length: int, stock: int, share: float, out: Floats, more: Floats
) -> tuple[int, int]:
    """Write the law of units owed, max(X - stock, 0), of which each counts with chance `share`.

    It is Horner's scheme for the generating function at 1 - share + share z: only sums of positive terms, so it is
    stable at any length.  `more` is memory of its own.
    """
    found = thin_above(law, start, length, stock, share, out)
    fewest = max(start - stock, 0)
    if found == OVERFLOW or fewest == 0 or share >= 1.0:
        return (fewest, found) if found == OVERFLOW else trim(fewest, found, out)
    half = more.size // 2  # below it the binomial of the units that are owed in any case, above it a copy
    sure, count = fill_binomial(fewest, share, more[:half])
    if count == OVERFLOW or found > more.size - half:
        return 0, OVERFLOW
    for i in range(found):
        more[half + i] = out[i]
    above, found = convolve(more[:half], count, more[half:], found, out)
    return sure + above, found


@compiled
def fill_shop(servers: int, load: float, share: float, tail: float, out: Floats, more: Floats) -> tuple[int, int]:
    """Write the law of a part's number in a shop, whose number under repair is as in M/M/c.

    Each under repair is one of the part with chance `share`; while all servers are busy, those of the part that wait
    are geometric with ratio `tail`.  In M/M/c all that wait are geometric, and a thinned geometric number is geometric.
    The load is below the number of servers.

    References:
        Gross, Shortle, Thompson, Harris (2008), Fundamentals of Queueing Theory, 4th ed., section 2.3.
    """
    if load <= 0.0 or share <= 0.0:
        out[0] = 1.0
        return 0, 1
    if servers >= more.size:
        return 0, OVERFLOW
    mode = min(servers, int(load))
    more[mode] = 1.0
    total = 0.0
    for n in range(mode, 0, -1):
        more[n - 1] = more[n] * n / load
    for n in range(mode, servers):
        more[n + 1] = more[n] * load / (n + 1)
    more[servers] /= 1.0 - load / servers
    for n in range(servers + 1):
        total += more[n]
    value, length = more[servers] / total * (1.0 - tail), 0
    out[0] = 0.0
    while value >= TINY:
        if length == out.size:
            return 0, OVERFLOW
        out[length] = value
        value *= tail
        length += 1
    length = max(length, 1)
    for n in range(servers - 1, -1, -1):
        length = thin_step(length, share, more[n] / total, out)
        if length == OVERFLOW:
            return 0, OVERFLOW
    return trim(0, length, out)
