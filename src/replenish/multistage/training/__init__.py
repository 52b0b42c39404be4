"""Walking forward, coming back with cuts, and when to stop."""
