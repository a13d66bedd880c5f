"""A folder of tables closed in parts: which rows belong together, one part read and closed, whoever does it."""
