"""The section of the report on what the plan of a run would do."""
