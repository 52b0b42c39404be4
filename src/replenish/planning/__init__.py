"""The plan: a scenario as a multistage programme, its optimum as a policy, and what follows from it."""
