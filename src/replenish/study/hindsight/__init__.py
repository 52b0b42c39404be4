"""A scenario as it could be known at a past date, and how well its forecast then met what came."""
