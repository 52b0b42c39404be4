"""A finished run: tables with labels, the scenario it came from, and what is needed to repeat it or to go on."""

from replenish.result.folder import is_run, load_result, read_state, refuse_other, save_result, save_studies
from replenish.result.growing import GrowingTable
from replenish.result.model import QUANTILES, SCALARS, STUDIES, Provenance, Result, quantile_column

__all__ = [
    "QUANTILES", "SCALARS", "STUDIES", "GrowingTable", "Provenance", "Result", "is_run", "load_result",
    "quantile_column", "read_state", "refuse_other", "save_result", "save_studies",
]  # fmt: skip
