"""A computed run, before it is written down."""
