"""Meaning of a system's tables, as data: TOML files, checked before anything is read."""
