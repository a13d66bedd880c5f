"""Formats of the result sheets: what books of earlier versions lack, put in when they are read."""
