"""What people look at: summaries and reports, made from what the closing found."""
