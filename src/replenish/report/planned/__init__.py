"""The section of the report on what the plan of a run would do."""

from replenish.report.planned.section import plan_section

__all__ = ["plan_section"]
