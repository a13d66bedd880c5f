"""The tests: books, results and the domain language are shared modules here."""
