"""What looking at a book finds, for reports to show: traces of costs, changes between runs, another system's result."""
