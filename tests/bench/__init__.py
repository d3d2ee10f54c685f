"""`make bench`: the lists with many rows against the lists with few."""
