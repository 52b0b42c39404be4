"""Compiled loops of the optimiser: laws by stock of the depot, splits over sites, hulls."""
