"""Backorders and availability of a network with given spares and servers, in the long run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from replenish.arrays.groups import Floats, Ints
from replenish.arrays.network import Bools, Network
from replenish.errors import UsageError
from replenish.sustain.availability import to_availability, to_holes
from replenish.sustain.exactness import find_reasons
from replenish.sustain.flows import Flows, to_flows
from replenish.sustain.kernel.tables import Found
from replenish.sustain.methods import Exact, Method
from replenish.sustain.outstanding import Outstanding, to_outstanding
from replenish.sustain.utilisation import find_utilisation

DEFAULT = Exact()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Evaluation:
    """What a network does in the long run; tables are (part, site) unless told otherwise.

    flows: rates.  stock: spares.  servers: (group,).  method: how it was found.
    outstanding, outstanding_variance: of units under test and repair, waiting for inner parts, and on order [unit].
    backorders, backorder_variance: of units owed [unit].
    fill_rate: share of requests met from the shelf at once.
    on_hand: mean on the shelf [unit].  wait: mean, of a request [day].
    utilisation: (group,) of servers.
    is_exact, why_not: (part,) whether the law of what is outstanding is exact, and reasons if not.
    availability: (fleet,) expected share of systems in service.
    down_by_part: (fleet, part) expected systems down, by the part that is the cause.
    down: (fleet,) P(systems down > 0), P(> 1), ... of fleets that cannibalise; empty for others.
    laws: what they are made from.
    """

    flows: Flows
    stock: Ints
    servers: Ints
    method: Method
    outstanding: Floats
    outstanding_variance: Floats
    backorders: Floats
    backorder_variance: Floats
    fill_rate: Floats
    on_hand: Floats
    wait: Floats
    utilisation: Floats
    is_exact: Bools
    why_not: tuple[tuple[str, ...], ...]
    availability: Floats
    down_by_part: Floats
    down: tuple[Floats, ...]
    laws: Outstanding

    @property
    def warning(self) -> str:
        """Return what to keep in mind about the method; empty for nothing."""
        return self.method.warning

    def law(self, part: int, site: int) -> Floats:
        """Return chances of 0, 1, ... units outstanding of a part at a site."""
        return self.laws.law(part, site).to_array()


def evaluate(
    network: Network,
    *,
    stock: npt.ArrayLike | None = None,
    servers: npt.ArrayLike | None = None,
    method: Method = DEFAULT,
    removals: Floats | None = None,
) -> Evaluation:
    """Return backorders and availability in the long run.

    Args:
        network: sites stand after their parents.
        stock: spares, (part, site); those held if None.  A negative one is owed from the start.
        servers: how many, (group,); those there are if None.
        method: Exact(), VariMetric() or Metric().
        removals: of parts from systems, (part, site) [unit/day]; as stated for the fleets if None.

    Raises:
        OverloadError: a shop is at or above a utilisation of 1.
        UsageError: stock or servers do not fit the network.

    References:
        Graves (1985); Sherbrooke (2004), Optimal Inventory Modeling of Systems, 2nd ed., chapters 2, 3, 5 and 8.
    """
    own = network.removals() if removals is None else removals
    flows = to_flows(network, own)
    spares = _fitting("stock", stock, network.spares.on_hand)
    count = _fitting("servers", servers, network.servers.number)
    laws = to_outstanding(network, flows, spares, count, method)
    holes, placement = to_holes(network, flows, own)
    found = laws.evaluate(holes, int(placement.width.sum()))
    available = to_availability(network, holes, placement, found)
    why_not = find_reasons(network, laws, method)
    asked = flows.requests > 0
    return Evaluation(
        flows=flows,
        stock=spares,
        servers=count,
        method=method,
        outstanding=found.mean,
        outstanding_variance=_variance(found.mean, found.square),
        backorders=found.owed,
        backorder_variance=_variance(found.owed, found.owed_square),
        fill_rate=np.where(asked, np.clip(found.below, 0.0, 1.0), 1.0),
        on_hand=_on_hand(spares, found),
        wait=np.divide(found.owed, flows.requests, out=np.zeros_like(found.owed), where=asked),
        utilisation=find_utilisation(network, count, flows),
        is_exact=np.array([not why for why in why_not], dtype=bool),
        why_not=why_not,
        availability=available.share,
        down_by_part=available.down_by_part,
        down=available.down,
        laws=laws,
    )


def _fitting(name: str, given: npt.ArrayLike | None, held: Ints) -> Ints:
    """Return what is given, or what is held, as whole numbers in the shape of the network."""
    found = np.asarray(held if given is None else given)
    if found.shape != held.shape or np.any(found != np.floor(found)):
        raise UsageError(f"{name} has shape {found.shape}, must be whole numbers in the shape {held.shape}")
    return np.ascontiguousarray(found, dtype=np.int64)


def _variance(mean: Floats, square: Floats) -> Floats:
    return np.maximum(square - mean * mean, 0.0)


def _on_hand(stock: Ints, found: Found) -> Floats:
    return np.maximum(stock - found.mean + found.owed, 0.0)
