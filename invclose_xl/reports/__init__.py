"""Summaries and reports, made from what the closing found."""
