"""Plans: against a second model, stepped in the simulator, on small trees, on published cases."""
