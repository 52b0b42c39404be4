"""Reads stochastic programmes in SMPS format (Gassmann and Schweitzer 2001, Annals of Operations Research 104)."""

from replenish.multistage.smps.reader import read_smps
from replenish.multistage.smps.text import SmpsError, SmpsProblem

__all__ = ["SmpsError", "SmpsProblem", "read_smps"]
