"""Moving average: the cost follows each posting, in the order of posting."""
