"""Random books in which everything that travels, repeats and is missing is mixed, and the laws they obey."""
