"""Rules that only the simulation can judge: documented here beside the others, found by `replenish.simulation`."""

from __future__ import annotations

from replenish.scenario.rules.registry import declare

UNKNOWN_MEASURE = declare(
    "unknown-measure",
    meaning="`collect.measures` names a measure that there is not.",
    example='`measures = ["on_hnd"]`.',
    remedy="write the name of a measure as in the reference of measures",
)
