"""Estimated costs: what an issue is worth until it is settled, and which words say where the estimate comes from."""
