"""Formulas beside simulation: how far apart, and whether chance explains it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import polars as pl
from scipy.special import ndtr, stdtrit

from replenish.arrays.groups import Floats
from replenish.arrays.network import Bools, Network, NetworkLabels
from replenish.result import SUSTAIN_TABLES
from replenish.study.spares.judging import Judged
from replenish.study.spares.lengths import WarmUp
from replenish.sustain.events import Histories
from replenish.sustain.events.histories import Estimate
from replenish.units import DAYS_PER_YEAR

ERRORS: Final = 4.0
"""Standard errors beyond which a single number of an exact law is taken as wrong."""

FEWEST = 200.0
"""Requests that go unmet in all histories, from which on a mean of them is near enough to normal to be judged."""

MOST_ROWS = 5_000
"""Comparisons that are kept: of more, those that lie farthest apart."""


def limit(count: int, histories: int) -> float:
    """Return the standard errors that each of `count` numbers may differ by.

    All of them together then pass it by chance no more often than a single normal number passes ERRORS.

    >>> round(limit(1, 10**9), 3), round(limit(100, 10**9), 2), round(limit(100, 32), 2)
    (4.0, 4.98, 6.23)
    """
    chance = 2.0 * float(ndtr(-ERRORS)) / max(count, 1)
    return float(-stdtrit(max(histories - 1, 1), chance / 2.0))


def compare(judged: Judged, seen: Histories, labels: NetworkLabels, warm_up: WarmUp) -> pl.DataFrame:
    """Return each number by formula beside its simulation, as `sustain_checks` of `SUSTAIN_TABLES`.

    `verdict`: agrees or differs where the law is exact, rare where too little happened to judge, unsettled where queues
    had not settled or stocks not filled when histories began to count, else approximation.
    """
    is_settled = warm_up.is_settled & warm_up.is_filled
    early = _unsettled(judged.network, is_settled) | (not warm_up.is_filled)
    rows = [
        *_fleets(judged, seen, labels, early), *_spares(judged, seen, labels, early),
        *_servers(judged, seen, labels, is_settled),
    ]  # fmt: skip
    table = pl.DataFrame(rows, schema=SUSTAIN_TABLES["sustain_checks"]).with_columns(pl.col(pl.String).fill_null(""))
    judgeable = table.filter(pl.col("verdict") == "")
    most = limit(len(judgeable), seen.histories)
    told = pl.when(pl.col("errors").abs() > most).then(pl.lit("differs")).otherwise(pl.lit("agrees"))
    found = table.with_columns(verdict=pl.when(pl.col("verdict") == "").then(told).otherwise(pl.col("verdict")))
    if len(found) <= MOST_ROWS:
        return found
    return found.sort(pl.col("errors").abs(), descending=True, nulls_last=True, maintain_order=True).head(MOST_ROWS)


def _unsettled(network: Network, is_settled: Bools) -> Bools:
    """Return parts that servers repair whose queue had not settled, and parts in them or that hold them, (part,)."""
    is_late = np.append(~is_settled, False)
    found: Bools = np.any(is_late[network.repairs.servers] & (network.repairs.repair_share > 0), axis=1)
    for one, other in ((network.inner.part, network.inner.inside), (network.inner.inside, network.inner.part)):
        np.logical_or.at(found, one, found[other])
    return found


def _fleets(judged: Judged, seen: Histories, labels: NetworkLabels, early: Bools) -> Iterator[dict[str, Any]]:
    network = judged.network
    for fleet, name in enumerate(labels.fleets):
        own = network.installations.part[network.installations.fleet == fleet]
        site = network.fleets.site[fleet]
        events = _unmet(judged, seen)[own, site].sum()
        yield _row(
            "availability", judged.availability[fleet], seen.availability, fleet,
            is_exact=bool(judged.is_available_exact[fleet]), events=float(events), is_early=bool(early[own].any()),
            fleet=name,
        )  # fmt: skip


def _spares(judged: Judged, seen: Histories, labels: NetworkLabels, early: Bools) -> Iterator[dict[str, Any]]:
    unmet = _unmet(judged, seen)
    for part, site in np.argwhere(judged.requests > 0).tolist():
        yield _row(
            "parts owed", judged.backorders[part, site], seen.backorders, (part, site),
            is_exact=bool(judged.is_exact[part]), events=float(unmet[part, site]), is_early=bool(early[part]),
            part=labels.parts[part], site=labels.sites[site],
        )  # fmt: skip


def _servers(judged: Judged, seen: Histories, labels: NetworkLabels, is_settled: Bools) -> Iterator[dict[str, Any]]:
    for group, name in enumerate(labels.servers):
        served = judged.network.repairs.servers == group
        is_open = not judged.network.fleets.is_closed.any()
        events = float((judged.requests * served).sum() * DAYS_PER_YEAR * seen.years * seen.histories)
        yield _row(
            "servers busy", judged.utilisation[group], seen.utilisation, group, is_exact=is_open, events=events,
            is_early=not is_settled[group], servers=name,
        )  # fmt: skip


def _unmet(judged: Judged, seen: Histories) -> Floats:
    """Return requests that find an empty shelf in all histories, (part, site), as the formulas expect them."""
    empty = 1.0 - np.nan_to_num(judged.fill_rate)
    found: Floats = judged.requests * empty * DAYS_PER_YEAR * seen.years * seen.histories
    return found


def _row(
    quantity: str,
    analytic: float,
    seen: Estimate,
    at: Any,
    *,
    is_exact: bool,
    events: float,
    is_early: bool,
    **names: str,
) -> dict[str, Any]:
    simulated, error = float(seen.mean[at]), float(seen.standard_error[at])
    errors = (simulated - float(analytic)) / error if error > 0 and np.isfinite(error) else None
    is_rare = errors is None or events < FEWEST
    judged = "" if is_exact and not is_early else "unsettled" if is_exact else "approximation"
    return {
        "quantity": quantity, "analytic": float(analytic), "simulated": simulated, "standard_error": error,
        "errors": errors, "is_exact": is_exact,
        "verdict": "rare" if is_rare else judged, **names,
    }  # fmt: skip
