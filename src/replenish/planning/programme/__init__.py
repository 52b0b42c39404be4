"""One stage of a plan: index sets, variables, rows and costs; one module for each family of constraints."""
