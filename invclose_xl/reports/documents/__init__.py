"""What ``--json`` prints and Python returns, as models with a published schema (docs/schema)."""
