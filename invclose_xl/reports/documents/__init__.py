"""Documents that ``--json`` prints and Python returns: models with a published schema (docs/schema)."""
