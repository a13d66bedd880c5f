"""Comparisons: with another system's result, and with other inventory models."""
