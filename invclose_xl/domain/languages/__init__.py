"""Headings and words in other languages: one table of each, English beside German, French and Spanish."""
