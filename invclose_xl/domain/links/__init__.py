"""Links between transactions: marks, returns, members of a feed, pairs of issue and receipt."""
