"""What ties transactions to one another: marks, returns, members of a feed, pairs of issue and receipt."""
