"""What is asked of a book besides a close: nothing here changes it."""
