"""From a sheet to a table: headings found, columns named, keys compared."""
