"""Loops over numbers that are compiled: the door to the compiler, and products wider than 64 bits."""

ROW_MARK = "\0"
"""In text around the values of a column: the place of the number of the row."""
