"""Tables of a study of spares, from what formulas, simulation and an optimum say."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from replenish.arrays.groups import Floats
from replenish.arrays.network import NetworkLabels
from replenish.result import SUSTAIN_TABLES
from replenish.scenario.model import Scenario
from replenish.study.spares.judging import Judged
from replenish.sustain.events import Histories
from replenish.units import DAYS_PER_YEAR


def fleets(
    scenario: Scenario, labels: NetworkLabels, now: Judged | None, chosen: Judged | None, *,
    without_queues: Floats | None, seen: Histories | None,
) -> pl.DataFrame:  # fmt: skip
    """Return systems in service by fleet."""
    low, high = seen.availability.interval() if seen is not None else (None, None)
    mean = None if seen is None else seen.availability.mean
    error = None if seen is None else seen.availability.standard_error
    rows: list[dict[str, Any]] = []
    for number, fleet in enumerate(scenario.fleets):
        rows.append({
            "fleet": fleet.name, "site": fleet.site, "system": fleet.system, "systems": fleet.systems,
            "target": fleet.target_availability, "now": _at(_of(now, "availability"), number),
            "chosen": _at(_of(chosen, "availability"), number), "without_queues": _at(without_queues, number),
            "simulated": _at(mean, number),
            "standard_error": _at(error, number),
            "low": _at(low, number), "high": _at(high, number),
        })  # fmt: skip
    return pl.DataFrame(rows, schema=SUSTAIN_TABLES["sustain_fleets"])


def causes(labels: NetworkLabels, now: Judged | None, chosen: Judged | None) -> pl.DataFrame:
    """Return systems down by the part that is the cause."""
    sides = [side for side in (now, chosen) if side is not None]
    held = sides[0].network.installations
    rows = [
        {
            "fleet": labels.fleets[fleet], "site": labels.sites[sides[0].network.fleets.site[fleet]],
            "part": labels.parts[part], "now": _at(_of(now, "down_by_part"), (fleet, part)),
            "chosen": _at(_of(chosen, "down_by_part"), (fleet, part)),
        }
        for fleet, part in sorted(set(zip(held.fleet.tolist(), held.part.tolist(), strict=True)))
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=SUSTAIN_TABLES["sustain_causes"])


def spares(labels: NetworkLabels, now: Judged | None, chosen: Judged | None) -> pl.DataFrame:
    """Return spares by part and site where anything is asked or held."""
    sides = [side for side in (now, chosen) if side is not None]
    one = sides[0]
    is_shown = (one.requests > 0) | (one.network.spares.on_hand > 0)
    part, site = np.nonzero(is_shown)

    def column(side: Judged | None, name: str) -> Any:
        return None if side is None else _of(side, name)[part, site]

    data: dict[str, Any] = {
        "part": [labels.parts[row] for row in part], "site": [labels.sites[row] for row in site],
        "unit_cost": one.network.parts.cost[part], "requests": one.requests[part, site] * DAYS_PER_YEAR,
        "now": one.network.spares.on_hand[part, site], "chosen": column(chosen, "stock"),
        "is_exact": one.is_exact[part], "why_not": ["; ".join(one.why_not[row]) for row in part],
    }  # fmt: skip
    for name in ("outstanding", "backorders", "fill_rate", "wait"):
        data |= {f"{name}_now": column(now, name), f"{name}_chosen": column(chosen, name)}
    return _framed("sustain_spares", data, len(part))


def servers(labels: NetworkLabels, now: Judged | None, chosen: Judged | None, load: Floats) -> pl.DataFrame:
    """Return how busy servers are; `load` is how many would be at work if there were enough."""
    sides = [side for side in (now, chosen) if side is not None]
    network = sides[0].network
    data: dict[str, Any] = {
        "servers": list(labels.servers), "site": [labels.sites[site] for site in network.servers.site],
        "now": network.servers.number, "chosen": None if chosen is None else chosen.servers,
        "smallest": np.floor(load).astype(np.int64) + 1, "load": load,
        "utilisation_now": load / network.servers.number,
        "utilisation_chosen": None if chosen is None else chosen.utilisation,
    }  # fmt: skip
    return _framed("sustain_servers", data, len(labels.servers))


def about(values: dict[str, object], warnings: list[str], approximations: list[str]) -> pl.DataFrame:
    """Return what is said of the whole; what is None is left out."""
    rows = [(key, str(value)) for key, value in values.items() if value is not None]
    rows += [("warning", text) for text in warnings]
    rows += [("approximation", text) for text in approximations]
    return pl.DataFrame(rows, schema=SUSTAIN_TABLES["sustain_about"], orient="row")


def _framed(name: str, data: dict[str, Any], height: int) -> pl.DataFrame:
    schema = SUSTAIN_TABLES[name]
    columns = {key: pl.Series(key, [None] * height if data.get(key) is None else data[key]) for key in schema}
    table = pl.DataFrame(columns).cast(schema)
    floats = [key for key, kind in schema.items() if kind == pl.Float64]
    return table.with_columns(pl.col(floats).fill_nan(None))


def _of(side: Judged | None, name: str) -> Any:
    return None if side is None else np.asarray(getattr(side, name))


def _at(values: Floats | None, place: Any) -> float | None:
    return None if values is None else float(values[place])
