"""What a run is asked to do, and for which day."""
