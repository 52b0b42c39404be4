"""Event simulation of a network: the check of every closed form, and the answer where none is known.

What one part does depends on another part only through servers that repair both, through inner parts, and through
closed fleets.  So parts fall into clusters, and a history runs them one after the other: a cluster's events lie in the
cache.  Every cluster logs when it puts a system out of service and when it no longer does.  Sorted by time, the logs of
all clusters give the joint state of every system at every moment: availability, days with no system down and systems
down by cause are exact, with no assumption about independence, as if all events had been told in one order.

What the model says beyond the tables:

- A part waits for an inner part after its repair, and keeps no server while it does.
- A failure in an open fleet hits a part that is there, whether or not its system is in service; a fleet that has none
  left goes on failing at the stated rate.  In a closed fleet only parts of systems in service fail.
- A spare goes to the system that has waited longest; with cannibalisation holes are gathered in as few systems as hold
  those of the worst part.
- Variance ratios above 1 are batches of a logarithmic size at the moments of a Poisson process; below 1, gamma
  distributed times between removals of a part of a fleet whose squared coefficient of variation is the ratio, so that
  the ratio holds for long stretches.
- A site with nothing on hand is sent a unit by the site of its lateral group that has most.  If none has any, units
  stay owed; the next one that a site of the group has to spare goes where most are owed.  What is lent comes back: a
  site that took a unit sends the first that nobody waits for to who is owed most.
- Before day 0 fleets are used as in force then: as stated for the fleet, or by operations that start before day 0.

References:
    Law (2015), Simulation Modeling and Analysis, 5th ed., McGraw-Hill.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from replenish.arrays.groups import Floats, Ints
from replenish.arrays.network import Network, NetworkLabels
from replenish.errors import UsageError
from replenish.sustain.events.histories import Estimate, Histories, Moments, Ratios
from replenish.sustain.events.tables import Tables, to_tables
from replenish.sustain.events.workers import History, Span, Worker, run_histories
from replenish.units import DAYS_PER_YEAR

__all__ = ["Estimate", "Histories", "simulate_network"]


Progress = Callable[[int], None]
"""Called with the number of histories finished since the last call."""


def _ignore(_: int) -> None:
    """Take no notice."""


def simulate_network(  # noqa: PLR0913 - what is simulated, how long, how often, and how it is watched
    network: Network,
    *,
    stock: Ints | None = None,
    servers: Ints | None = None,
    years: float = 20.0,
    warm_up_years: float = 5.0,
    histories: int = 32,
    seed: int = 1,
    workers: int | None = None,
    curve_days: Sequence[float] | Floats | None = None,
    labels: NetworkLabels | None = None,
    draws_rates: bool = True,
    progress: Progress = _ignore,
    stop: threading.Event | None = None,
) -> Histories:
    """Return what independent histories of a network say, the same whatever the number of workers.

    Args:
        network: sites stand after their parents.
        stock: spares, (part, site) [unit]; those of the network if None.
        servers: (group,); those of the network if None.
        years: of each history after day 0, over which averages are taken; at least to the last of `curve_days`.
        warm_up_years: before day 0; with 0 all spares are on the shelf on day 0.
        histories: how many.
        seed: the same seed gives the same failures whatever the stock and the servers.
        workers: threads; one for each processor if None.
        curve_days: days after the start at which stocks and fleets are read, in rising order.
        labels: names of parts, sites and fleets; draws follow the names, or without them the rows.
        draws_rates: whether a counted rate is drawn anew for each history; else it is its mean.
        progress: called with the number of histories finished since the last call.
        stop: once it is set, only histories that have begun are finished.

    Raises:
        UsageError: a number is out of its range, or `stop` was set before the first history was finished.
    """
    stock = network.spares.on_hand if stock is None else np.asarray(stock, np.int64)
    servers = network.servers.number if servers is None else np.asarray(servers, np.int64)
    days = np.asarray([] if curve_days is None else curve_days, float)
    _check(stock, servers, days, min(years, float(histories)), warm_up_years)
    end = years * DAYS_PER_YEAR
    year_ends = DAYS_PER_YEAR * np.arange(1.0, int(years + 1e-9) + 1)
    span = Span(-warm_up_years * DAYS_PER_YEAR, max(end, float(days.max(initial=0.0))), year_ends, days)
    tables = to_tables(network, stock, servers, labels)
    gathered = _Gathered(tables, span, network)
    for history in run_histories(
        lambda: Worker(network, tables, seed=seed, draws_rates=draws_rates), span, histories=histories,
        workers=workers or os.cpu_count() or 1, stop=stop or threading.Event(),
    ):  # fmt: skip
        gathered.add(history)
        progress(1)
    if not gathered.histories:
        raise UsageError("the simulation was stopped before its first history was finished; let it run longer")
    return gathered.result(stock, servers, years)


def _check(stock: Ints, servers: Ints, days: Floats, least: float, warm_up_years: float) -> None:
    if stock.min(initial=0) < 0:
        raise UsageError(f"stock is {stock.min()} [unit], must be >= 0 in a simulation")
    if servers.min(initial=1) < 1:
        raise UsageError(f"servers is {servers.min()}, must be >= 1")
    if not (least > 0 and warm_up_years >= 0):
        raise UsageError("years and histories must be > 0, warm_up_years >= 0")
    if not ((days >= 0).all() and (np.diff(days) >= 0).all()):
        raise UsageError("curve_days must be >= 0 and rise")


class _Gathered:
    """Sums over histories, added in their order."""

    def __init__(self, tables: Tables, span: Span, network: Network) -> None:
        self._tables, self._span, self._network = tables, span, network
        self._means = {name: Moments() for name in _MEANS}
        self._ratios = {name: Ratios() for name in ("fill_rate", "lateral_share", "wait")}
        self._years: list[Floats] = []
        self.histories = self._events = 0

    def add(self, history: History) -> None:
        """Take in one history."""
        cells, seen, own = history.cells, history.seen, self._tables
        shape = len(own.part_stream), own.sites
        days, systems = self._span.end, own.fleets["systems"]
        table = {name: cells[f"{name}_days"].reshape(shape) / days for name in ("backorders", "on_hand", "lent")}
        stock = own.cells["on_hand"].reshape(shape)
        by_part = np.zeros((len(own.fleets), shape[0]))
        np.add.at(by_part, (own.rows["fleet"], own.rows["part"]), seen.row_days / days)
        curve = history.curve.reshape(-1, 2, *shape)
        values = {
            "backorders": table["backorders"], "on_hand": table["on_hand"],
            "outstanding": stock + table["backorders"] - table["on_hand"] - table["lent"],
            "utilisation": history.shops["busy_days"] / history.shops["servers"] / days,
            "availability": 1.0 - seen.down_days / systems / days, "down": seen.down_days / days,
            "whole": seen.whole_days / days, "down_by_part": by_part, "curve_backorders": curve[:, 0],
            "curve_on_hand": curve[:, 1], "curve_down": seen.curve,
        }  # fmt: skip
        for name, moments in self._means.items():
            moments.add(np.asarray(values[name], float))
        requests = cells["requests"].reshape(shape).astype(float)
        above = {"fill_rate": cells["filled"], "lateral_share": cells["lateral"], "wait": cells["backorders_days"]}
        for name, ratios in self._ratios.items():
            ratios.add(above[name].reshape(shape).astype(float), requests)
        spent = np.diff(seen.year_days, axis=0, prepend=0.0)
        self._years.append(1.0 - spent / systems / DAYS_PER_YEAR)
        self._events += history.events
        self.histories += 1

    def result(self, stock: Ints, servers: Ints, years: float) -> Histories:
        """Return means and their standard errors."""
        found: dict[str, Any] = {
            name: one.estimate() for kind in (self._means, self._ratios) for name, one in kind.items()
        }
        return Histories(
            histories=self.histories, years=years, stock=stock, servers=servers, events=self._events,
            yearly_availability=np.stack(self._years), curve_days=self._span.curve_days, **found,
        )  # fmt: skip


_MEANS = (
    "backorders", "on_hand", "outstanding", "utilisation", "availability", "down", "whole", "down_by_part",
    "curve_backorders", "curve_on_hand", "curve_down",
)  # fmt: skip
