"""What another inventory model would have given."""
