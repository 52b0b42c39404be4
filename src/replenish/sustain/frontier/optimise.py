"""From a network to its curve."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from replenish.arrays.groups import Floats, Ints
from replenish.arrays.network import NONE, Bools, Network
from replenish.sustain.batches import to_ratio
from replenish.sustain.flows import Flows, to_flows
from replenish.sustain.frontier.aims import Objective, find_convex, to_users
from replenish.sustain.frontier.blocks import Block, PlainBlock
from replenish.sustain.frontier.curve import Curve
from replenish.sustain.frontier.joint import Frame, JointBlock, find_sets, to_joint
from replenish.sustain.frontier.kernel.thin import EXACT, METRIC, VARI_METRIC
from replenish.sustain.frontier.layout import to_layout, to_limits, to_roots
from replenish.sustain.frontier.merged import Merged
from replenish.sustain.frontier.plain import Model
from replenish.sustain.frontier.stops import Stop
from replenish.sustain.methods import Exact, Method, Metric, VariMetric
from replenish.sustain.utilisation import OverloadError, find_load, find_overloads

_KERNELS = {Exact: EXACT, VariMetric: VARI_METRIC, Metric: METRIC}
DEFAULT = Exact()


def optimise(
    network: Network,
    *,
    method: Method = DEFAULT,
    objective: Objective = "availability",
    stop: Stop | None = None,
    weights: Floats | None = None,
    servers_free: bool = True,
    buy_only: bool = False,
    least_gain: float = 1e-6,
) -> Curve:
    """Return the curve of cost against the least objective, at the corners of its lower hull.

    For each part: all stocks of the depot, for each the best split over bases, then the lower hull over the number of
    units; curves of parts are merged by gain per cost, so each corner is an optimum at its cost.

    Args:
        network: stocks lie between its minimum and maximum.
        method: of the backorders.
        objective: "backorders", mean units owed to fleets, or "availability", the sum over fleets of systems times
            -log of the product over parts of the chance that a place is filled, from mean holes.  Where fewer places
            are needed than there are, a part's curve is still the least over all splits, but not convex: only the hull
            of it is used.
        stop: where to stop; what it finds is `chosen` of the curve.
        weights: of fleets, (fleet,), in place of 1 or of numbers of systems.
        servers_free: whether servers may be added, from the number there is up to the most there may be.
        buy_only: start from what is on hand, at no cost, and sell nothing; else from nothing but the minimum.
        least_gain: stocks end where another unit is used with this chance at most.

    Raises:
        SolveError: no stocks reach what `stop` asks for.
        OverloadError: a shop is at or above a utilisation of 1 and may not have servers enough.

    References:
        Fox (1966), Discrete optimization via marginal analysis, Management Science 13(3), 210-216; Sherbrooke (2004),
        Optimal Inventory Modeling of Systems, 2nd ed., chapters 2 and 3.
    """
    flows, limits = to_flows(network), to_limits(network, buy_only=buy_only)
    is_free = find_free(network, flows) if servers_free else np.zeros(len(network.servers.number), dtype=bool)
    counts = find_counts(network, flows, is_free)
    users = to_users(network, flows, objective, weights)
    frame = Frame(network, flows, limits, users, method, least_gain)
    sets = find_sets(network, flows, is_free)
    is_joint = np.zeros(len(network.parts.cost), dtype=bool)
    for parts, _ in sets:
        is_joint[parts] = True
    plain = find_plain(network, flows) & ~is_joint[:, None]
    model = Model(
        network.parts.cost, users, len(network.sites.parent), _KERNELS[type(method)], find_convex(network, objective)
    )
    blocks: list[Block] = [PlainBlock(to_layout(network, flows, limits, plain, least_gain), model)]
    rest = [where for where in frame.places(np.flatnonzero(~is_joint)) if not plain[where]]
    if rest:
        blocks.append(frame.trees(frame.outstanding(counts), rest))
    if sets:
        blocks.append(JointBlock(tuple(to_joint(frame, parts, groups, counts) for parts, groups in sets)))
    stock = limits.least - network.spares.on_hand if buy_only else limits.least
    curve = Curve(
        network=network,
        merged=Merged(tuple(blocks)),
        limits=limits,
        base_cost=float((stock * network.parts.cost[:, None]).sum()),
        objective_name=objective,
        method=method,
        counts=counts,
    )
    return curve if stop is None else replace(curve, chosen=stop.find(curve))


def find_free(network: Network, flows: Flows) -> Bools:
    """Return groups of servers, (group,), that have work and may be added to."""
    found: Bools = (network.servers.most > network.servers.number) & (find_load(network, flows) > 0)
    return found


def find_counts(network: Network, flows: Flows, is_free: Bools) -> Ints:
    """Return servers, (group,), where none is added but those without which a queue would grow without limit.

    Raises:
        OverloadError: that takes more than there may be.
    """
    counts = network.servers.number.copy()
    for one in find_overloads(network, counts, flows):
        if is_free[one.group] and one.fewest <= network.servers.most[one.group]:
            counts[one.group] = one.fewest
    overloads = find_overloads(network, counts, flows)
    if overloads:
        raise OverloadError(overloads)
    return counts


def find_plain(network: Network, flows: Flows) -> Bools:
    """Return where, (part, root), a part stands alone in a tree of two levels at most, with Poisson requests."""
    parent, parts = network.sites.parent, network.parts
    active, roots = flows.requests > 0, to_roots(network)
    is_root = parent == NONE
    is_deep = ~is_root & (np.where(is_root, 0, parent) != roots)
    is_served = (network.repairs.servers != NONE) & (flows.taken_in > 0)
    odd = np.isfinite(parts.rate_shape) | (to_ratio(network, flows) != 1.0).any(axis=1)
    odd[network.inner.part] = odd[network.inner.inside] = True
    found = np.zeros_like(active)
    for root in np.flatnonzero(is_root):
        inside = roots == root
        clash = (active[:, inside] & is_deep[inside]) | is_served[:, inside]
        found[:, root] = active[:, inside].any(axis=1) & ~clash.any(axis=1) & ~odd
    return found
