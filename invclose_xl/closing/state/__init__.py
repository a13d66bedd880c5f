"""State that earlier runs left: the settlements, adjustments, estimates and locked rows that count."""
