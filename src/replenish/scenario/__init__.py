"""A scenario: its words, its files, and the rules that it keeps."""

from replenish.scenario.check import check
from replenish.scenario.describe import defaults_used, input_hash, schema
from replenish.scenario.io import examine, load, write
from replenish.scenario.model import TABLES, Scenario
from replenish.scenario.rules import RULES, RuleDoc
from replenish.scenario.variants import apply_case, case_names

__all__ = [
    "RULES", "TABLES", "RuleDoc", "Scenario", "apply_case", "case_names", "check", "defaults_used", "examine",
    "input_hash", "load", "schema", "write",
]  # fmt: skip
