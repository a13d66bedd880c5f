"""The words of the inventory close and the data they stand for. Imports nothing of this package outside itself."""
