"""Statements from tables: checked cell by cell, recorded together or not at all."""
