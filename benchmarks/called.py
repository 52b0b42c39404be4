"""What a function of the user costs that decides as a built-in rule would."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from clock import SEED, Row, medians, show

from replenish.arrays import to_arrays, to_calendar
from replenish.arrays.groups import Floats
from replenish.policy import BaseStock, Called, Policies, to_calls, with_policies
from replenish.scenario.examples import read_scenario
from replenish.scenario.model import Scenario
from replenish.simulation.called import Block, Deciders
from replenish.simulation.engine import Simulation
from replenish.simulation.selection import select
from replenish.simulation.series import to_series

FLAGSHIP = "artillery"
LEVEL = 300_000.0  # order up to this position [unit]
WHO = tuple(
    (holder, f"{item}_155", f"{line}_{item}")
    for holder, line in (("united_states", "us"), ("other_europe", "eu"))
    for item in ("body", "filling", "charge", "fuze")
)
"""Those who order components by a level."""


def up_to_level(block: Block, *, holder: str, item: str) -> Floats:
    """Return the order of base stock, (path,) [unit]: the level less all that is there or on its way."""
    parts = ("on_hand", "outside", "on_order", "in_transit")
    on_hand, *others = (block.read(part, holder=holder, item=item) for part in parts)
    return np.maximum(0.0, LEVEL - sum(others, on_hand))


def measure(repeats: int, paths: int = 4096) -> None:
    """Print the cost of functions that decide against the built-in rule, with the statistics of a default run."""
    scenario = read_scenario(FLAGSHIP)
    built_in = {who: BaseStock(quantity=LEVEL) for who in WHO}
    asked = {who: Called(role="ordering", function=partial(up_to_level, holder=who[0], item=who[1])) for who in WHO}
    one = {WHO[0]: asked[WHO[0]]}
    choices: dict[str, Policies] = {
        "built in": built_in,
        "one function": built_in | one,
        f"{len(WHO)} functions": asked,
    }
    works = [_runner(scenario, policies, paths) for policies in choices.values()]
    means = [work() for work in works]
    times = medians(works, repeats)
    rows: list[Row] = [(name, t, t / times[0]) for name, t in zip(choices, times, strict=True)]
    worst = max(float(np.abs(own - means[0]).max() / np.abs(means[0]).max()) for own in means[1:])
    show(f"Functions that order, {FLAGSHIP}, {paths:,} paths", ("who decides", "CPU time [s]", "ratio"), rows)
    print(f"\nLargest difference between their means: {worst:.1e} of the largest mean")


def _runner(scenario: Scenario, policies: Policies, paths: int) -> Callable[[], Floats]:
    """Return a function that simulates and returns the means, (series, period)."""
    own = with_policies(scenario, policies)
    arrays, labels = to_arrays(own, to_calls(policies))
    deciders = Deciders(arrays, labels, to_calendar(own))
    selection = select(arrays, labels, own.settings.collect)
    series = to_series(arrays, selection.names, selection.kept)

    def work() -> Floats:
        decide = deciders.decide if deciders else None
        simulation = Simulation(arrays, series, seed=SEED, workers=1, decide=decide)
        simulation.run(paths)
        return simulation.totals().moments.mean

    return work
