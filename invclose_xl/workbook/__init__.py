"""The Excel edge: reading the user's sheets, writing ours, and leaving every other byte of the file alone."""
