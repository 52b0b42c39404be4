"""Tests of the sustain engine."""
