"""Another system's result beside ours: every difference with its likely cause."""
