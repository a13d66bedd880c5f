"""Two runs of one book side by side: what moved between them, and why."""
