"""Systems in service day by day where the use of fleets changes."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl

from replenish.arrays.groups import Floats, Ints
from replenish.arrays.network import Network, NetworkLabels
from replenish.result import SUSTAIN_TABLES
from replenish.scenario.model import Scenario
from replenish.sustain.surge import surge_curves

STEPS = 60
"""Days between the first change of use and the end at which fleets are looked at."""

MOST_PARTS = 500
"""Parts of a network up to which curves are computed: they take time for each part, site and day."""


def to_table(scenario: Scenario, network: Network, labels: NetworkLabels, stock: Ints) -> pl.DataFrame:
    """Return availability and units owed to fleets by day; no rows where use never changes or parts are very many."""
    if not len(network.operations.start) or len(labels.parts) > MOST_PARTS:
        return SUSTAIN_TABLES["sustain_surge"].to_frame()
    days = _days(scenario, network)
    found = surge_curves(network, days, stock=stock)
    first, rows = scenario.settings.time.start, []
    for place, day in enumerate(days.tolist()):
        for fleet, name in enumerate(labels.fleets):
            parts = network.installations.part[network.installations.fleet == fleet]
            rows.append({
                "day": day, "date": first + dt.timedelta(days=round(day)), "fleet": name,
                "availability": float(found.availability[place, fleet]),
                "backorders": float(found.backorders[place, parts, network.fleets.site[fleet]].sum()),
            })  # fmt: skip
    return pl.DataFrame(rows, schema=SUSTAIN_TABLES["sustain_surge"])


def _days(scenario: Scenario, network: Network) -> Floats:
    """Return days from the start to the last one: evenly, and those on which use changes."""
    end = float((scenario.settings.time.end - scenario.settings.time.start).days)
    changes = network.operations.start
    slowest = float(network.repairs.time.max() + network.sites.order_time.max())
    last = min(end, float(changes.max()) + 5.0 * slowest + 1.0)
    return np.unique(np.concatenate([np.linspace(0.0, last, STEPS), changes[changes <= last]]))
