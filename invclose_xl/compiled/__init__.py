"""Loops over numbers that are compiled: the door to the compiler, and products wider than 64 bits."""
