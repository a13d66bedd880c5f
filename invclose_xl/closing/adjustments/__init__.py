"""Adjustments of issues, and those that a user gives for receipts."""
