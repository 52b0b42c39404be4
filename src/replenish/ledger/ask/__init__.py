"""What was known when: figures as known and as recorded at any date, which one is picked, what differs, who said it."""
