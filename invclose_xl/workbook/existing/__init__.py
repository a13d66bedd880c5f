"""Sheets that are there already: where they lie in the package, and what their rows hold."""
