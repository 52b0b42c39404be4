"""Short invented news texts, with what a careful reader would record of each."""
