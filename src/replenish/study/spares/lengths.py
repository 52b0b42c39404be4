"""How long and how often a network is simulated, and from when on it counts."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypedDict, Unpack

from replenish.arrays.network import Bools, NetworkLabels
from replenish.errors import UsageError
from replenish.scenario.model import Scenario
from replenish.study.spares.judging import Judged
from replenish.sustain.events import Histories, simulate_network
from replenish.sustain.settling import pipeline_days, settling_days
from replenish.units import DAYS_PER_YEAR

Progress = Callable[[int], None]

LEAST_YEARS = 5.0
"""Warm-up that a history has at least, where none is stated."""

MOST_EVENTS = 2e8
"""Events of all warm-ups, where none is stated: some minutes."""

EVENTS = 3.0
"""Events that a removal sets off, about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lengths:
    """How long and how often a network is simulated.

    warm_up_years: None for as long as its queues need to settle.
    """

    years: float
    warm_up_years: float | None
    histories: int
    seed: int
    workers: int | None = None
    progress: Progress = field(default=lambda _: None)
    stop: threading.Event | None = None


class Simulated(TypedDict, total=False):
    """How a network is simulated; what is not given is that of the settings.

    years, warm_up_years: of each history, and before it.
    histories: number of them.
    seed: seed of all draws.
    workers: threads; one per processor if not given.  Results do not depend on it.
    progress: called with the number of histories finished since the last call.
    stop: an event; once it is set, no further history begins.
    """

    years: float | None
    warm_up_years: float | None
    histories: int | None
    seed: int | None
    workers: int | None
    progress: Progress
    stop: threading.Event | None


class WarmUp(NamedTuple):
    """Years left out of the beginning, whether queues have settled by then, (group,), and whether all else has."""

    years: float
    is_settled: Bools
    is_filled: bool


def to_lengths(scenario: Scenario, **given: Unpack[Simulated]) -> Lengths:
    """Return how long and how often is simulated: what is given, else the settings."""
    own = scenario.settings.sustain
    stated: dict[str, Any] = {
        "years": own.years, "warm_up_years": own.warm_up_years, "histories": own.histories,
        "seed": scenario.settings.simulation.seed,
    }  # fmt: skip
    return Lengths(**(stated | {name: value for name, value in given.items() if value is not None}))


def to_warm_up(judged: Judged, lengths: Lengths) -> WarmUp:
    """Return how long histories run before they count: as stated, else until queues have settled, within reason."""
    network = judged.network
    days = settling_days(network, judged.servers)
    years, pipeline = lengths.warm_up_years, pipeline_days(network)
    if years is None:
        wanted = max(float(days.max(initial=0.0)), pipeline) / DAYS_PER_YEAR
        events = EVENTS * float(network.removals().sum()) * DAYS_PER_YEAR * lengths.histories
        years = max(LEAST_YEARS, min(wanted, MOST_EVENTS / max(events, 1e-9)))
    known = years * DAYS_PER_YEAR * (1 + 1e-9)
    return WarmUp(years, days <= known, pipeline <= known)


def simulate(judged: Judged, labels: NetworkLabels, lengths: Lengths, warm_up_years: float) -> Histories:
    """Return histories of a network with the spares and servers that were judged.

    Raises:
        KeyboardInterrupt: it was stopped before the first history was done.
    """
    try:
        return simulate_network(
            judged.network, stock=judged.stock, servers=judged.servers, years=lengths.years,
            warm_up_years=warm_up_years, histories=lengths.histories, seed=lengths.seed,
            workers=lengths.workers, labels=labels, progress=lengths.progress, stop=lengths.stop,
        )  # fmt: skip
    except UsageError:
        if lengths.stop is not None and lengths.stop.is_set():
            raise KeyboardInterrupt from None
        raise
