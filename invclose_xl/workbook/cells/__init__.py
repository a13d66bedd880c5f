"""Cells of a sheet: from XML to kinds, numbers and texts, by column."""
