"""The beginning of every command: arguments, the place of the book, clock and user, a file to report to."""
