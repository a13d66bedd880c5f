"""The lock: which period is closed, and whether everything in it is as it was."""
