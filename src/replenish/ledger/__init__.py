"""What was said, by whom, about when, known when, recorded when; nothing is ever changed or removed."""
