"""Rules about what a run keeps."""

from __future__ import annotations

from collections.abc import Iterator

from replenish.measures import MEASURES, REPLENISHMENT
from replenish.scenario.draft import Draft
from replenish.scenario.rules.registry import Finding, rule


@rule(
    "unknown-measure",
    meaning="`[collect]` names a measure that there is not.",
    example='`measures = ["on_hnd"]`.',
    remedy="write the name of a measure as in the reference of measures",
)
def unknown_measure(draft: Draft) -> Iterator[Finding]:
    """Find names of no measure."""
    if draft.settings is None:
        return
    for field in ("measures", "trajectories", "scalars"):
        valid = {*MEASURES, REPLENISHMENT} if field == "scalars" else set(MEASURES)
        for name in getattr(draft.settings.collect, field):
            if name not in valid:
                remedy = draft.advice(name, valid, f"collect.{field}")
                yield Finding(None, f"collect.{field}", f"there is no measure `{name}`", remedy, name)
