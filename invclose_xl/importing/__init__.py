"""A book from another system's export: read the tables, map them by a file of data, prove the sums, write the book."""
