"""What curves of spares cost, and a plain greedy in Python beside them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from time import process_time

import numpy as np
from clock import Row, show
from scipy import stats

from replenish.arrays.groups import Floats
from replenish.arrays.network import Network
from replenish.sustain.flows import to_flows
from replenish.sustain.frontier import Curve, optimise
from replenish.sustain.methods import Exact, Method, VariMetric

CUT = 0.05
"""Share of the backorders at the start that is left where the greedy stops."""

Make = Callable[[int, int], Network]


def measure_curves(make: Make, *, quick: bool) -> None:
    """Print CPU time of curves by size, on one thread."""
    _curve(_priced(make, 20, 20), Exact())
    _curve(_priced(make, 20, 20), VariMetric())
    sizes = [(1_000, 20), (10_000, 20)] + ([] if quick else [(10_000, 100), (100_000, 20)])
    rows: list[Row] = []
    for parts, bases in sizes:
        network = _priced(make, parts, bases)
        for name, method in (("exact", Exact()), ("VARI-METRIC", VariMetric())):
            curve, seconds = _curve(network, method)
            rows.append((f"{parts:,} x {bases}", name, len(curve.cost), seconds))
    show("Curves of spares", ("parts x bases", "method", "corners", "CPU time [s]"), rows)


def measure_greedy(make: Make, *, parts: int = 20, bases: int = 20) -> None:
    """Print how much longer a plain greedy takes to the same backorders, and what it pays for them."""
    network = _priced(make, parts, bases)
    _curve(network, VariMetric())  # compiles and loads
    curve, seconds = _curve(network, VariMetric())
    aim = CUT * float(curve.objective[0])
    begun = process_time()
    paid, units = _greedy(network, aim)
    taken = process_time() - begun
    cost = float(np.interp(-aim, -curve.objective, curve.cost))
    rows: list[Row] = [("curve", seconds, 1.0, 1.0), (f"greedy, {units} units", taken, taken / seconds, paid / cost)]
    show(
        f"To {CUT:.0%} of the backorders, {parts} parts x {bases} bases",
        ("who", "CPU time [s]", "ratio", "money / curve"),
        rows,
    )


def _priced(make: Make, parts: int, bases: int) -> Network:
    network = make(parts, bases)
    cost = np.random.default_rng(2).lognormal(7.0, 1.0, parts)
    return replace(network, parts=network.parts._replace(cost=cost))


def _curve(network: Network, method: Method) -> tuple[Curve, float]:
    begun = process_time()
    curve = optimise(network, objective="backorders", method=method)
    assert len(curve.cost) == len(curve.objective)
    return curve, process_time() - begun


class _Item:
    """A part with its stocks, as a first script has it."""

    def __init__(self, depot: float, share: Floats, own: Floats) -> None:
        self.depot, self.share, self.own = depot, share, own
        self.stock = np.zeros(len(own) + 1, np.int64)

    def owed(self, stock: np.ndarray) -> float:
        """Return backorders of all bases by VARI-METRIC."""
        x = np.arange(stock[0])
        pmf = stats.poisson.pmf(x, self.depot)
        mean = self.depot - stock[0] + float((stock[0] - x) @ pmf)
        square = self.depot + self.depot**2 - 2 * stock[0] * self.depot + stock[0] ** 2
        variance = square - float((stock[0] - x) ** 2 @ pmf) - mean**2
        total = self.own + self.share * mean
        spread = np.maximum(total + self.share**2 * (variance - mean), total * (1 + 1e-9))
        y = np.arange(stock[1:].max(initial=0) + 1)
        chance = stats.nbinom.pmf(y[:, None], total**2 / (spread - total), total / spread)
        left = np.maximum(stock[1:] - y[:, None], 0)
        return float((total - stock[1:] + (left * chance).sum(axis=0)).sum())

    def best(self) -> tuple[float, int]:
        """Return the site where one more unit gains most, and the gain."""
        now = self.owed(self.stock)
        gains = [now - self.owed(self.stock + (np.arange(len(self.stock)) == site)) for site in range(len(self.stock))]
        return max(gains), int(np.argmax(gains))


def _greedy(network: Network, aim: float) -> tuple[float, int]:
    """Return money and units that unit-by-unit buying takes; gains of untouched parts are kept."""
    flows = to_flows(network)
    items = [
        _Item(float(mean[0]), share[1:], mean[1:]) for mean, share in zip(flows.pipeline, flows.share, strict=True)
    ]
    cost = network.parts.cost
    best = [item.best() for item in items]
    owed, paid, units = sum(item.owed(item.stock) for item in items), 0.0, 0
    while owed > aim:
        which = int(np.argmax([gain / price for (gain, _), price in zip(best, cost, strict=True)]))
        gain, site = best[which]
        items[which].stock[site] += 1
        owed, paid, units = owed - gain, paid + float(cost[which]), units + 1
        best[which] = items[which].best()
    return paid, units
