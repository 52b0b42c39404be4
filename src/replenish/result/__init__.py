"""A finished run: tables with labels, the scenario it came from, and what is needed to repeat it or to go on."""

from replenish.result.folder import is_run, load_result, read_state, refuse_other, save_result, save_studies
from replenish.result.growing import GrowingTable
from replenish.result.model import QUANTILES, SCALARS, STUDIES, Provenance, Result, quantile_column
from replenish.result.plan_tables import PLAN_LABELS, PLAN_TABLES, PlanTables, plan_table
from replenish.result.sustain_tables import SUSTAIN_TABLES, SustainTables

__all__ = [
    "PLAN_LABELS", "PLAN_TABLES", "QUANTILES", "SCALARS", "STUDIES", "SUSTAIN_TABLES", "GrowingTable", "PlanTables",
    "Provenance", "Result", "SustainTables", "is_run", "load_result", "plan_table", "quantile_column", "read_state",
    "refuse_other", "save_result", "save_studies",
]  # fmt: skip
