"""Compiled loops of the event simulator: one history, cluster by cluster, then fleets from what was logged."""
