"""A cost in words: its parts, where it ends up, and the rules behind it."""
