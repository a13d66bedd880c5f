"""What only looks: previews, traces, comparisons, the ledger. Nothing here is written into a book by a run."""
