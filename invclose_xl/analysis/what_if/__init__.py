"""The same closes under another inventory model."""
