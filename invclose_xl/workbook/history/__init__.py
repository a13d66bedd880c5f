"""Result sheets of earlier runs, read back."""
