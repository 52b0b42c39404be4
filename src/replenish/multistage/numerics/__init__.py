"""What an analyst should know about the numbers of a model before training."""
