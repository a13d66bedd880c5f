"""What a run has to say about a book that it can close all the same."""
