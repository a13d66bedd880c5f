"""What every command begins with: arguments, the place of the book, clock and user, a file to report to."""
