"""One TOML file per system: the mappings that come with the package."""
