"""Laws of units outstanding, from the top of a tree of sites down.

A site's units outstanding are those under test and repair, those on the way, repairs that wait for inner parts, and its
share of what the parent owes.  With Poisson requests these are independent: what the parent owed when that which is now
on the way was sent depends on earlier requests only (Simon 1971, Graves 1985); repairs that are over do not depend on
those under way, with servers to spare or with a queue of exponential repairs (Mirasol 1963, Burke 1956).  An inner part
is asked for when the repair time is over, so the same holds for waits for it.
"""

from __future__ import annotations

from replenish.arrays.groups import Floats
from replenish.arrays.network import NONE
from replenish.sustain.kernel.tables import LAW, MEAN, Found, Holes, Jobs, Memory, Supply
from replenish.sustain.laws.compiled import compiled, entry
from replenish.sustain.laws.fill import OVERFLOW, convolve, fill_moments, fill_shop, thin_owed
from replenish.sustain.laws.read import chance_met, moments, owed


@compiled
def add_law(m: Memory, site: int, other: Floats, start: int, length: int) -> None:
    """Add an independent number to what is outstanding at a site."""
    if m.length[site] == OVERFLOW or length == OVERFLOW:
        m.length[site] = OVERFLOW
    elif length == 1:
        m.start[site] += start
    else:
        above, found = convolve(other, length, m.law[site], m.length[site], m.two)
        for i in range(found):
            m.law[site, i] = m.two[i]
        m.start[site] += start + above
        m.length[site] = found


@compiled
def write_own(s: Supply, part: int, site: int, factor: float, m: Memory) -> None:
    """Write the law of what is under test and repair at a site and on the way to it."""
    mean = s.own[part, site] * factor
    ratio = 1.0 if s.kind[part] == MEAN else s.ratio[part, site]
    m.start[site], m.length[site] = fill_moments(mean, mean * ratio, m.law[site])
    group = s.shop[part, site]
    if group != NONE:
        start, length = fill_shop(
            s.servers[group], s.load[group], s.shop_share[part, site], s.shop_tail[part, site], m.one, m.more
        )
        add_law(m, site, m.one, start, length)


@compiled
def add_late(s: Supply, part: int, site: int, m: Memory) -> None:
    """Add what waits for inner parts, and what the parent owes, as laws."""
    if m.inner_length[site] > 0:
        add_law(m, site, m.inner[site], m.inner_start[site], m.inner_length[site])
    above, share = s.parent[site], s.share[part, site]
    if above != NONE and share > 0.0:
        start, length = thin_owed(
            m.law[above], m.start[above], m.length[above], s.stock[part, above], share, m.one, m.more
        )
        add_law(m, site, m.one, start, length)


@compiled
def fit_late(s: Supply, part: int, site: int, m: Memory) -> None:
    """Add the same by mean and variance, and put the law that has both, or Poisson, in place of the sum."""
    mean, variance = 0.0, 0.0
    if m.inner_length[site] > 0:
        mean, variance = m.inner_moments[site, 0], m.inner_moments[site, 1]
    above, share = s.parent[site], s.share[part, site]
    if above != NONE and share > 0.0:
        first, second = owed(m.law[above], m.start[above], m.length[above], s.stock[part, above])
        mean += share * first
        variance += share * (1.0 - share) * first + share * share * (second - first * first)
    if mean > 0.0:
        own, spread = moments(m.law[site], m.start[site], m.length[site])
        total = own + mean
        whole = total if s.kind[part] == MEAN else spread + variance
        m.start[site], m.length[site] = fill_moments(total, whole, m.law[site])


@compiled
def write_laws(s: Supply, part: int, factor: float, m: Memory) -> bool:
    """Write the law of units outstanding of a part at every site; return whether there was room."""
    for site in range(s.parent.size):
        write_own(s, part, site, factor, m)
        if m.length[site] != OVERFLOW:
            if s.kind[part] == LAW:
                add_late(s, part, site, m)
            else:
                fit_late(s, part, site, m)
        if m.length[site] == OVERFLOW:
            return False
    return True


@compiled
def add_inner(s: Supply, part: int, site: int, share: float, m: Memory) -> bool:
    """Add repairs of an outer part that wait for this inner one at a site; return whether there was room."""
    stock = s.stock[part, site]
    start, length = thin_owed(m.law[site], m.start[site], m.length[site], stock, share, m.one, m.more)
    if length == OVERFLOW:
        return False
    mean, variance = moments(m.one, start, length)
    if m.inner_length[site] == 0:
        m.inner[site, 0] = 1.0
        m.inner_start[site], m.inner_length[site] = 0, 1
        m.inner_moments[site, 0], m.inner_moments[site, 1] = 0.0, 0.0
    above, found = convolve(m.one, length, m.inner[site], m.inner_length[site], m.two)
    if found == OVERFLOW:
        return False
    for i in range(found):
        m.inner[site, i] = m.two[i]
    m.inner_start[site] += start + above
    m.inner_length[site] = found
    m.inner_moments[site, 0] += mean
    m.inner_moments[site, 1] += variance
    return True


@compiled
def write_family(s: Supply, part: int, factor: float, m: Memory) -> bool:
    """Write laws of a part after those of the parts inside it; return whether there was room."""
    for site in range(s.parent.size):
        m.inner_length[site] = 0
    for link in range(s.link_start[part], s.link_start[part + 1]):
        # what is inside has nothing inside it, so the sums of waits so far do not enter its own law
        inner = s.link_part[link]
        for site in range(s.parent.size):
            m.inner_length[site] = -m.inner_length[site]
        is_written = write_laws(s, inner, factor if s.follows[link] else 1.0, m)
        for site in range(s.parent.size):
            m.inner_length[site] = -m.inner_length[site]
        if not is_written:
            return False
        for site in range(s.parent.size):
            share = s.link_share[link, site]
            if share > 0.0 and not add_inner(s, inner, site, share, m):
                return False
    return write_laws(s, part, factor, m)


@compiled
def write_holes(s: Supply, h: Holes, part: int, row: int, m: Memory) -> tuple[int, int]:
    """Write the law of holes of a part in the systems of one fleet."""
    site = h.site[row]
    return thin_owed(m.law[site], m.start[site], m.length[site], s.stock[part, site], h.share[row], m.one, m.more)


@compiled
def has_room(s: Supply, h: Holes, part: int, m: Memory) -> bool:
    """Return whether laws of holes find room: only those that start above 0 may be longer than what they are of."""
    for row in range(h.start[part], h.start[part + 1]):
        if m.start[h.site[row]] > s.stock[part, h.site[row]] and write_holes(s, h, part, row, m)[1] == OVERFLOW:
            return False
    return True


@compiled
def count_holes(s: Supply, h: Holes, part: int, weight: float, m: Memory, f: Found) -> None:
    """Add what holes of a part do to systems."""
    for row in range(h.start[part], h.start[part + 1]):
        start, length = write_holes(s, h, part, row, m)
        total = 0.0
        for i in range(length):
            hole = h.table[row] + min(start + i, h.most[row])
            total += m.one[i] * h.up[hole]
            if h.place[row] != NONE:
                f.down[h.place[row] + h.down[hole]] += weight * m.one[i]
        f.up[row] += weight * total


@entry
def evaluate_jobs(s: Supply, h: Holes, jobs: Jobs, first: int, m: Memory, f: Found) -> int:
    """Evaluate jobs from the first on; return the job that has no room, or their number."""
    for job in range(first, jobs.part.size):
        part, weight = jobs.part[job], jobs.weight[job]
        if not write_family(s, part, jobs.factor[job], m) or not has_room(s, h, part, m):
            return job
        count_holes(s, h, part, weight, m, f)
        for site in range(s.parent.size):
            law, start, length, stock = m.law[site], m.start[site], m.length[site], s.stock[part, site]
            mean, variance = moments(law, start, length)
            one, two = owed(law, start, length, stock)
            f.mean[part, site] += weight * mean
            f.square[part, site] += weight * (variance + mean * mean)
            f.owed[part, site] += weight * one
            f.owed_square[part, site] += weight * two
            # requests come in proportion to the rate, so a world with a high rate counts for more of them
            f.below[part, site] += (
                weight * jobs.factor[job] * chance_met(law, start, length, stock, s.batch[part, site])
            )
    return jobs.part.size


@entry
def write_one(s: Supply, part: int, factor: float, m: Memory) -> bool:
    """Write the laws of one part at every site; return whether there was room."""
    return write_family(s, part, factor, m)
