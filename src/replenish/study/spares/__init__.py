"""Spares and repair of a scenario: judged, bought, simulated, checked."""

from replenish.study.spares.buying import sustain_optimise
from replenish.study.spares.study import (
    SpareStudy,
    read_spare_study,
    sustain_check,
    sustain_evaluate,
    sustain_simulate,
)

__all__ = [
    "SpareStudy", "read_spare_study", "sustain_check", "sustain_evaluate", "sustain_optimise", "sustain_simulate",
]  # fmt: skip
