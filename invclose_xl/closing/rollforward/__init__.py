"""Next year's book: what goes along from a closed one, and that nothing is lost on the way."""
