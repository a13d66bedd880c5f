"""The value of the stock: per item and costing group, entry by entry, and on its way between two sites."""
