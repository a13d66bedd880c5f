"""The tables of an export, whatever files they come in; every cell is text until the mapping says what it is."""
