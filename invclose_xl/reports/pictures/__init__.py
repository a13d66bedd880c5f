"""Pictures of the cost flow."""
