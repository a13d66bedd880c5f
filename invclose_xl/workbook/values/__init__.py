"""From a cell to a value: dates, numbers, texts, exactly or not at all."""
