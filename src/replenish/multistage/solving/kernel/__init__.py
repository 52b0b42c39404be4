"""Compiled loops that call HiGHS by address."""
