"""The report of *check*."""
