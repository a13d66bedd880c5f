"""The input of a run: the transactions, and the book they make with everything else."""
