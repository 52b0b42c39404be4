"""What was learned: decisions, values, simulation, evaluation, a bound from inside."""
