"""Who pays for whom: dates and quantities only, never an amount. One rule per file."""
