"""The extensive form: a whole tree as one programme."""
