"""Audit: the check of a closed book that holds nothing of the engine, and the package to hand over."""
