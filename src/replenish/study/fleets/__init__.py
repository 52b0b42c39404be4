"""Fleets beside the stocks: guns fire rounds, rounds wear out barrels, and guns out of service fire none."""
