"""What a system's tables mean, as data: TOML files, checked before anything is read."""
