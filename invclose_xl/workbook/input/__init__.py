"""What the input sheets mean."""
