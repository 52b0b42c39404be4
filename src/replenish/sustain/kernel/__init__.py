"""Compiled loops of the evaluator over parts and sites."""
