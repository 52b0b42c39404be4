"""What a model is: stages, outcomes, graphs, risk, and whether all that is sound."""
