"""The request for a run, and its day."""
