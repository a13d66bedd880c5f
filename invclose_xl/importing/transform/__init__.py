"""From the tables of a system to the rows of a book, with the sums that must agree."""
