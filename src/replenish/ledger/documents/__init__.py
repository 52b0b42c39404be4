"""Documents: read from files, compared with those that are recorded, searched for passages worth recording."""
