"""Looking at a book: previews, traces, comparisons, the ledger. Nothing here is written into a book by a run."""
