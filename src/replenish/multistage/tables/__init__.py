"""A model as numbers: order of rows and columns, scales, bounds for proofs, cuts."""
