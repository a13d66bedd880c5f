"""Closings over time: months, recalculations, reversals, the lock."""
