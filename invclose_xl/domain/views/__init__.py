"""Findings of looking at a book, for reports: traces of costs, changes between runs, another system's result."""
