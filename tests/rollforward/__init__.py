"""Next year's book: it goes on as the old one would have."""
