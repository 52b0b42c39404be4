"""Passages that may be worth recording, found by rules; a person accepts or leaves them."""
