"""What a run computed, before it is written down."""
