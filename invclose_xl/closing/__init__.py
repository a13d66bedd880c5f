"""The acts: close, recalculate, reverse; and what each of them writes down, checks and locks."""
