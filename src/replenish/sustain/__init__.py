"""Spares and repair: who waits for what, how many systems are in service, what to buy next."""
