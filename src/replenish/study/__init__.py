"""What joins runs with other figures: comparison with what was reported."""
